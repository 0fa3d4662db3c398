//! Calls as the EVM contracts take them.

use alloy::{
    primitives::{B256, U256},
    sol_types::SolCall,
};
use idos_contracts_evm::{AccessGrants, CredentialStatus, IAccessGrants};
use idos_grants::Status;

use super::account;
use crate::differential::{
    Call, GrantRef, NewGrant, WordChange,
    call::{data_id, word},
};

/// What is sent.
pub(super) fn data(call: &Call) -> Vec<u8> {
    match call {
        Call::CreateGrant(one) => {
            let IAccessGrants::NewGrant { grantee, dataId, lockedUntil } = new(one);
            AccessGrants::createGrantCall { grantee, dataId, lockedUntil }.abi_encode()
        }
        Call::ExtendTimelock(one) => {
            let IAccessGrants::NewGrant { grantee, dataId, lockedUntil } = new(one);
            AccessGrants::extendTimelockCall { grantee, dataId, lockedUntil }.abi_encode()
        }
        Call::RevokeGrant(one) => {
            let IAccessGrants::GrantRef { grantee, dataId } = reference(one);
            AccessGrants::revokeGrantCall { grantee, dataId }.abi_encode()
        }
        Call::CreateGrants(all) => {
            AccessGrants::createGrantsCall { grants_: all.iter().map(new).collect() }.abi_encode()
        }
        Call::RevokeGrants(all) => {
            AccessGrants::revokeGrantsCall { grants_: all.iter().map(reference).collect() }.abi_encode()
        }
        Call::SetStatus { list, index, status } => {
            let status = match status {
                Status::Valid => 0,
                Status::Suspended => 1,
                Status::Revoked => 2,
            };
            CredentialStatus::setStatusCall { list: *list, index: *index, status }.abi_encode()
        }
        Call::SetStatusWords { list, purpose, changes } => CredentialStatus::setStatusWordsCall {
            list: *list,
            purpose: purpose.code(),
            changes: changes.iter().map(change).collect(),
        }
        .abi_encode(),
    }
}

fn id(data: u8) -> B256 {
    B256::from(data_id(data).0)
}

fn new(grant: &NewGrant) -> IAccessGrants::NewGrant {
    IAccessGrants::NewGrant {
        grantee: account(grant.grantee),
        dataId: id(grant.data),
        lockedUntil: grant.locked_until,
    }
}

fn reference(grant: &GrantRef) -> IAccessGrants::GrantRef {
    IAccessGrants::GrantRef { grantee: account(grant.grantee), dataId: id(grant.data) }
}

fn change(change: &WordChange) -> idos_contracts_evm::ICredentialStatus::WordChange {
    idos_contracts_evm::ICredentialStatus::WordChange {
        wordIndex: change.word_index,
        set: U256::from_be_bytes(word(&change.set)),
        clear: U256::from_be_bytes(word(&change.clear)),
    }
}
