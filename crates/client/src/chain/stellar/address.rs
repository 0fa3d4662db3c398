//! Accounts, between this project's types and those of the contracts and the network.

use idos_contracts_stellar::{Account as Party, ContractId};
use idos_grants::Account;
use idos_wallets::authorization;
use stellar_xdr::{AccountId, MuxedAccount, PublicKey as AccountKey, Uint256};

use crate::ChainError;

/// An owner, a grantee or an issuer.
pub(super) fn party(account: &Account) -> Result<Party, ChainError> {
    authorization::party(account)
        .map_err(|_| ChainError::Unsupported("this is no account of a Stellar network"))
}

pub(super) fn contract_id(account: &Account) -> Result<ContractId, ChainError> {
    authorization::contract_id(account)
        .map_err(|_| ChainError::Unsupported("this is no contract of a Stellar network: it begins with C"))
}

pub(super) fn account_id(key: [u8; 32]) -> AccountId {
    AccountId(AccountKey::PublicKeyTypeEd25519(Uint256(key)))
}

pub(super) fn source(key: [u8; 32]) -> MuxedAccount {
    MuxedAccount::Ed25519(Uint256(key))
}
