//! Where a stream stands: a place in the history of each contract.

use std::{collections::BTreeMap, fmt, str::FromStr};

use idos_grants::Account;
use idos_mirror::FeedPosition;
use sha2::{Digest, Sha256};

use crate::error::ServiceError;

/// Contracts that a cursor may name: more than a node follows.
const CONTRACTS_MAX: usize = 64;

/// Names a contract in a cursor, whatever the mirror numbers it by, which changes when the mirror is made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct ContractKey(u64);

impl ContractKey {
    fn of(contract: &Account) -> Self {
        let digest = Sha256::digest(contract.to_string());
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        Self(u64::from_be_bytes(first))
    }
}

/// The place in each contract's history up to which everything was told. In text, for each contract `key-block-log` in hex, joined by dots;
/// opaque to whoever is given one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct EventCursor(BTreeMap<ContractKey, FeedPosition>);

impl EventCursor {
    /// Up to where a contract was told; `None` if it is not named, as one that the node did not follow at the time.
    pub(super) fn get(&self, contract: &Account) -> Option<FeedPosition> {
        self.0.get(&ContractKey::of(contract)).copied()
    }

    /// Moves on; never back.
    pub(super) fn advance(&mut self, contract: &Account, to: FeedPosition) {
        let position = self.0.entry(ContractKey::of(contract)).or_insert(to);
        *position = to.max(*position);
    }
}

impl fmt::Display for EventCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (ContractKey(key), FeedPosition { block, log })) in self.0.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            write!(f, "{dot}{key:x}-{block:x}-{log:x}")?;
        }
        Ok(())
    }
}

impl FromStr for EventCursor {
    type Err = ServiceError;

    fn from_str(text: &str) -> Result<Self, ServiceError> {
        let not_one = || ServiceError::malformed("not a cursor of this stream: begin without one");
        let mut places = BTreeMap::new();
        // One that names nothing is of a node that follows nothing.
        for part in text.split('.').filter(|_| !text.is_empty()) {
            let mut numbers = part.splitn(3, '-').map(number);
            let mut next = || numbers.next().flatten().ok_or_else(not_one);
            let (key, block, log) = (ContractKey(next()?), next()?, next()?);
            let is_in_range = block <= FeedPosition::END_OF_BLOCK && log <= FeedPosition::END_OF_BLOCK;
            if !is_in_range || places.len() >= CONTRACTS_MAX {
                return Err(not_one());
            }
            if places.insert(key, FeedPosition { block, log }).is_some() {
                return Err(not_one());
            }
        }
        Ok(Self(places))
    }
}

fn number(digits: &str) -> Option<u64> {
    let is_hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex { u64::from_str_radix(digits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_printed_and_only_moves_on() {
        let (one, other) = (Account::evm(1, [1; 20]), Account::evm(2, [2; 20]));
        let mut cursor = EventCursor::default();
        assert_eq!(cursor.to_string().parse::<EventCursor>().unwrap(), cursor);
        cursor.advance(&one, FeedPosition { block: 300, log: 2 });
        cursor.advance(&other, FeedPosition::after_block(9));
        cursor.advance(&one, FeedPosition { block: 300, log: 1 });
        assert_eq!(cursor.get(&one), Some(FeedPosition { block: 300, log: 2 }));
        assert_eq!(cursor.get(&Account::evm(3, [1; 20])), None);
        assert_eq!(cursor.to_string().parse::<EventCursor>().unwrap(), cursor);
    }

    #[test]
    fn a_text_that_is_no_cursor_is_refused() {
        let many = (0..=CONTRACTS_MAX).map(|n| format!("{n:x}-1-1")).collect::<Vec<_>>().join(".");
        for text in [
            "x",
            "1",
            "1-2",
            "1-2-",
            "1-2-3-4",
            "1-2-3.",
            ".1-2-3",
            "1-2-3.1-2-3",
            "1--3",
            "+1-2-3",
            "1-8000000000000000-0",
            &many,
        ] {
            assert!(text.parse::<EventCursor>().is_err(), "{text}");
        }
    }
}
