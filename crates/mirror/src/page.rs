//! Bounded pages.

use std::{fmt, str::FromStr};

/// The most rows that a page holds.
pub const PAGE_SIZE: u32 = 100;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// At most [`PAGE_SIZE`].
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Cursor>,
}

/// Where a page begins. Opaque: print it, give it back, and rely on nothing in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) created_at: i64,
    pub(crate) contract_id: i64,
    pub(crate) from_block: i64,
    pub(crate) from_log: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{:x}-{:x}-{:x}", self.created_at, self.contract_id, self.from_block, self.from_log)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(4, '-').map(parse_hex);
        let mut part = || parts.next().unwrap_or(Err(CursorError));
        Ok(Self { created_at: part()?, contract_id: part()?, from_block: part()?, from_log: part()? })
    }
}

fn parse_hex(digits: &str) -> Result<i64, CursorError> {
    let is_hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hex {
        return Err(CursorError);
    }
    i64::from_str_radix(digits, 16).map_err(|_| CursorError)
}

/// A text that no page ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor: begin without one, then give back the one that each page ends with")]
pub struct CursorError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_printed() {
        let cursor = Cursor { created_at: 1, contract_id: 2, from_block: i64::MAX, from_log: 0 };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }

    #[test]
    fn a_text_that_is_no_cursor_is_refused() {
        for text in [
            "",
            "1",
            "1-2-3",
            "1-2-3-",
            "-1-2-3-4",
            "1--2-3-4",
            "1-2-3-4-5",
            "+1-2-3-4",
            "1-2-3-8000000000000000",
            "w-x-y-z",
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(CursorError), "{text:?}");
        }
    }
}
