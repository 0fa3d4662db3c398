use stellar_xdr::ScVal;

use crate::value::{Fields, Value, ValueError};

/// Why an event of one of the contracts cannot be read. The contracts of this version never emit such an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// Not as many topics as the event has.
    #[error("an event {name} with {found} topics, not 4")]
    Topics {
        /// Which event.
        name: &'static str,
        /// How many topics.
        found: usize,
    },
    /// A topic or a field that cannot be read.
    #[error("an event {name} that cannot be read: {source}")]
    Malformed {
        /// Which event.
        name: &'static str,
        /// What is wrong.
        source: ValueError,
    },
}

/// The name in an event's first topic, if it is one of `names`.
pub(crate) fn name_of(names: &[&'static str], topics: &[ScVal]) -> Option<&'static str> {
    let Some(ScVal::Symbol(symbol)) = topics.first() else { return None };
    names.iter().find(|name| name.as_bytes() == symbol.as_slice()).copied()
}

/// The three topics after the name.
pub(crate) fn topics<A: Value, B: Value, C: Value>(
    name: &'static str,
    topics: &[ScVal],
) -> Result<(A, B, C), EventError> {
    let [_, a, b, c] = topics else { return Err(EventError::Topics { name, found: topics.len() }) };
    let read = || Ok((A::from_val(a)?, B::from_val(b)?, C::from_val(c)?));
    read().map_err(|source| EventError::Malformed { name, source })
}

/// The data's fields, read by `read`.
pub(crate) fn data<T>(
    name: &'static str,
    data: &ScVal,
    count: usize,
    read: impl FnOnce(&Fields) -> Result<T, ValueError>,
) -> Result<T, EventError> {
    let fields = Fields::of(data, count).and_then(|fields| read(&fields));
    fields.map_err(|source| EventError::Malformed { name, source })
}
