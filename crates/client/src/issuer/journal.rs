//! What an issuer has begun and not finished, on its own disk.
//!
//! A folder for each, named by the original's data id: what is to be asked of the node, and the sealed contents. It is written and synced before anything
//! is sent, so a retry sends the same ids and bytes, and the node and the chain can tell that it is one. Nothing in it can be read without the
//! recipients' keys; it is for this user only all the same.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use idos_api::credentials::{Credential, NewCredential};
use idos_grants::DataId;
use serde::{Deserialize, Serialize};

use super::SealedIssuance;
use crate::chain::SignedCall;

const ENTRY: &str = "issuance.json";
const ORIGINAL: &str = "original.box";
const COPY: &str = "copy.box";
/// What ends like this is being written, or was when the process ended.
const UNFINISHED: &str = ".new";

/// Bytes of the longest entry.
const ENTRY_BYTES_MAX: u64 = 256 * 1024;

/// A folder of half-done issuances.
#[derive(Debug, Clone)]
pub struct Journal {
    folder: PathBuf,
}

/// How far an issuance has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Signed and sealed on this machine. Whether the node has it is not known.
    Sealed,
    /// Stored at the node. Whether the grant is on the chain is not known.
    Stored,
}

/// What is known of a credential that the node has stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Stored {
    /// What the node answered.
    Answered(Box<Credential>),
    /// By an earlier try, whose answer was not seen. Its owner has sealed it anew or deleted it since, so it is not shown to its issuer any more.
    Before {
        /// Its data id.
        data_id: DataId,
    },
}

impl Stored {
    /// The original's data id.
    pub fn data_id(&self) -> DataId {
        match self {
            Self::Answered(credential) => credential.data_id,
            Self::Before { data_id } => *data_id,
        }
    }
}

/// A half-done issuance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// What is asked of the node.
    pub request: NewCredential,
    /// What the owner signed for the chain, where her consent itself is nothing to the contract.
    pub grant_call: Option<SignedCall>,
    /// When it was sealed.
    pub sealed_at: u64,
    /// What is known of what the node stored, once it has.
    pub stored: Option<Stored>,
    /// Why the last try stopped.
    pub last_error: Option<String>,
}

impl Pending {
    /// The original's data id, which names the issuance.
    pub fn id(&self) -> DataId {
        self.request.content.data_id
    }

    /// How far it has come.
    pub fn step(&self) -> Step {
        if self.stored.is_some() { Step::Stored } else { Step::Sealed }
    }
}

impl Journal {
    /// The journal in `folder`, which is made when first written to.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Writes a sealed issuance down. From now on it is visible and can be carried on.
    ///
    /// # Errors
    /// If one with the same id is pending: the consent names the id, so it is the same consent's.
    pub fn begin(&self, sealed: &SealedIssuance, now: u64) -> Result<Pending, JournalError> {
        let pending = Pending {
            request: sealed.request.clone(),
            grant_call: sealed.grant_call.clone(),
            sealed_at: now,
            stored: None,
            last_error: None,
        };
        let id = pending.id();
        if self.get(id)?.is_some() {
            return Err(JournalError::Pending { id });
        }
        let at = self.folder.join(id.to_string());
        let beside = self.folder.join(format!("{id}{UNFINISHED}"));
        let write = || {
            remove(&beside)?;
            remove(&at)?;
            DirBuilder::new().recursive(true).mode(0o700).create(&beside)?;
            write_file(&beside.join(ORIGINAL), &sealed.original)?;
            if let Some(copy) = &sealed.copy {
                write_file(&beside.join(COPY), copy)?;
            }
            write_file(&beside.join(ENTRY), &entry_bytes(&pending)?)?;
            sync(&beside)?;
            fs::rename(&beside, &at)?;
            sync(&self.folder)
        };
        write().map_err(|error| self.failed(&error))?;
        Ok(pending)
    }

    /// Every half-done issuance, in the order in which they were sealed.
    pub fn pending(&self) -> Result<Vec<Pending>, JournalError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.failed(&error)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let name = entry.map_err(|error| self.failed(&error))?.file_name();
            if let Some(id) = name.to_str().and_then(|name| name.parse::<DataId>().ok()) {
                found.extend(self.get(id)?);
            }
        }
        found.sort_by_key(|pending| (pending.sealed_at, pending.id()));
        Ok(found)
    }

    /// One of them.
    pub fn get(&self, id: DataId) -> Result<Option<Pending>, JournalError> {
        let path = self.folder.join(id.to_string()).join(ENTRY);
        let bytes = match read_bounded(&path, ENTRY_BYTES_MAX) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed(&error)),
        };
        let pending: Pending =
            serde_json::from_slice(&bytes).map_err(|_| JournalError::Unreadable { path })?;
        if pending.id() == id {
            Ok(Some(pending))
        } else {
            Err(JournalError::Unreadable { path: self.folder.clone() })
        }
    }

    /// Gives one up. What it has done already stays done.
    pub fn abandon(&self, id: DataId) -> Result<(), JournalError> {
        let folder = self.folder.join(id.to_string());
        // Without its entry it is nothing, whatever happens next.
        match fs::remove_file(folder.join(ENTRY)) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(self.failed(&error)),
        }
        sync(&folder).and_then(|()| remove(&folder)).map_err(|error| self.failed(&error))
    }

    pub(super) fn contents(&self, pending: &Pending) -> Result<Vec<Vec<u8>>, JournalError> {
        let folder = self.folder.join(pending.id().to_string());
        let has_copy = pending.request.consent.as_ref().is_some_and(|consent| consent.issuer_copy.is_some());
        let names: &[&str] = if has_copy { &[ORIGINAL, COPY] } else { &[ORIGINAL] };
        let max = idos_api::limits::MAX_CONTENT_BYTES as u64;
        let read = |name: &&str| read_bounded(&folder.join(name), max).map_err(|error| self.failed(&error));
        names.iter().map(read).collect()
    }

    pub(super) fn put(&self, pending: &Pending) -> Result<(), JournalError> {
        let folder = self.folder.join(pending.id().to_string());
        let (at, beside) = (folder.join(ENTRY), folder.join(format!("{ENTRY}{UNFINISHED}")));
        let write = || {
            write_file(&beside, &entry_bytes(pending)?)?;
            fs::rename(&beside, &at)?;
            sync(&folder)
        };
        write().map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> JournalError {
        JournalError::Io { path: self.folder.clone(), reason: error.to_string() }
    }
}

