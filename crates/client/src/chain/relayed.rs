//! What may be read in a signed call without asking a chain: who signed it, and until when it counts. A call that is not one of the contracts' own
//! verbs is refused.

use idos_api::relay::{RelayCall, SignedCall};
use idos_grants::{Account, Address};

use super::{ChainError, near, stellar};

/// What a call says of itself. Whether the signature holds is for the chain to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallTerms {
    /// Who signed it.
    pub owner: Account,
    /// The last second of use, where the call states a time. NEAR's and Stellar's accounts sign for a block instead, which their chain knows.
    pub deadline: Option<u64>,
    /// Which kind of contract it is for.
    pub for_statuses: bool,
}

/// What `call` says of itself.
///
/// # Errors
/// If it is not in its chain's form, or is none of the contracts' verbs.
pub fn terms(call: &RelayCall) -> Result<CallTerms, ChainError> {
    let contract = call.contract();
    match call {
        RelayCall::WriteGrant(signed) => {
            if matches!(contract.address(), Address::Near(_)) {
                return Err(ChainError::NotRelayed(
                    "NEAR's contracts see no message signatures: send the owner's delegate action",
                ));
            }
            let grant = &signed.write_grant;
            on_chain_of(&contract, grant.owner, Some(grant.not_after), false)
        }
        RelayCall::SignedCall(SignedCall::Eip712 { message, .. } | SignedCall::BareKey { message, .. }) => {
            on_chain_of(&contract, message.owner, Some(message.deadline), false)
        }
        RelayCall::SignedCall(SignedCall::BareKeyStatus { message, .. }) => {
            on_chain_of(&contract, message.issuer, Some(message.deadline), true)
        }
        RelayCall::SignedCall(SignedCall::DelegateAction { signed, .. }) => {
            near::delegated(signed, &contract)?.terms(contract.chain())
        }
        RelayCall::SignedCall(SignedCall::AuthorizationEntry { signed, .. }) => {
            stellar::entry_terms(signed, &contract)
        }
    }
}

fn on_chain_of(
    contract: &Account,
    owner: Account,
    deadline: Option<u64>,
    for_statuses: bool,
) -> Result<CallTerms, ChainError> {
    super::check_chain(contract.chain(), &owner)?;
    Ok(CallTerms { owner, deadline, for_statuses })
}
