//! Who the node is: a `did:key`, whose key signs deletion receipts, heads of audit logs and status lists.

use ed25519_dalek::{Signer, SigningKey};
use hkdf::Hkdf;
use idos_api::profiles::{DeletedContent, ProfileDeletion, ProfileDeletionReceipt};
use idos_api::{
    audit::{LogHead, SignedLogHead},
    credentials::{Deletion, DeletionReceipt},
};
use idos_credentials::{IssuerDid, IssuerKey};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    db::{ProfileReceiptRow, Receipt},
    error::ServiceError,
    vault::OpenError,
};

/// The node's key and its name.
pub(crate) struct Identity {
    key: SigningKey,
    /// The same key, as what signs W3C credentials.
    issuer_key: IssuerKey,
    did: IssuerDid,
}

impl Identity {
    pub(crate) fn new(key: SigningKey) -> Result<Self, OpenError> {
        let did = IssuerDid::from_key(key.verifying_key()).map_err(|_| OpenError::WeakNodeKey)?;
        let issuer_key = IssuerKey::from_seed(key.as_bytes()).map_err(|_| OpenError::WeakNodeKey)?;
        Ok(Self { key, issuer_key, did })
    }

    /// The key that signs the node's W3C credentials.
    pub(crate) fn issuer_key(&self) -> &IssuerKey {
        &self.issuer_key
    }

    /// The node's `did:key`.
    pub(crate) fn did(&self) -> &str {
        self.did.as_str()
    }

    /// A secret for one purpose, the same after every restart.
    pub(crate) fn derive(&self, purpose: &str) -> Result<Zeroizing<[u8; 32]>, OpenError> {
        let mut secret = Zeroizing::new([0; 32]);
        let derivation = Hkdf::<Sha256>::new(None, self.key.as_bytes());
        derivation.expand(purpose.as_bytes(), secret.as_mut_slice()).map_err(|_| OpenError::WeakNodeKey)?;
        Ok(secret)
    }

    /// The head of an owner's audit log, signed.
    pub(crate) fn sign_log_head(&self, head: LogHead) -> SignedLogHead {
        let signature = self.signature(&head.text(self.did.as_str()));
        SignedLogHead { head, node: self.did.to_string(), signature }
    }

    fn signature(&self, text: &str) -> String {
        format!("0x{}", hex::encode(self.key.sign(text.as_bytes()).to_bytes()))
    }

    /// The receipt of a whole profile, signed. The same deletion always gives the same receipt.
    pub(crate) fn sign_profile_deletion(
        &self,
        row: &ProfileReceiptRow,
        contents: Vec<DeletedContent>,
    ) -> ProfileDeletionReceipt {
        let (profile_id, deleted_at, counts) = (row.profile_id, row.deleted_at, row.counts);
        let receipt = ProfileDeletion { profile_id, deleted_at, contents, counts };
        let receipt_text = receipt.text(self.did.as_str());
        let signature = self.signature(&receipt_text);
        ProfileDeletionReceipt { receipt, node: self.did.to_string(), signature, receipt_text }
    }

    /// A receipt, signed. The same deletion always gives the same receipt.
    pub(crate) fn sign(&self, receipt: &Receipt) -> Result<DeletionReceipt, ServiceError> {
        let deletion = Deletion {
            data_id: receipt.data_id,
            profile_id: receipt.profile_id,
            content_sha256: receipt.content_sha256.clone(),
            deleted_at: receipt.deleted_at,
        };
        let text = deletion.text(self.did.as_str());
        Ok(DeletionReceipt {
            receipt: deletion,
            node: self.did.to_string(),
            signature: self.signature(&text),
            receipt_text: text,
        })
    }
}
