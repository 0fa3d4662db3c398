//! What a client remembers of nodes and profiles, so that a node cannot go back on what it showed before.

use std::{collections::BTreeMap, sync::Mutex};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ClientError;

/// The key statement that was last believed of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenStatement {
    /// Its version. An older one is refused from then on.
    pub version: u32,
    /// SHA-256 of the signed text, as hex. Another statement of the same version is refused.
    pub sha256: String,
}

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
}
