//! A signed-in session: every request is signed by its key (RFC 9421).

mod credentials;
mod grants;
mod profiles;
mod records;
mod requests;
mod signed;

use std::sync::Mutex;

use bytes::Bytes;
use idos_api::sessions::{NewReadKey, ReadKey as ReadKeyAnswer};
use idos_keys::EncryptionKey;
use idos_sessions::{ReadKey, ReadKeyExchange, SessionId, SessionKey};
use rand_core::CryptoRngCore;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::{ClientError, Node};

pub use grants::{GrantsFilter, OwnGrantsFilter};

/// A session at a node.
#[derive(Debug)]
pub struct Session {
    node: Node,
    id: SessionId,
    key: SessionKey,
    expires_at: u64,
    /// With it reads are cheap for the node; without it they are signed like commands.
    read_key: Mutex<Option<ReadKey>>,
}

/// A session as it is kept between runs. It holds the session key: keep it where only its owner reads.
#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub struct SavedSession {
    #[zeroize(skip)]
    node: String,
    #[zeroize(skip)]
    session_id: SessionId,
    session_key: String,
    #[zeroize(skip)]
    expires_at: u64,
}

impl Session {
    pub(crate) fn new(node: Node, id: SessionId, key: SessionKey, expires_at: u64) -> Self {
        Self { node, id, key, expires_at, read_key: Mutex::new(None) }
    }

    /// To be kept between runs.
    pub fn save(&self) -> SavedSession {
        let key = self.key.to_bytes();
        SavedSession {
            node: self.node.url().to_string(),
            session_id: self.id,
            session_key: hex::encode(key.as_slice()),
            expires_at: self.expires_at,
        }
    }

    /// Goes on with a kept session; `None` if it is of another node or has ended.
    pub fn resume(node: Node, saved: &SavedSession) -> Option<Self> {
        if saved.node != node.url().as_str() || node.now() >= saved.expires_at {
            return None;
        }
        let mut key = Zeroizing::new([0; 32]);
        hex::decode_to_slice(saved.session_key.as_bytes(), key.as_mut_slice()).ok()?;
        Some(Self::new(node, saved.session_id, SessionKey::from_bytes(&key), saved.expires_at))
    }

    /// The node.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// When it ends.
    pub fn expires_at(&self) -> u64 {
        self.expires_at
    }

    /// Ends the session at the node.
    pub async fn sign_out(self) -> Result<(), ClientError> {
        self.call(Method::DELETE, "/v1/session", Bytes::new()).await.map(drop)
    }

    /// Agrees on a key for reads, which spares the node a signature check a read.
    pub async fn agree_read_key(&self, rng: &mut impl CryptoRngCore) -> Result<(), ClientError> {
        let exchange = ReadKeyExchange::new(rng);
        let client_key = key_of_node(EncryptionKey::from_bytes(exchange.public_key()))?;
        let answer: ReadKeyAnswer = self.post("/v1/session/read-key", &NewReadKey { client_key }).await?;
        let agreed = exchange.complete(answer.node_key.as_bytes(), &self.id);
        let agreed = agreed.map_err(|_| ClientError::Forged("a read key of small order"))?;
        self.set_read_key(Some(agreed));
        Ok(())
    }
}

fn key_of_node(key: Result<EncryptionKey, idos_keys::KeyError>) -> Result<EncryptionKey, ClientError> {
    key.map_err(|error| ClientError::Input(error.to_string()))
}
