use serde::{Deserialize, de::DeserializeOwned};

/// What a log line begins with that is an event (NEP-297).
pub const EVENT_PREFIX: &str = "EVENT_JSON:";

/// The version of the events that these bindings read.
const VERSION: &str = "1.0.0";

/// The most that the logs of a receipt may hold (`max_total_log_length`).
const LOG_BYTES_MAX: usize = 16_384;

/// Why a log line of one of the contracts cannot be read. The contracts of this version never write such a line.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// Longer than a log may be on NEAR.
    #[error("an event of {0} bytes; NEAR's limit for logs is {LOG_BYTES_MAX}")]
    TooLong(usize),
    /// Of another version than these bindings read.
    #[error("an event of {standard} version {version}; version {VERSION} is understood")]
    OtherVersion {
        /// Of which contract.
        standard: String,
        /// Its version.
        version: String,
    },
    /// Not the JSON of an event of this contract.
    #[error("an event that cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
}

/// NEP-297's frame. Which event it is decides how `data` is read.
#[derive(Deserialize)]
struct Frame<T> {
    standard: String,
    version: String,
    #[serde(flatten)]
    event: T,
}

/// The part of the frame that tells whether the line is meant for us.
#[derive(Deserialize)]
struct Head {
    standard: Option<String>,
}

/// Reads an event of `standard` from a log line; `None` for a line that is no event, or one of another standard.
pub(crate) fn read<T: DeserializeOwned>(standard: &str, log: &str) -> Result<Option<T>, EventError> {
    let Some(json) = log.strip_prefix(EVENT_PREFIX) else { return Ok(None) };
    if log.len() > LOG_BYTES_MAX {
        return Err(EventError::TooLong(log.len()));
    }
    let ours =
        serde_json::from_str::<Head>(json).is_ok_and(|head| head.standard.as_deref() == Some(standard));
    if !ours {
        return Ok(None);
    }
    let frame: Frame<T> = serde_json::from_str(json)?;
    if frame.version != VERSION {
        return Err(EventError::OtherVersion { standard: frame.standard, version: frame.version });
    }
    Ok(Some(frame.event))
}
