//! Providers refuse large questions in words of their own. What they say is read for two things: that the question was too
//! large, and what size would do.

use alloy::transports::{RpcError, TransportErrorKind};

use crate::source::SourceError;

/// Phrases by which providers refuse a range of blocks or a number of results.
const TOO_LARGE: [&str; 10] = [
    "block range",
    "range is too",
    "range too",
    "too many",
    "too large",
    "query returned more than",
    "response size",
    "exceeds the range",
    "limit exceeded",
    "max results",
];

/// What an RPC's error means.
pub(super) fn read(error: &RpcError<TransportErrorKind>) -> SourceError {
    if let RpcError::ErrorResp(answer) = error {
        let message = answer.message.to_lowercase();
        if TOO_LARGE.iter().any(|phrase| message.contains(phrase)) {
            return SourceError::RangeTooLarge { suggested: suggestion(&message) };
        }
    }
    if let RpcError::Transport(TransportErrorKind::HttpError(http)) = error {
        // 413: the answer would be too large.
        if http.status == 413 {
            return SourceError::RangeTooLarge { suggested: None };
        }
    }
    SourceError::Unavailable(error.to_string())
}

/// Blocks that the provider says it would take: `[0x10, 0x1f]`, or a number before or after "block range" and the like.
fn suggestion(message: &str) -> Option<u64> {
    bracketed(message).or_else(|| numbered(message)).filter(|blocks| *blocks > 0)
}

fn bracketed(message: &str) -> Option<u64> {
    let (_, rest) = message.split_once("[0x")?;
    let (inside, _) = rest.split_once(']')?;
    let (from, to) = inside.split_once(',')?;
    let hex = |text: &str| u64::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok();
    hex(to)?.checked_sub(hex(from)?)?.checked_add(1)
}

fn numbered(message: &str) -> Option<u64> {
    const CUES: [&str; 6] = [
        "up to a ",
        "limited to a ",
        "limited to ",
        "maximum block range: ",
        "max block range is ",
        "block range limit is ",
    ];
    let after = CUES.iter().find_map(|cue| message.split_once(cue).map(|(_, rest)| rest))?;
    let digits: String =
        after.chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_suggestions_are_read() {
        let table = [
            ("log response size exceeded. this block range should work: [0x10, 0x1f]", Some(16)),
            ("you can make eth_getlogs requests with up to a 500 block range.", Some(500)),
            ("eth_getlogs is limited to a 10,000 range", Some(10_000)),
            ("maximum block range: 2000", Some(2_000)),
            ("query returned more than 10000 results", None),
            ("block range [0x20, 0x10]", None),
            ("block range [0x, ]", None),
            ("limited to 99999999999999999999 blocks", None),
        ];
        for (message, blocks) in table {
            assert_eq!(suggestion(message), blocks, "{message}");
        }
    }
}
