//! Where something is in the history: total order ids (TOIDs) of ledgers, transactions and operations, and the ids of
//! events, which are also the cursors of `getEvents`.

use std::{fmt, str::FromStr};

/// Bits of the number of a transaction and of an operation in a total order id.
const TRANSACTION_BITS: u32 = 20;
const OPERATION_BITS: u32 = 12;

/// The greatest number of a transaction in a [`Toid`]; stands for what comes after all transactions of a ledger.
pub(super) const TRANSACTION_MAX: u32 = (1 << TRANSACTION_BITS) - 1;

/// The greatest number of an operation in a [`Toid`]; stands for what comes after all operations of a transaction.
pub(super) const OPERATION_MAX: u32 = (1 << OPERATION_BITS) - 1;

/// A total order id (SEP-35): ledger, transaction (from 1), operation. Written as one decimal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Toid {
    pub ledger: u32,
    pub transaction: u32,
    pub operation: u32,
}

impl Toid {
    pub fn to_number(self) -> u64 {
        u64::from(self.ledger) << (TRANSACTION_BITS + OPERATION_BITS)
            | u64::from(self.transaction.min(TRANSACTION_MAX)) << OPERATION_BITS
            | u64::from(self.operation.min(OPERATION_MAX))
    }

    fn of_number(number: u64) -> Self {
        let low = |bits: u32, of: u64| u32::try_from(of & ((1 << bits) - 1)).unwrap_or_default();
        Self {
            ledger: low(u32::BITS, number >> (TRANSACTION_BITS + OPERATION_BITS)),
            transaction: low(TRANSACTION_BITS, number >> OPERATION_BITS),
            operation: low(OPERATION_BITS, number),
        }
    }
}

impl fmt::Display for Toid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_number().fmt(f)
    }
}

impl FromStr for Toid {
    type Err = String;

    /// At most 63 bits, as signed numbers hold.
    fn from_str(text: &str) -> Result<Self, String> {
        let number: i64 = text.parse().map_err(|error| format!("{error}"))?;
        let number = u64::try_from(number).map_err(|_| "it is negative".to_owned())?;
        Ok(Self::of_number(number))
    }
}

/// The id of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EventId {
    pub toid: Toid,
    pub event: u32,
}

impl EventId {
    /// After every event of a ledger.
    pub fn end_of(ledger: u32) -> Self {
        let toid = Toid { ledger, transaction: TRANSACTION_MAX, operation: OPERATION_MAX };
        Self { toid, event: u32::MAX }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:019}-{:010}", self.toid.to_number(), self.event)
    }
}

impl FromStr for EventId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // The text comes from outside: an error repeats no more of it than an id is long.
        let invalid = |why: &str| {
            let shown: String = text.chars().take(30).collect();
            format!("invalid event id {shown}{why}")
        };
        let (toid, event) = text.split_once('-').ok_or_else(|| invalid(""))?;
        Ok(Self {
            toid: toid.parse().map_err(|why| invalid(&format!(": {why}")))?,
            event: event.parse().map_err(|why| invalid(&format!(": {why}")))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_are_written_as_stellar_rpc_writes_them() {
        let id = EventId { toid: Toid { ledger: 1, transaction: 2, operation: 3 }, event: 4 };
        assert_eq!(id.to_string(), "0000000004294975491-0000000004");
        assert_eq!(EventId::end_of(203_350).to_string(), "0000873385894608895-4294967295");
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in
            ["", "-", "1", "1-", "-1", "1-2-3", "x-1", "1-x", "1-4294967296", "9223372036854775808-0", "-1-0"]
        {
            assert!(text.parse::<EventId>().is_err(), "{text}");
        }
        assert!("x".repeat(10_000).parse::<EventId>().unwrap_err().len() < 100);
    }

    proptest! {
        #[test]
        fn an_id_is_read_as_it_was_written_and_texts_sort_as_ids_do(
            a in (0..=i32::MAX as u32, 0..=TRANSACTION_MAX, 0..=OPERATION_MAX, any::<u32>()),
            b in (0..=i32::MAX as u32, 0..=TRANSACTION_MAX, 0..=OPERATION_MAX, any::<u32>()),
        ) {
            let id = |(ledger, transaction, operation, event)| EventId { toid: Toid { ledger, transaction, operation }, event };
            let (a, b) = (id(a), id(b));
            prop_assert_eq!(a.to_string().parse::<EventId>(), Ok(a));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }
    }
}
