//! Providers refuse large questions in words of their own. What they say is read for two things: that the question was too
//! large, and what size would do.

use alloy::transports::{RpcError, TransportErrorKind};

use super::transport::AnswerTooLarge;
use crate::source::{SourceError, http::excerpt};

/// Phrases by which providers refuse any question for a while. They come first: some hold one of the others.
const TOO_OFTEN: [&str; 6] =
    ["rate limit", "too many requests", "request limit", "per second", "compute units", "capacity"];

/// Phrases by which providers refuse a range of blocks or a number of results.
const TOO_LARGE: [&str; 12] = [
    "block range",
    "blocks range",
    "range is too",
    "range too",
    "too many",
    "too large",
    "query returned more than",
    "response size",
    "exceeds the range",
    "limit exceeded",
    "max results",
    "query timeout",
];

/// What an RPC's error means.
pub(super) fn read(error: &RpcError<TransportErrorKind>) -> SourceError {
    match error {
        RpcError::ErrorResp(answer) => {
            let message = answer.message.to_lowercase();
            let says = |phrases: &[&str]| phrases.iter().any(|phrase| message.contains(phrase));
            if !says(&TOO_OFTEN) && says(&TOO_LARGE) {
                return SourceError::RangeTooLarge { suggested: suggestion(&message) };
            }
        }
        // 413: the answer would be too large.
        RpcError::Transport(TransportErrorKind::HttpError(http)) if http.status == 413 => {
            return SourceError::RangeTooLarge { suggested: None };
        }
        RpcError::Transport(TransportErrorKind::Custom(error)) if error.is::<AnswerTooLarge>() => {
            return SourceError::RangeTooLarge { suggested: None };
        }
        _ => {}
    }
    SourceError::Unavailable(excerpt(&error.to_string()))
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
    const CUES: [&str; 7] = [
        "up to a ",
        "limited to a ",
        "limited to ",
        "maximum block range: ",
        "max block range is ",
        "block range limit is ",
        "exceed maximum block range: ",
    ];
    let after = CUES.iter().find_map(|cue| message.split_once(cue).map(|(_, rest)| rest))?;
    let digits: String =
        after.chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use alloy::rpc::json_rpc::ErrorPayload;

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

    #[test]
    fn an_rpc_that_is_asked_too_often_is_not_asked_smaller_questions() {
        let meaning = |message: &'static str| {
            read(&RpcError::ErrorResp(ErrorPayload { code: -32005, message: message.into(), data: None }))
        };
        for message in ["Too Many Requests", "daily request limit exceeded", "rate limit exceeded"] {
            assert!(matches!(meaning(message), SourceError::Unavailable(_)), "{message}");
        }
        for message in ["limit exceeded", "Query returned more than 10000 results", "block range too wide"] {
            assert!(matches!(meaning(message), SourceError::RangeTooLarge { .. }), "{message}");
        }
    }
}
