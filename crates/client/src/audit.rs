//! The owner's audit log, checked: that it is chained without a gap up to the head which the node signs, and that it goes on from the head that
//! was seen last. Whoever keeps that one head finds out if the node ever removes or changes a line before it.
//!
//! Each line commits to its reader, and a reader that is shown is held to that. One that is not shown is erased, and no more can be said of it: why it
//! is, is the node's word ([`LogReader::Erased`](idos_api::audit::LogReader)).

use idos_api::audit::{LogHash, LogHead, Read, SignedLogHead};
use idos_credentials::IssuerDid;
use uuid::Uuid;

use crate::{ClientError, Session};

/// The most lines that a log is fetched to: a node may claim any number.
const LINES_MAX: usize = 1_000_000;

/// What shows that a log was tampered with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditFault {
    /// A head without the node's signature, or of somebody else's log.
    #[error("the head that it shows is not signed by it for your profile")]
    Unsigned,
    /// The head is signed by another node than the last one was.
    #[error(
        "the log was signed by {kept} until now, and now by {shown}: ask its operator why the node's key has changed"
    )]
    OtherNode {
        /// Who signed the head that was kept.
        kept: String,
        /// Who signs now.
        shown: String,
    },
    /// Fewer lines than were seen before.
    #[error("it had {kept} lines when you looked last, and has {shown} now")]
    Shorter {
        /// Lines at the last look.
        kept: u64,
        /// Lines now.
        shown: u64,
    },
    /// A line is missing, or in another's place.
    #[error("line {0} is missing or out of its place")]
    Missing(u64),
    /// A line whose hash is not that of what it says and what stands before it.
    #[error("line {0} does not fit to the lines before it")]
    Changed(u64),
    /// A line that commits to another reader than the one that is shown.
    #[error("line {0} was written for another reader than the one that it shows now")]
    OtherReader(u64),
    /// The log is of one piece, but not the one that was seen before.
    #[error("the first {0} lines are not those that you saw when you looked last")]
    Rewritten(u64),
}

/// A log that is of one piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedLog {
    /// Every read, newest first.
    pub reads: Vec<Read>,
    /// To be kept for the next look.
    pub head: SignedLogHead,
}

/// Fetches the caller's whole log and checks it, also against the head that was kept at the last look.
///
/// # Errors
/// [`ClientError::AuditLog`] says which line gives the tampering away. Keep the old head then: it is the evidence.
pub async fn fetch(
    session: &Session,
    profile_id: Uuid,
    kept: Option<&SignedLogHead>,
) -> Result<CheckedLog, ClientError> {
    let mut page = session.audit(None).await?;
    let head = page.head;
    let mut reads = page.reads;
    while let Some(cursor) = page.next_cursor {
        page = session.audit(Some(&cursor)).await?;
        if page.reads.is_empty() || reads.len() as u64 >= head.head.reads {
            break;
        }
        reads.append(&mut page.reads);
        if reads.len() > LINES_MAX {
            return Err(session.node().not_a_node("its audit log has no end"));
        }
    }
    check(&reads, &head, profile_id, kept)?;
    Ok(CheckedLog { reads, head })
}

/// Checks a whole log, newest line first.
///
/// # Errors
/// See [`AuditFault`].
pub fn check(
    reads: &[Read],
    head: &SignedLogHead,
    profile_id: Uuid,
    kept: Option<&SignedLogHead>,
) -> Result<(), AuditFault> {
    if head.head.profile_id != profile_id || !is_signed(head) {
        return Err(AuditFault::Unsigned);
    }
    check_chain(reads, &head.head)?;
    match kept {
        Some(kept) => check_goes_on(reads, head, kept),
        None => Ok(()),
    }
}

fn is_signed(head: &SignedLogHead) -> bool {
    let signature = || {
        let mut bytes = [0; 64];
        hex::decode_to_slice(head.signature.strip_prefix("0x")?, &mut bytes).ok()?;
        Some(bytes)
    };
    match (head.node.parse::<IssuerDid>(), signature()) {
        (Ok(node), Some(signature)) => node.verifies(head.head.text(&head.node).as_bytes(), &signature),
        _ => false,
    }
}

