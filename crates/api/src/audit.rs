//! Who read what, and when: a log that is chained by hashes, so that whoever keeps one signed head of it sees whether a line was removed or
//! changed afterwards.

use std::{fmt, str::FromStr};

use idos_grants::DataId;
use idos_wallets::Wallet;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

/// What of a credential or copy was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadPart {
    /// The encrypted content.
    Content,
    /// Public notes, keys and digest.
    Metadata,
}

impl ReadPart {
    /// As JSON, SQL and the hashed text have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Metadata => "metadata",
        }
    }
}

/// The hash over a log up to one of its lines; 64 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LogHash(pub [u8; 32]);

impl LogHash {
    /// Of a log without lines.
    pub const EMPTY: Self = Self([0; 32]);
}

impl fmt::Display for LogHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl From<LogHash> for String {
    fn from(hash: LogHash) -> Self {
        hash.to_string()
    }
}

impl FromStr for LogHash {
    type Err = NotALogHash;

    fn from_str(text: &str) -> Result<Self, NotALogHash> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotALogHash)?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for LogHash {
    type Error = NotALogHash;

    fn try_from(text: String) -> Result<Self, NotALogHash> {
        text.parse()
    }
}

/// A text that is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotALogHash;

impl fmt::Display for NotALogHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a hash of the audit log is 64 hex digits")
    }
}

impl std::error::Error for NotALogHash {}

/// What a line says, before it has its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLine {
    /// Whose data.
    pub owner: Uuid,
    /// What was read.
    pub data_id: DataId,
    /// What of it.
    pub part: ReadPart,
    /// The profile that read it.
    pub reader_profile_id: Uuid,
    /// The wallet that the reader signed in with.
    pub reader_wallet: Wallet,
    /// When.
    pub read_at: u64,
}

impl LogLine {
    /// The hash over the log with this line at its end, as its `number`th: SHA-256 of the hash before it and the line's text.
    pub fn hash_after(&self, before: &LogHash, number: u64) -> LogHash {
        let text = format!(
            "idOS audit log line v1\nProfile: {}\nNumber: {number}\nData id: {}\nPart: {}\nReader: {}\nWallet: {}\nRead at: {}\n",
            self.owner,
            self.data_id,
            self.part.as_str(),
            self.reader_profile_id,
            self.reader_wallet,
            self.read_at,
        );
        LogHash(Sha256::new().chain_update(before.0).chain_update(text).finalize().into())
    }
}

/// One read of an owner's data by somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Read {
    /// Its place in the owner's log, from 1, without a gap.
    pub number: u64,
    /// What was read.
    #[schema(value_type = String, pattern = "^0x[0-9a-f]{64}$")]
    pub data_id: DataId,
    /// What of it.
    pub part: ReadPart,
    /// The profile that read it.
    pub reader_profile_id: Uuid,
    /// The wallet that the reader signed in with.
    #[schema(value_type = String)]
    pub reader_wallet: Wallet,
    /// When.
    pub read_at: u64,
    /// The hash over the log up to this line: SHA-256 of the hash of the line before it (32 zero bytes before the first) and this line's text.
    #[schema(value_type = String)]
    pub hash: LogHash,
}

impl Read {
    /// Whether its hash is that of this line, in the log of `owner`, after `before`.
    pub fn follows(&self, owner: Uuid, before: &LogHash) -> bool {
        let line = LogLine {
            owner,
            data_id: self.data_id,
            part: self.part,
            reader_profile_id: self.reader_profile_id,
            reader_wallet: self.reader_wallet,
            read_at: self.read_at,
        };
        line.hash_after(before, self.number) == self.hash
    }
}

/// How long a log is, and the hash over all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogHead {
    /// Whose log.
    pub profile_id: Uuid,
    /// Its lines.
    pub reads: u64,
    /// The hash over them.
    #[schema(value_type = String)]
    pub hash: LogHash,
    /// The node's clock when it said so.
    pub at: u64,
}

impl LogHead {
    /// What the node signs.
    pub fn text(&self, node: &str) -> String {
        format!(
            "idOS audit log head v1\nNode: {node}\nProfile: {}\nReads: {}\nHash: {}\nAt: {}\n",
            self.profile_id, self.reads, self.hash, self.at
        )
    }
}

/// A head, signed by the node: with it, an owner can show later that lines were removed or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedLogHead {
    /// What the node says.
    #[serde(flatten)]
    pub head: LogHead,
    /// The node's `did:key`.
    pub node: String,
    /// Its Ed25519 signature over the text of the head; `0x` and 128 hex digits.
    pub signature: String,
}

/// Answer of `GET /v1/audit`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditPage {
    /// Reads of the caller's data, newest first.
    pub reads: Vec<Read>,
    /// The log's head when the page was made.
    pub head: SignedLogHead,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> LogLine {
        LogLine {
            owner: Uuid::from_u128(1),
            data_id: DataId([2; 32]),
            part: ReadPart::Content,
            reader_profile_id: Uuid::from_u128(3),
            reader_wallet: format!("eip155:0x{}", "04".repeat(20)).parse().unwrap(),
            read_at: 5,
        }
    }

    #[test]
    fn every_field_of_a_line_is_in_its_hash() {
        let of = |line: LogLine, before: LogHash, number| line.hash_after(&before, number);
        let base = of(line(), LogHash::EMPTY, 1);
        let wallet = format!("eip155:0x{}", "05".repeat(20)).parse().unwrap();
        let table = [
            ("owner", of(LogLine { owner: Uuid::from_u128(9), ..line() }, LogHash::EMPTY, 1)),
            ("data id", of(LogLine { data_id: DataId([9; 32]), ..line() }, LogHash::EMPTY, 1)),
            ("part", of(LogLine { part: ReadPart::Metadata, ..line() }, LogHash::EMPTY, 1)),
            ("reader", of(LogLine { reader_profile_id: Uuid::from_u128(9), ..line() }, LogHash::EMPTY, 1)),
            ("wallet", of(LogLine { reader_wallet: wallet, ..line() }, LogHash::EMPTY, 1)),
            ("time", of(LogLine { read_at: 9, ..line() }, LogHash::EMPTY, 1)),
            ("number", of(line(), LogHash::EMPTY, 2)),
            ("line before", of(line(), LogHash([1; 32]), 1)),
        ];
        for (name, other) in table {
            assert_ne!(other, base, "{name}");
        }
        // What other implementations must come to.
        assert_eq!(base.to_string(), "befff3802ee49d160c58f4f199aa3b0f52df24a4e43a6ac62b35f8fe47339035");
    }
}
