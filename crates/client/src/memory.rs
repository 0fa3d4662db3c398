//! What a client remembers of nodes and profiles, so that a node cannot go back on what it showed before.

use std::{collections::BTreeMap, sync::Mutex};

use idos_api::credentials::Credential;
use idos_credentials::{KnownKey, PublicNotes};
use idos_grants::{Account, DataId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ClientError, owner::original::signed_notes};

/// The key statement that was last believed of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenStatement {
    /// Its version. An older one is refused from then on.
    pub version: u32,
    /// SHA-256 of the signed text, as hex. Another statement of the same version is refused.
    pub sha256: String,
}

/// The most credentials that are remembered: more than any node lets a profile hold.
pub const CREDENTIALS_MAX: usize = 20_000;

/// Which credential was shown under a data id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenCredential {
    /// Its issuer, who signed that it has this id.
    pub issuer: String,
    /// The id that its issuer gave it.
    pub id: Uuid,
}

impl SeenCredential {
    fn of(notes: &PublicNotes) -> Self {
        Self { issuer: notes.issuer().to_string(), id: notes.id() }
    }
}

/// Credentials by the data ids that they were shown under.
pub type SeenCredentials = BTreeMap<DataId, SeenCredential>;

/// Remembers. A client that keeps it between runs ([`crate::Node::remembering`]) notices also what a node does between them.
pub trait Memory: Send + Sync {
    /// The newest key statement that was believed of a profile.
    fn statement(&self, profile_id: Uuid) -> Result<Option<SeenStatement>, ClientError>;

    /// Keeps a statement in the place of an older one.
    fn remember_statement(&self, profile_id: Uuid, statement: SeenStatement) -> Result<(), ClientError>;

    /// The DID of the node at an address, as it was first seen.
    fn node_did(&self, url: &str) -> Result<Option<String>, ClientError>;

    /// Keeps the DID of a node that was not known before.
    fn remember_node_did(&self, url: &str, did: &str) -> Result<(), ClientError>;

    /// The contract that a node named first, of one kind on one chain.
    fn contract(&self, place: &str) -> Result<Option<Account>, ClientError>;

    /// Keeps the contract that counts there from now on.
    fn remember_contract(&self, place: &str, contract: Account) -> Result<(), ClientError>;

    /// The caller's own originals, as they were shown to her.
    fn credentials(&self) -> Result<SeenCredentials, ClientError>;

    /// Keeps originals that were shown for the first time.
    fn remember_credentials(&self, shown: SeenCredentials) -> Result<(), ClientError>;
}

/// Refuses a row whose notes are of another credential than those that were shown under its data id before: its owner would take the one for the other.
///
/// # Errors
/// [`ClientError::Forged`]
pub fn check_same(memory: &dyn Memory, listed: &Credential) -> Result<(), ClientError> {
    check_against(&memory.credentials()?, listed)
}

fn check_against(seen: &SeenCredentials, listed: &Credential) -> Result<(), ClientError> {
    let Some(seen) = seen.get(&listed.data_id) else { return Ok(()) };
    match PublicNotes::parse(&listed.public_notes) {
        Ok(notes) if SeenCredential::of(&notes) == *seen => Ok(()),
        _ => Err(ClientError::Forged("another credential than before under this data id")),
    }
}

/// Checks what the caller is about to be shown of her own, and remembers it: by what she sees she will name it.
///
/// # Errors
/// As [`check_same`].
pub fn check_shown(memory: &dyn Memory, listed: &[Credential]) -> Result<(), ClientError> {
    let seen = memory.credentials()?;
    listed.iter().try_for_each(|credential| check_against(&seen, credential))?;
    remember_shown(memory, listed, &[])
}

/// Remembers the originals among what the caller is shown of her own, from the first time on, so that none takes the place of another later. What its issuer
/// did not sign is not remembered.
///
/// # Errors
/// If the memory cannot be read or written.
pub fn remember_shown(
    memory: &dyn Memory,
    listed: &[Credential],
    known_keys: &[KnownKey],
) -> Result<(), ClientError> {
    let seen = memory.credentials()?;
    let unseen = listed.iter().filter(|row| row.original.is_none() && !seen.contains_key(&row.data_id));
    let named = unseen.filter_map(|row| {
        let (notes, _) = signed_notes(row, known_keys).ok()?;
        Some((row.data_id, SeenCredential::of(&notes)))
    });
    let new: SeenCredentials = named.take(CREDENTIALS_MAX.saturating_sub(seen.len())).collect();
    if new.is_empty() { Ok(()) } else { memory.remember_credentials(new) }
}

/// What is remembered, as plain data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remembered {
    /// By profile.
    #[serde(default)]
    pub statements: BTreeMap<Uuid, SeenStatement>,
    /// By address of a node.
    #[serde(default)]
    pub node_dids: BTreeMap<String, String>,
    /// By address of a node, kind and chain.
    #[serde(default)]
    pub contracts: BTreeMap<String, Account>,
    /// By data id.
    #[serde(default)]
    pub credentials: SeenCredentials,
}

/// A memory as long as the process.
#[derive(Debug, Default)]
pub struct ProcessMemory(Mutex<Remembered>);

impl ProcessMemory {
    fn with<T>(&self, act: impl FnOnce(&mut Remembered) -> T) -> Result<T, ClientError> {
        let mut remembered =
            self.0.lock().map_err(|_| ClientError::Input("another part of this program failed".into()))?;
        Ok(act(&mut remembered))
    }
}

impl Memory for ProcessMemory {
    fn statement(&self, profile_id: Uuid) -> Result<Option<SeenStatement>, ClientError> {
        self.with(|remembered| remembered.statements.get(&profile_id).cloned())
    }

    fn remember_statement(&self, profile_id: Uuid, statement: SeenStatement) -> Result<(), ClientError> {
        self.with(|remembered| drop(remembered.statements.insert(profile_id, statement)))
    }

    fn node_did(&self, url: &str) -> Result<Option<String>, ClientError> {
        self.with(|remembered| remembered.node_dids.get(url).cloned())
    }

    fn remember_node_did(&self, url: &str, did: &str) -> Result<(), ClientError> {
        self.with(|remembered| drop(remembered.node_dids.insert(url.to_owned(), did.to_owned())))
    }

    fn contract(&self, place: &str) -> Result<Option<Account>, ClientError> {
        self.with(|remembered| remembered.contracts.get(place).copied())
    }

    fn remember_contract(&self, place: &str, contract: Account) -> Result<(), ClientError> {
        self.with(|remembered| remembered.contracts.extend([(place.to_owned(), contract)]))
    }

    fn credentials(&self) -> Result<SeenCredentials, ClientError> {
        self.with(|remembered| remembered.credentials.clone())
    }

    fn remember_credentials(&self, shown: SeenCredentials) -> Result<(), ClientError> {
        self.with(|remembered| remembered.credentials.extend(shown))
    }
}
