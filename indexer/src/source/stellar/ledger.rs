//! A ledger, by its header. The header is believed because its hash is that of its bytes: so are its time and its parent.

use idos_mirror::{BlockHash, BlockRef};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use stellar_xdr::LedgerHeaderHistoryEntry;

use super::xdr;
use crate::source::SourceError;

const MALFORMED: &str = "a ledger whose header cannot be read";

/// What a ledger says that matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ledger {
    pub(super) at: BlockRef,
    /// The ledger before it.
    pub(super) parent: BlockHash,
}

/// A ledger as `getLedgers` tells it. What happened in it, which may be megabytes, is not kept.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LedgerJson {
    hash: String,
    sequence: u32,
    header_xdr: String,
}

impl LedgerJson {
    /// The ledger, which must be the one that was asked for, or come after it.
    pub(super) fn check(&self, asked: u32) -> Result<Ledger, SourceError> {
        let entry: LedgerHeaderHistoryEntry = xdr::read(&self.header_xdr, MALFORMED)?;
        let header = &entry.header;
        if self.sequence != header.ledger_seq || self.sequence < asked {
            return Err(SourceError::Invalid("another ledger than the one asked for"));
        }
        let hash: [u8; 32] = Sha256::digest(xdr::bytes(header)?).into();
        if hash != entry.hash.0 || hex::encode(hash) != self.hash {
            return Err(SourceError::Invalid("a ledger whose hash is not that of its header"));
        }
        let at = BlockRef {
            number: self.sequence.into(),
            hash: BlockHash(hash),
            time: header.scp_value.close_time.0,
        };
        Ok(Ledger { at, parent: BlockHash(header.previous_ledger_hash.0) })
    }
}

#[cfg(test)]
mod tests {
    use stellar_xdr::{Hash, LedgerHeader, TimePoint};

    use super::*;

    fn header() -> LedgerHeader {
        let mut header =
            LedgerHeader { ledger_seq: 7, previous_ledger_hash: Hash([6; 32]), ..LedgerHeader::default() };
        header.scp_value.close_time = TimePoint(1_800_000_000);
        header
    }

    fn told(header: LedgerHeader) -> LedgerJson {
        let hash: [u8; 32] = Sha256::digest(xdr::bytes(&header).unwrap()).into();
        let sequence = header.ledger_seq;
        let entry =
            LedgerHeaderHistoryEntry { hash: Hash(hash), header, ..LedgerHeaderHistoryEntry::default() };
        LedgerJson { hash: hex::encode(hash), sequence, header_xdr: xdr::base64(&entry).unwrap() }
    }

    #[test]
    fn a_ledger_is_what_its_header_says() {
        let ledger = told(header()).check(7).unwrap();
        assert_eq!((ledger.at.number, ledger.at.time), (7, 1_800_000_000));
        assert_eq!(ledger.parent, BlockHash([6; 32]));
        assert_eq!(ledger.at.hash.to_string()[2..], told(header()).hash);
    }

    #[test]
    fn what_does_not_hash_to_its_hash_is_invalid() {
        let entry = |hash: [u8; 32], header| {
            let entry =
                LedgerHeaderHistoryEntry { hash: Hash(hash), header, ..LedgerHeaderHistoryEntry::default() };
            xdr::base64(&entry).unwrap()
        };
        let right = told(header());
        let mut later = header();
        later.scp_value.close_time = TimePoint(1_800_000_001);
        let mut hash = [0; 32];
        hex::decode_to_slice(&right.hash, &mut hash).unwrap();
        let table = [
            ("another time", LedgerJson { header_xdr: entry(hash, later), ..told(header()) }),
            ("another hash", LedgerJson { hash: "07".repeat(32), ..told(header()) }),
            (
                "another hash in the header",
                LedgerJson { header_xdr: entry([7; 32], header()), ..told(header()) },
            ),
            ("another number", LedgerJson { sequence: 8, ..told(header()) }),
            ("an earlier ledger", told(LedgerHeader { ledger_seq: 6, ..header() })),
            ("no header", LedgerJson { header_xdr: String::new(), ..told(header()) }),
            ("half a header", LedgerJson { header_xdr: right.header_xdr[..80].to_owned(), ..told(header()) }),
        ];
        for (name, ledger) in table {
            assert!(matches!(ledger.check(7), Err(SourceError::Invalid(_))), "{name}");
        }
    }
}