fn entry_bytes(pending: &Pending) -> io::Result<Vec<u8>> {
    serde_json::to_vec(pending).map_err(io::Error::other)
}

fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn read_bounded(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    use io::Read;
    let mut bytes = Vec::new();
    File::open(path)?.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        return Err(io::Error::new(
            ErrorKind::InvalidData,
            "a file that is longer than any of the journal's",
        ));
    }
    Ok(bytes)
}

fn sync(folder: &Path) -> io::Result<()> {
    match File::open(folder) {
        Ok(folder) => folder.sync_all(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Why the journal cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// That consent's credential is begun already.
    #[error(
        "the credential of this consent is issued half-way: go on with `idos issuer resume {id}`, or give it up with `idos issuer abandon {id}`"
    )]
    Pending {
        /// Which.
        id: DataId,
    },
    /// There is none of that id.
    #[error("no issuance {id} is pending: `idos issuer pending` lists them")]
    Unknown {
        /// Which.
        id: DataId,
    },
    /// A file of another form.
    #[error("{} is not an entry of the journal of issuances: move it away", .path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
    },
    /// The disk.
    #[error("the journal of issuances in {} cannot be used: {reason}", .path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What happened.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::os::unix::fs::PermissionsExt;

    use idos_api::credentials::SealedContent;
    use idos_keys::EncryptionSecret;

    use super::*;

    fn sealed(id: u8) -> SealedIssuance {
        let key = EncryptionSecret::from_bytes([3; 32]).public();
        let content = SealedContent {
            data_id: DataId([id; 32]),
            content_sha256: "00".repeat(32),
            sender_key: key,
            recipient_key: key,
        };
        let request = NewCredential {
            content,
            public_notes: "{}".to_owned(),
            notes_signature: "0x".to_owned(),
            issuer: "did:key:z6Mk".to_owned(),
            notes_key: None,
            consent: None,
        };
        SealedIssuance { request, grant_call: None, original: vec![id; 100], copy: None }
    }

    #[test]
    fn what_was_begun_is_there_until_it_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(folder.path().join("issuances"));
        assert_eq!(journal.pending(), Ok(vec![]));
        journal.begin(&sealed(2), 20).unwrap();
        let first = journal.begin(&sealed(1), 10).unwrap();
        let again = Journal::new(folder.path().join("issuances"));
        let ids = |journal: &Journal| {
            journal.pending().unwrap().iter().map(|pending| pending.id().0[0]).collect::<Vec<_>>()
        };
        assert_eq!(ids(&again), [1, 2]);
        assert_eq!(again.contents(&first).unwrap(), [vec![1; 100]]);
        assert_eq!(again.begin(&sealed(1), 30), Err(JournalError::Pending { id: first.id() }));
        again.abandon(first.id()).unwrap();
        again.abandon(first.id()).unwrap();
        assert_eq!(ids(&again), [2]);
        again.begin(&sealed(1), 30).unwrap();
    }

    #[test]
    fn a_journal_is_for_its_user_only() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(folder.path().join("issuances"));
        let pending = journal.begin(&sealed(1), 10).unwrap();
        journal.put(&Pending { last_error: Some("the node is down".to_owned()), ..pending.clone() }).unwrap();
        let entry = folder.path().join("issuances").join(pending.id().to_string());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&entry), 0o700);
        for file in fs::read_dir(&entry).unwrap() {
            assert_eq!(mode(&file.unwrap().path()), 0o600);
        }
    }

    #[test]
    fn what_a_crash_left_half_written_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(folder.path().to_owned());
        let id = DataId([1; 32]);
        let unfinished = folder.path().join(format!("{id}{UNFINISHED}"));
        fs::create_dir_all(&unfinished).unwrap();
        fs::write(unfinished.join(ENTRY), "{").unwrap();
        // And an entry that was being given up.
        fs::create_dir_all(folder.path().join(id.to_string())).unwrap();
        fs::write(folder.path().join(id.to_string()).join(ORIGINAL), "x").unwrap();
        assert_eq!(journal.pending(), Ok(vec![]));
        let pending = journal.begin(&sealed(1), 10).unwrap();
        assert_eq!(journal.contents(&pending).unwrap(), [vec![1; 100]]);
    }

    #[test]
    fn entries_of_another_form_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(folder.path().to_owned());
        let pending = journal.begin(&sealed(1), 10).unwrap();
        let entry = folder.path().join(pending.id().to_string()).join(ENTRY);
        for bytes in [b"{".to_vec(), b"{\"id\":1}".to_vec()] {
            fs::write(&entry, bytes).unwrap();
            assert_eq!(journal.get(pending.id()), Err(JournalError::Unreadable { path: entry.clone() }));
        }
        fs::write(&entry, vec![b' '; ENTRY_BYTES_MAX as usize + 1]).unwrap();
        assert!(matches!(journal.get(pending.id()), Err(JournalError::Io { .. })));
    }
}
