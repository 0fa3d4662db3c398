//! Who read what, and when: a log that is chained by hashes, so that whoever keeps one signed head of it sees whether a line was removed or
//! changed afterwards.
//!
//! A line says who read by a commitment only. Salt and reader stand beside it, for the log's owner to check, and can be erased: then nobody can tell
//! any more who it was, and the line, the chain and every head signed before are what they were.

mod hex32;
mod reader;

use idos_grants::DataId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

pub use hex32::{LogHash, NotHex32, ReaderCommitment, ReaderSalt};
pub use reader::{ErasedBecause, LogReader, PERIOD_SECS};

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

/// What a line says, before it has its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLine {
    /// Whose data.
    pub owner: Uuid,
    /// What was read.
    pub data_id: DataId,
    /// What of it.
    pub part: ReadPart,
    /// Who read it.
    pub reader: ReaderCommitment,
    /// When.
    pub read_at: u64,
}

impl LogLine {
    /// The hash over the log with this line at its end, as its `number`th: SHA-256 of the hash before it and the line's text.
    pub fn hash_after(&self, before: &LogHash, number: u64) -> LogHash {
        let text = format!(
            "idOS audit log line v2\nProfile: {}\nNumber: {number}\nData id: {}\nPart: {}\nReader: {}\nRead at: {}\n",
            self.owner,
            self.data_id,
            self.part.as_str(),
            self.reader,
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
    /// Who read it, as the line has it: a commitment to the reader.
    #[schema(value_type = String)]
    pub reader_commitment: ReaderCommitment,
    /// Who that is, as far as the node still knows.
    pub reader: LogReader,
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
            reader: self.reader_commitment,
            read_at: self.read_at,
        };
        line.hash_after(before, self.number) == self.hash
    }

    /// Whether the reader that is shown is the one that the line commits to. An erased one is nobody, and so nobody else.
    pub fn shows_its_reader(&self) -> bool {
        self.reader.commitment().is_none_or(|commitment| commitment == self.reader_commitment)
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
            reader: ReaderCommitment([3; 32]),
            read_at: 5,
        }
    }

    #[test]
    fn every_field_of_a_line_is_in_its_hash() {
        let of = |line: LogLine, before: LogHash, number| line.hash_after(&before, number);
        let base = of(line(), LogHash::EMPTY, 1);
        let table = [
            ("owner", of(LogLine { owner: Uuid::from_u128(9), ..line() }, LogHash::EMPTY, 1)),
            ("data id", of(LogLine { data_id: DataId([9; 32]), ..line() }, LogHash::EMPTY, 1)),
            ("part", of(LogLine { part: ReadPart::Metadata, ..line() }, LogHash::EMPTY, 1)),
            ("reader", of(LogLine { reader: ReaderCommitment([9; 32]), ..line() }, LogHash::EMPTY, 1)),
            ("time", of(LogLine { read_at: 9, ..line() }, LogHash::EMPTY, 1)),
            ("number", of(line(), LogHash::EMPTY, 2)),
            ("line before", of(line(), LogHash([1; 32]), 1)),
        ];
        for (name, other) in table {
            assert_ne!(other, base, "{name}");
        }
        // What other implementations must come to.
        assert_eq!(base.to_string(), "55177ab14f41dde866070ffc2e9d9461115f868480e8d8cf5271ad673fc09e3e");
    }
}