/// From the first line on, so that the oldest fault is named.
fn check_chain(reads: &[Read], head: &LogHead) -> Result<(), AuditFault> {
    let mut before = LogHash::EMPTY;
    let mut count = 0;
    for read in reads.iter().rev() {
        count += 1;
        if read.number != count {
            return Err(AuditFault::Missing(count));
        }
        if !read.follows(head.profile_id, &before) {
            return Err(AuditFault::Changed(count));
        }
        if !read.shows_its_reader() {
            return Err(AuditFault::OtherReader(count));
        }
        before = read.hash;
    }
    if count != head.reads {
        return Err(AuditFault::Missing(count + 1));
    }
    if before == head.hash { Ok(()) } else { Err(AuditFault::Changed(count)) }
}

fn check_goes_on(reads: &[Read], head: &SignedLogHead, kept: &SignedLogHead) -> Result<(), AuditFault> {
    if kept.node != head.node {
        return Err(AuditFault::OtherNode { kept: kept.node.clone(), shown: head.node.clone() });
    }
    let seen = kept.head.reads;
    if head.head.reads < seen {
        return Err(AuditFault::Shorter { kept: seen, shown: head.head.reads });
    }
    let hash_then = reads.iter().find(|read| read.number == seen).map_or(LogHash::EMPTY, |read| read.hash);
    if hash_then == kept.head.hash { Ok(()) } else { Err(AuditFault::Rewritten(seen)) }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};
    use idos_api::audit::{ErasedBecause, LogLine, LogReader, ReadPart, ReaderCommitment, ReaderSalt};
    use idos_grants::DataId;

    use super::*;

    const PROFILE: Uuid = Uuid::from_u128(7);

    fn reader(wallet: u8) -> LogReader {
        LogReader::Shown {
            profile_id: Uuid::from_u128(8),
            wallet: format!("eip155:0x{}", format!("{wallet:02x}").repeat(20)).parse().unwrap(),
            salt: ReaderSalt([5; 32]),
        }
    }

    /// A log, oldest line first, as a node with nothing to hide writes it.
    fn log(lines: &[(u8, u64)]) -> Vec<Read> {
        let mut before = LogHash::EMPTY;
        let read = |(index, (data, read_at)): (usize, &(u8, u64))| {
            let line = LogLine {
                owner: PROFILE,
                data_id: DataId([*data; 32]),
                part: ReadPart::Content,
                reader: reader(4).commitment().unwrap(),
                read_at: *read_at,
            };
            let number = index as u64 + 1;
            before = line.hash_after(&before, number);
            Read {
                number,
                data_id: line.data_id,
                part: line.part,
                reader_commitment: line.reader,
                reader: reader(4),
                read_at: line.read_at,
                hash: before,
            }
        };
        lines.iter().enumerate().map(read).collect()
    }

    fn head_by(key: u8, reads: &[Read]) -> SignedLogHead {
        let key = SigningKey::from_bytes(&[key; 32]);
        let node = IssuerDid::from_key(key.verifying_key()).unwrap().to_string();
        let hash = reads.last().map_or(LogHash::EMPTY, |read| read.hash);
        let head = LogHead { profile_id: PROFILE, reads: reads.len() as u64, hash, at: 100 };
        let signature = format!("0x{}", hex::encode(key.sign(head.text(&node).as_bytes()).to_bytes()));
        SignedLogHead { head, node, signature }
    }

    fn shown(reads: &[Read]) -> Vec<Read> {
        reads.iter().rev().cloned().collect()
    }

    #[test]
    fn an_honest_log_passes_and_goes_on() {
        let lines = [(1, 10), (2, 10), (3, 11)];
        let (log, longer) = (log(&lines), log(&[(1, 10), (2, 10), (3, 11), (4, 12)]));
        let nothing = head_by(1, &[]);
        assert_eq!(check(&[], &nothing, PROFILE, None), Ok(()));
        let kept = head_by(1, &log);
        assert_eq!(check(&shown(&log), &kept, PROFILE, Some(&nothing)), Ok(()));
        assert_eq!(check(&shown(&longer), &head_by(1, &longer), PROFILE, Some(&kept)), Ok(()));
        assert_eq!(check(&shown(&longer), &head_by(1, &longer), PROFILE, Some(&head_by(1, &longer))), Ok(()));
    }

    #[test]
    fn what_a_node_takes_back_shows() {
        let honest = log(&[(1, 10), (2, 10), (3, 11)]);
        let kept = head_by(1, &honest);
        let without_second = log(&[(1, 10), (3, 11)]);
        let other_time = log(&[(1, 10), (2, 99), (3, 11)]);
        let reordered = log(&[(2, 10), (1, 10), (3, 11)]);
        let other_then_longer = log(&[(1, 10), (9, 10), (3, 11), (4, 12)]);
        let cut = honest[..2].to_vec();
        let mut removed = honest.clone();
        removed.remove(1);
        let mut changed = honest.clone();
        changed[1].read_at = 99;
        let mut swapped = honest.clone();
        swapped.swap(0, 1);
        let table = [
            ("a line is removed", &removed, kept.clone(), AuditFault::Missing(2)),
            ("a line is changed", &changed, kept.clone(), AuditFault::Changed(2)),
            ("lines are out of order", &swapped, kept.clone(), AuditFault::Missing(1)),
            ("the tail is cut, the head is not", &cut, kept.clone(), AuditFault::Missing(3)),
            ("the tail is cut", &cut, head_by(1, &cut), AuditFault::Shorter { kept: 3, shown: 2 }),
            ("nothing is left", &Vec::new(), head_by(1, &[]), AuditFault::Shorter { kept: 3, shown: 0 }),
            (
                "chained anew without a line",
                &without_second,
                head_by(1, &without_second),
                AuditFault::Shorter { kept: 3, shown: 2 },
            ),
            ("chained anew, changed", &other_time, head_by(1, &other_time), AuditFault::Rewritten(3)),
            ("chained anew, reordered", &reordered, head_by(1, &reordered), AuditFault::Rewritten(3)),
            (
                "chained anew, and longer",
                &other_then_longer,
                head_by(1, &other_then_longer),
                AuditFault::Rewritten(3),
            ),
            (
                "another node's key",
                &honest,
                head_by(2, &honest),
                AuditFault::OtherNode { kept: kept.node.clone(), shown: head_by(2, &honest).node },
            ),
            (
                "the head's signature is of another key",
                &honest,
                SignedLogHead { signature: head_by(2, &honest).signature, ..kept.clone() },
                AuditFault::Unsigned,
            ),
        ];
        for (name, reads, head, fault) in table {
            assert_eq!(check(&shown(reads), &head, PROFILE, Some(&kept)), Err(fault), "{name}");
        }
        assert_eq!(
            check(&shown(&honest), &kept, Uuid::from_u128(9), None),
            Err(AuditFault::Unsigned),
            "somebody else's log"
        );
    }
    #[test]
    fn a_log_stays_the_same_when_its_readers_are_erased() {
        let mut log = log(&[(1, 10), (2, 10), (3, 11)]);
        let kept = head_by(1, &log);
        for because in ErasedBecause::ALL {
            // Whether or not it is true: the node's word, and what is shown is "erased".
            log[1].reader = LogReader::Erased { because };
            assert_eq!(check(&shown(&log), &kept, PROFILE, Some(&kept)), Ok(()), "{because:?}");
            assert_eq!(log[1].reader.wallet(), None);
        }
    }

    #[test]
    fn another_reader_in_the_place_of_the_one_who_read_shows() {
        let honest = log(&[(1, 10), (2, 10), (3, 11)]);
        let LogReader::Shown { profile_id, wallet, salt } = reader(4) else { unreachable!() };
        let table = [
            ("another wallet", reader(5)),
            ("another profile", LogReader::Shown { profile_id: Uuid::from_u128(9), wallet, salt }),
            ("another salt", LogReader::Shown { profile_id, wallet, salt: ReaderSalt([6; 32]) }),
        ];
        for (name, other) in table {
            let mut swapped = honest.clone();
            swapped[1].reader = other;
            let kept = head_by(1, &honest);
            let fault = check(&shown(&swapped), &kept, PROFILE, Some(&kept));
            assert_eq!(fault, Err(AuditFault::OtherReader(2)), "{name}");
            // Neither by another commitment beside it: that is in the chain.
            swapped[1].reader_commitment = other.commitment().unwrap();
            let fault = check(&shown(&swapped), &kept, PROFILE, Some(&kept));
            assert_eq!(fault, Err(AuditFault::Changed(2)), "{name}");
        }
    }

    #[test]
    fn a_commitment_says_nothing_without_its_salt() {
        let LogReader::Shown { profile_id, wallet, .. } = reader(4) else { unreachable!() };
        let commitments =
            [1, 2].map(|salt| ReaderCommitment::of(&ReaderSalt([salt; 32]), profile_id, &wallet));
        assert_ne!(commitments[0], commitments[1], "the same reader, twice");
    }
}
