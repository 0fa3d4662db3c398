//! Who the node is: a `did:key`, whose key signs the key that shares are sealed to.

use ed25519_dalek::{Signer, SigningKey};
use hkdf::Hkdf;
use idos_api::key_shares::{KeyShareNodeInfo, node_statement};
use idos_keys::EncryptionSecret;
use idos_wallets::NodeDid;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::node::OpenError;

/// What HKDF is told that the key is for.
const BOX_KEY: &[u8] = b"idos key-share node box key v1";

/// The node's keys and its name.
pub(crate) struct Identity {
    key: SigningKey,
    did: NodeDid,
    secret: EncryptionSecret,
}

impl Identity {
    pub(crate) fn new(key: SigningKey) -> Result<Self, OpenError> {
        let did = NodeDid::from_key(key.verifying_key().as_bytes()).map_err(|_| OpenError::WeakNodeKey)?;
        let mut secret = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, key.as_bytes())
            .expand(BOX_KEY, secret.as_mut_slice())
            .map_err(|_| OpenError::WeakNodeKey)?;
        Ok(Self { key, did, secret: EncryptionSecret::from_bytes(*secret) })
    }

    /// The node's `did:key`.
    pub(crate) fn did(&self) -> &NodeDid {
        &self.did
    }

    /// What opens the shares that are sent to the node.
    pub(crate) fn secret(&self) -> &EncryptionSecret {
        &self.secret
    }

    /// What the node says of itself, signed.
    pub(crate) fn info(&self, now: u64) -> KeyShareNodeInfo {
        let encryption_key = self.secret.public();
        let signature = self.key.sign(node_statement(&self.did, &encryption_key).as_bytes());
        KeyShareNodeInfo {
            did: self.did,
            encryption_key,
            signature: format!("0x{}", hex::encode(signature.to_bytes())),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            now,
        }
    }
}
