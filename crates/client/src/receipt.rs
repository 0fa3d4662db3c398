//! Deletion receipts: worth something only if they are about what was deleted, and signed by the node that was asked.

use idos_api::credentials::DeletionReceipt;
use idos_credentials::IssuerDid;
use idos_grants::DataId;

use crate::ClientError;

/// Checks that `receipt` is of `data_id` and signed by `node`, whose DID the caller has from before.
///
/// # Errors
/// [`ClientError::Forged`] with what is wrong.
pub fn verify(receipt: &DeletionReceipt, data_id: DataId, node: &IssuerDid) -> Result<(), ClientError> {
    if receipt.node != node.as_str() {
        return Err(ClientError::Forged("a deletion receipt in the name of another node"));
    }
    if receipt.receipt.data_id != data_id {
        return Err(ClientError::Forged("a deletion receipt of something else than was deleted"));
    }
    if receipt.receipt_text != receipt.receipt.text(&receipt.node) {
        return Err(ClientError::Forged("a deletion receipt whose text says something else than its fields"));
    }
    let mut signature = [0; 64];
    let digits = receipt.signature.strip_prefix("0x").unwrap_or_default();
    let is_hex = hex::decode_to_slice(digits, &mut signature).is_ok();
    if is_hex && node.verifies(receipt.receipt_text.as_bytes(), &signature) {
        return Ok(());
    }
    Err(ClientError::Forged("a deletion receipt whose signature is not the node's"))
}
