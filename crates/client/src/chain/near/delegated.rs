//! Delegate actions (NEP-366) that come from somebody else: what they would do, before anybody pays for it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use borsh::BorshDeserialize;
use idos_contracts_near::{
    Bytes32, Method,
    access_grants::CreateGrant,
    storage::{GRANT_COST, REGISTRATION_COST},
};
use idos_grants::Account;
use idos_wallets::GrantCall;
use near_primitives::{action::delegate::SignedDelegateAction, transaction::Action};

use super::{super::ChainError, account::account_id};

/// Characters of the longest that is read: one call of a contract is far shorter.
const SIGNED_CHARS_MAX: usize = 64 * 1024;

/// Reads the standard base64 of a `SignedDelegateAction`.
pub(in super::super) fn parse(signed: &str) -> Result<SignedDelegateAction, ChainError> {
    const UNREADABLE: ChainError = ChainError::Unsupported("this is no signed delegate action");
    if signed.len() > SIGNED_CHARS_MAX {
        return Err(UNREADABLE);
    }
    let bytes = STANDARD.decode(signed).map_err(|_| ChainError::Malformed)?;
    SignedDelegateAction::try_from_slice(&bytes).map_err(|_| UNREADABLE)
}

/// The last block in which it can be sent.
pub(in super::super) fn last_block(signed: &str) -> Result<u64, ChainError> {
    Ok(parse(signed)?.delegate_action.max_block_height)
}

/// Whether it is `owner`'s creation of exactly that grant. The deposit that it attaches is the sender's money: no more than the grant costs.
pub(in super::super) fn check(
    signed: &str,
    contract: &Account,
    owner: &Account,
    expected: &GrantCall,
) -> Result<(), ChainError> {
    const OTHER: ChainError = ChainError::Unsupported(
        "the delegate action is not the creation of the grant that the owner consents to",
    );
    let signed = parse(signed)?;
    if !signed.verify() {
        return Err(ChainError::Unsupported("the delegate action's signature is not its key's"));
    }
    let action = &signed.delegate_action;
    let GrantCall::CreateGrant { grantee, data_id, locked_until } = expected else { return Err(OTHER) };
    let expected = CreateGrant {
        grantee: account_id(grantee)?,
        data_id: Bytes32(data_id.0),
        locked_until: *locked_until,
    };
    let is_between = action.sender_id == account_id(owner)? && action.receiver_id == account_id(contract)?;
    let [only] = action.actions.as_slice() else { return Err(OTHER) };
    let Action::FunctionCall(call) = Action::from(only.clone()) else { return Err(OTHER) };
    let is_expected = call.method_name == CreateGrant::NAME
        && serde_json::from_slice::<CreateGrant>(&call.args).is_ok_and(|said| said == expected)
        && call.gas.as_gas() <= expected.gas()
        && call.deposit.as_yoctonear() <= REGISTRATION_COST + GRANT_COST;
    if is_between && is_expected { Ok(()) } else { Err(OTHER) }
}
