//! What an owner signed for others to send (NEP-366), read and held to what the contracts' verbs need. Whoever sends a delegate action pays its gas
//! and its deposit, and the deposit stays the owner's: so neither may be more than the verb takes.

use idos_contracts_near::{
    Bytes32, Method,
    access_grants::{CreateGrant, ExtendTimelock, RevokeGrant},
    credential_status::SetStatus,
    storage::{GRANT_COST, REGISTRATION_COST, WORD_COST},
};
use idos_grants::{Account, ChainId};
use near_primitives::{
    action::{FunctionCallAction, delegate::SignedDelegateAction},
    transaction::Action,
    types::AccountId,
};

use super::{account::account_id, delegated::parse};
use crate::chain::{CallTerms, ChainError};

/// A signed delegate action of one verb of `contract`.
pub(in crate::chain) struct Delegated {
    pub(super) signed: SignedDelegateAction,
    pub(super) call: FunctionCallAction,
    pub(super) verb: Verb,
}

/// Which verb, with its arguments.
pub(super) enum Verb {
    Create { grantee: AccountId, data_id: Bytes32 },
    Extend { grantee: AccountId, data_id: Bytes32 },
    Revoke { grantee: AccountId, data_id: Bytes32 },
    SetStatus,
}

/// Reads a delegate action; it must be one call of one verb of `contract`, and ask for no more than that.
pub(in crate::chain) fn delegated(base64: &str, contract: &Account) -> Result<Delegated, ChainError> {
    let signed = read(base64, contract)?;
    let actions = signed.delegate_action.get_actions();
    let [Action::FunctionCall(call)] = actions.as_slice() else {
        return Err(ChainError::NotRelayed("a delegate action must be one call of the contract"));
    };
    let verb = verb(call)?;
    if call.deposit.as_yoctonear() > verb.deposit_max() || call.gas.as_gas() > verb.gas_max() {
        return Err(ChainError::NotRelayed(
            "the call asks for more gas, or a larger deposit, than the verb takes",
        ));
    }
    Ok(Delegated { call: (**call).clone(), verb, signed })
}

/// Reads a delegate action that is for `contract`.
pub(super) fn read(base64: &str, contract: &Account) -> Result<SignedDelegateAction, ChainError> {
    let signed = parse(base64)?;
    if signed.delegate_action.receiver_id != account_id(contract)? {
        return Err(ChainError::Unsupported("the delegate action is for another contract than it says"));
    }
    Ok(signed)
}

impl Delegated {
    pub(in crate::chain) fn terms(&self, chain: ChainId) -> Result<CallTerms, ChainError> {
        let owner = self.signed.delegate_action.sender_id.as_str();
        let owner = format!("{chain}:{owner}").parse();
        let owner = owner.map_err(|_| ChainError::Unsupported("this is no account id of NEAR"))?;
        Ok(CallTerms { owner, deadline: None, for_statuses: matches!(self.verb, Verb::SetStatus) })
    }
}

impl Verb {
    fn deposit_max(&self) -> u128 {
        match self {
            Self::Create { .. } => REGISTRATION_COST + GRANT_COST,
            Self::SetStatus => REGISTRATION_COST + WORD_COST,
            Self::Extend { .. } | Self::Revoke { .. } => 0,
        }
    }

    /// As the bindings attach it: the same for each of them.
    fn gas_max(&self) -> u64 {
        const ANY: Bytes32 = Bytes32([0; 32]);
        match self {
            Self::Create { grantee, .. } | Self::Extend { grantee, .. } | Self::Revoke { grantee, .. } => {
                RevokeGrant { grantee: grantee.clone(), data_id: ANY }.gas()
            }
            Self::SetStatus => {
                SetStatus { list: 0, index: 0, status: idos_contracts_near::credential_status::Status::Valid }
                    .gas()
            }
        }
    }
}

fn verb(call: &FunctionCallAction) -> Result<Verb, ChainError> {
    let args = call.args.as_slice();
    let unreadable = |_| ChainError::NotRelayed("the call's arguments are not those of its verb");
    Ok(match call.method_name.as_str() {
        CreateGrant::NAME => {
            let CreateGrant { grantee, data_id, .. } = serde_json::from_slice(args).map_err(unreadable)?;
            Verb::Create { grantee, data_id }
        }
        ExtendTimelock::NAME => {
            let ExtendTimelock { grantee, data_id, .. } = serde_json::from_slice(args).map_err(unreadable)?;
            Verb::Extend { grantee, data_id }
        }
        RevokeGrant::NAME => {
            let RevokeGrant { grantee, data_id } = serde_json::from_slice(args).map_err(unreadable)?;
            Verb::Revoke { grantee, data_id }
        }
        SetStatus::NAME => {
            let _: SetStatus = serde_json::from_slice(args).map_err(unreadable)?;
            Verb::SetStatus
        }
        _ => {
            return Err(ChainError::NotRelayed(
                "only single grants, timelocks, revocations and statuses are",
            ));
        }
    })
}
