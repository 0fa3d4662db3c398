//! Where an event stands in the chain: `%019d-%010d`, the operation's number over all ledgers ([SEP-35](https://github.com/stellar/stellar-protocol/blob/master/ecosystem/sep-0035.md))
//! and the event's place in it. A cursor is the same: everything up to that place has been told.

use std::{fmt, str::FromStr};

use serde::{Deserialize, de};

/// How many bits of an operation's number tell its place in its ledger.
const WITHIN_LEDGER_BITS: u32 = 32;

/// An event's id, or a cursor. They compare as they stand in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    operation: u64,
    event: u32,
}

/// A text that is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

impl Place {
    pub(super) fn ledger(&self) -> u64 {
        self.operation >> WITHIN_LEDGER_BITS
    }
}

impl FromStr for Place {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (operation, event) = text.split_once('-').ok_or(Malformed)?;
        let place = Self { operation: number(operation)?, event: number(event)? };
        // Only digits, and a number that the RPC's signed 64 bits can hold.
        if i64::try_from(place.operation).is_err() { Err(Malformed) } else { Ok(place) }
    }
}

fn number<T: FromStr>(digits: &str) -> Result<T, Malformed> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Malformed);
    }
    digits.parse().map_err(|_| Malformed)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:019}-{:010}", self.operation, self.event)
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|Malformed| de::Error::custom("not the place of an event"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_names_its_ledger_and_prints_as_it_parses() {
        let text = "0000515396079616-0000000003";
        let padded = "0000000515396079616-0000000003";
        for text in [text, padded] {
            let place: Place = text.parse().unwrap();
            assert_eq!((place.ledger(), place.event), (120, 3), "{text}");
            assert_eq!(place.to_string(), padded);
        }
    }

    #[test]
    fn places_compare_as_they_stand_in_the_chain() {
        let texts = [
            "0000000515396079616-0000000003",
            "0000000515396079616-0000000010",
            "0000000515396083712-0000000000",
            "0000000519691042816-0000000000",
            "0000000519691042816-4294967295",
        ];
        let places: Vec<Place> = texts.iter().map(|text| text.parse().unwrap()).collect();
        assert!(places.is_sorted_by(|one, next| one < next), "{places:?}");
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for text in [
            "",
            "-",
            "1",
            "1-",
            "-1",
            "1-2-3",
            "+1-2",
            "1-+2",
            "1 -2",
            "x-1",
            "1-4294967296",
            "9223372036854775808-0",
        ] {
            assert_eq!(text.parse::<Place>(), Err(Malformed), "{text:?}");
        }
    }
}
