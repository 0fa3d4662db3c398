//! Where a page of a list by time ends.

use std::{fmt, str::FromStr};

use idos_grants::DataId;

use super::values::big;
use crate::error::ServiceError;

/// The time and the data id of a page's last row; in text `time-id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) at: u64,
    pub(crate) data_id: DataId,
}

impl Place {
    /// As a list from the newest on begins after it; before the newest if there is none.
    pub(super) fn before(place: Option<Self>) -> (i64, String) {
        place.map_or((i64::MAX, String::new()), Self::bound)
    }

    /// As a list from the oldest on begins after it; before the oldest if there is none.
    pub(super) fn after(place: Option<Self>) -> (i64, String) {
        place.map_or((-1, String::new()), Self::bound)
    }

    fn bound(self) -> (i64, String) {
        (big(self.at), self.data_id.to_string())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at, self.data_id)
    }
}

impl FromStr for Place {
    type Err = ServiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ServiceError::malformed("not a cursor of this list: begin without one");
        let (time, id) = text.split_once('-').ok_or_else(wrong)?;
        let at = time.parse::<u32>().map_err(|_| wrong())?.into();
        Ok(Self { at, data_id: id.parse().map_err(|_| wrong())? })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "what fails here is a failed test")]

    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_nothing_else_is() {
        let place = Place { at: 7, data_id: DataId([9; 32]) };
        assert_eq!(place.to_string().parse::<Place>().unwrap(), place);
        let id = place.data_id;
        for text in
            ["", "7", "7-", &format!("-{id}"), &format!("-1-{id}"), &format!("4294967296-{id}"), "7-0x09"]
        {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }
}
