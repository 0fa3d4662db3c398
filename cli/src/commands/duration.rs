//! Times on the command line: a span from now (`90s`, `10m`, `2h`, `30d`, `5y`) or Unix seconds.

use std::str::FromStr;

/// A time to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// So many seconds from now.
    In(u64),
    /// At that second.
    At(u64),
}

impl Until {
    /// The Unix second that is meant.
    pub fn counted_from(self, now: u64) -> u64 {
        match self {
            Self::In(secs) => now.saturating_add(secs),
            Self::At(at) => at,
        }
    }
}

impl FromStr for Until {
    type Err = UntilError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (digits, unit) = match text.char_indices().next_back() {
            Some((at, unit)) if unit.is_ascii_alphabetic() => (&text[..at], Some(unit)),
            _ => (text, None),
        };
        let number: u64 = digits.parse().map_err(|_| UntilError)?;
        let secs = match unit {
            None => return Ok(Self::At(number)),
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 60 * 60,
            Some('d') => 24 * 60 * 60,
            Some('y') => 365 * 24 * 60 * 60,
            Some(_) => return Err(UntilError),
        };
        number.checked_mul(secs).map(Self::In).ok_or(UntilError)
    }
}

/// A text that is not an [`Until`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time is like 90s, 10m, 2h, 30d, 5y from now, or Unix seconds")]
pub struct UntilError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_unix_seconds_are_told_apart() {
        let table = [
            ("90s", Ok(Until::In(90))),
            ("10m", Ok(Until::In(600))),
            ("1y", Ok(Until::In(31_536_000))),
            ("1800000000", Ok(Until::At(1_800_000_000))),
            ("10w", Err(UntilError)),
            ("m", Err(UntilError)),
            ("", Err(UntilError)),
            ("-1s", Err(UntilError)),
            ("99999999999999999999s", Err(UntilError)),
            ("18446744073709551615y", Err(UntilError)),
        ];
        for (text, until) in table {
            assert_eq!(text.parse::<Until>(), until, "{text:?}");
        }
    }
}
