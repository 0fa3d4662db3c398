//! What the messages have in common: a text, whom it is for, times, and why one does not count.

use alloy_primitives::Address as EvmAddress;
use chrono::{DateTime, SecondsFormat};
use idos_grants::{Account, Address};
use sha2::{Digest, Sha256};

/// How far a message's time may be ahead of the reader's clock, in seconds.
pub const CLOCK_SKEW_SECS: u64 = 60;

/// 9999-12-31T23:59:59Z, the last second that RFC 3339 can write.
const LAST_SECOND: u64 = 253_402_300_799;

/// A text that a person reads and her wallet signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    text: String,
    recipient: String,
}

impl Message {
    /// The text `text` for `recipient`: the domain or the contract that acts on it. A wallet that shows the recipient (NEP-413) signs it too.
    pub fn new(text: impl Into<String>, recipient: impl ToString) -> Self {
        Self { text: text.into(), recipient: recipient.to_string() }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whom it is for.
    pub fn recipient(&self) -> &str {
        &self.recipient
    }

    /// SHA-256 of the text.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.text.as_bytes()).into()
    }
}

/// Why a message cannot be rendered, or does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// A time after the year 9999: most often milliseconds.
    #[error("a time is out of range: give it in Unix seconds")]
    TimeOutOfRange,
    /// It names another node.
    #[error("the message is for another node: sign one that names this node's domain")]
    WrongDomain,
    /// Its time is over.
    #[error("the message has expired: sign a new one")]
    Expired,
    /// It was issued more than [`CLOCK_SKEW_SECS`] after now.
    #[error("the message is not valid yet: check this computer's clock")]
    NotYetValid,
    /// It ends before it begins, or stands for longer than allowed.
    #[error("the message must expire after it is issued, and stand no longer than the node allows")]
    WrongLifetime,
}

/// `at`, in Unix seconds, as RFC 3339 in UTC.
pub(crate) fn rfc3339(at: u64) -> Result<String, MessageError> {
    let seconds = i64::try_from(at).ok().filter(|_| at <= LAST_SECOND);
    let time = seconds
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .ok_or(MessageError::TimeOutOfRange)?;
    Ok(time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// An address as wallets show it: an EVM address in mixed case with the checksum of EIP-55.
pub(crate) fn shown_address(account: &Account) -> String {
    match account.address() {
        Address::Evm(bytes) => EvmAddress::from(bytes).to_checksum(None),
        Address::Near(_) | Address::Stellar(_) | Address::Xrpl(_) => account.address().to_string(),
    }
}

/// An account (CAIP-10) with its address as wallets show it.
pub(crate) fn shown_account(account: &Account) -> String {
    format!("{}:{}", account.chain(), shown_address(account))
}

pub(crate) fn check_issued(issued_at: u64, now: u64) -> Result<(), MessageError> {
    if issued_at > now.saturating_add(CLOCK_SKEW_SECS) { Err(MessageError::NotYetValid) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_utc_to_the_second() {
        let table = [
            (0, Ok("1970-01-01T00:00:00Z")),
            (951_782_400, Ok("2000-02-29T00:00:00Z")),
            (LAST_SECOND, Ok("9999-12-31T23:59:59Z")),
            (LAST_SECOND + 1, Err(MessageError::TimeOutOfRange)),
            (u64::MAX, Err(MessageError::TimeOutOfRange)),
        ];
        for (at, text) in table {
            assert_eq!(rfc3339(at), text.map(ToOwned::to_owned), "{at}");
        }
    }
}
