//! What was signed for somebody else to send, looked at before it is paid for.

use idos_api::relay::SignedCall;
use idos_grants::Account;
use idos_wallets::GrantCall;

use super::ChainError;

/// Whether `signed` is `owner`'s own signature under exactly `expected` at `contract`, and no more. To be asked before it is sent and paid for, where
/// it comes from a stranger.
///
/// # Errors
/// If it is not.
pub fn check_signed_call(
    signed: &SignedCall,
    contract: &Account,
    owner: &Account,
    expected: &GrantCall,
) -> Result<(), ChainError> {
    const OTHER: ChainError =
        ChainError::Unsupported("the owner signed another call than the one that she consents to");
    if signed.contract() != *contract {
        return Err(OTHER);
    }
    match signed {
        SignedCall::Eip712 { message, .. } | SignedCall::BareKey { message, .. } => {
            if message.owner == *owner && message.call == *expected { Ok(()) } else { Err(OTHER) }
        }
        SignedCall::DelegateAction { signed, .. } => {
            super::near::check_delegated(signed, contract, owner, expected)
        }
        SignedCall::BareKeyStatus { .. } | SignedCall::AuthorizationEntry { .. } => Err(OTHER),
    }
}

/// The last block in which it can be sent, where that is what ends it: on NEAR.
pub fn last_block(signed: &SignedCall) -> Option<u64> {
    match signed {
        SignedCall::DelegateAction { signed, .. } => super::near::last_block_of(signed).ok(),
        _ => None,
    }
}
