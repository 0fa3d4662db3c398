//! Deletion receipts: worth something only if they are about what was deleted, and signed by the node that was asked.

use idos_api::{credentials::DeletionReceipt, profiles::ProfileDeletionReceipt};
use idos_credentials::IssuerDid;
use idos_grants::DataId;
use uuid::Uuid;

use crate::ClientError;

/// Checks that `receipt` is of `data_id` and signed by `node`, whose DID the caller has from before.
///
/// # Errors
/// [`ClientError::Forged`] with what is wrong.
pub fn verify(receipt: &DeletionReceipt, data_id: DataId, node: &IssuerDid) -> Result<(), ClientError> {
    let DeletionReceipt { receipt: deletion, node: named, signature, receipt_text } = receipt;
    let signed = Signed { text: receipt_text, signature, node: named };
    signed.check(deletion.data_id == data_id, &deletion.text(named), node)
}

/// Checks that `receipt` is of something that was the profile `profile_id`'s, and signed by `node`, whose DID the caller has from before.
///
/// # Errors
/// [`ClientError::Forged`] with what is wrong.
pub fn verify_own(receipt: &DeletionReceipt, profile_id: Uuid, node: &IssuerDid) -> Result<(), ClientError> {
    let DeletionReceipt { receipt: deletion, node: named, signature, receipt_text } = receipt;
    let signed = Signed { text: receipt_text, signature, node: named };
    signed.check(deletion.profile_id == profile_id, &deletion.text(named), node)
}

/// Checks that `receipt` is of the profile `profile_id`, with all that it says was in it, and signed by `node`, whose DID the caller has from before.
///
/// # Errors
/// [`ClientError::Forged`] with what is wrong.
pub fn verify_profile(
    receipt: &ProfileDeletionReceipt,
    profile_id: Uuid,
    node: &IssuerDid,
) -> Result<(), ClientError> {
    let ProfileDeletionReceipt { receipt: deletion, node: named, signature, receipt_text } = receipt;
    let signed = Signed { text: receipt_text, signature, node: named };
    signed.check(deletion.profile_id == profile_id, &deletion.text(named), node)
}

/// What a receipt's signature is about.
struct Signed<'a> {
    text: &'a str,
    /// `0x` and hex.
    signature: &'a str,
    /// The DID that the receipt names.
    node: &'a str,
}

impl Signed<'_> {
    fn check(&self, is_asked_for: bool, text_of_fields: &str, node: &IssuerDid) -> Result<(), ClientError> {
        if self.node != node.as_str() {
            return Err(ClientError::Forged("a deletion receipt in the name of another node"));
        }
        if !is_asked_for {
            return Err(ClientError::Forged("a deletion receipt of something else than was deleted"));
        }
        if self.text != text_of_fields {
            return Err(ClientError::Forged(
                "a deletion receipt whose text says something else than its fields",
            ));
        }
        let mut signature = [0; 64];
        let digits = self.signature.strip_prefix("0x").unwrap_or_default();
        let is_hex = hex::decode_to_slice(digits, &mut signature).is_ok();
        if is_hex && node.verifies(self.text.as_bytes(), &signature) {
            return Ok(());
        }
        Err(ClientError::Forged("a deletion receipt whose signature is not the node's"))
    }
}
