//! Accounts, between this project's types and NEAR's.

use idos_grants::{Account, Address};
use near_primitives::types::AccountId;

use crate::ChainError;

pub(super) fn account_id(account: &Account) -> Result<AccountId, ChainError> {
    match account.address() {
        Address::Near(id) => parse(id.as_str()),
        _ => Err(ChainError::Unsupported("this is no account of a NEAR chain")),
    }
}

pub(super) fn parse(id: &str) -> Result<AccountId, ChainError> {
    id.parse().map_err(|_| ChainError::Unsupported("this is no account id of NEAR"))
}
