//! The verbs of the access-grants contract that an owner signs and anyone sends. Times are Unix seconds; `deadline` is the last second of
//! use.

use idos_grants::{Account, DataId};
use serde::{Deserialize, Serialize};

use crate::typed_data::{self, KeyedNonce, TypedDataError, abi, address_on, word};

/// Lets `grantee` read `data_id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateGrant {
    /// Who signs.
    pub owner: Account,
    /// Who may read.
    pub grantee: Account,
    /// What may be read.
    pub data_id: DataId,
    /// The grant's timelock; 0 for none.
    pub locked_until: u64,
    /// The owner's nonce.
    pub nonce: KeyedNonce,
    /// The last second of use.
    pub deadline: u64,
}

/// Moves the end of a grant's timelock to a later time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtendTimelock {
    /// Who signs.
    pub owner: Account,
    /// Whose grant.
    pub grantee: Account,
    /// On what.
    pub data_id: DataId,
    /// The new end.
    pub locked_until: u64,
    /// The owner's nonce.
    pub nonce: KeyedNonce,
    /// The last second of use.
    pub deadline: u64,
}

/// Ends a grant that is not locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeGrant {
    /// Who signs.
    pub owner: Account,
    /// Whose grant.
    pub grantee: Account,
    /// On what.
    pub data_id: DataId,
    /// The owner's nonce.
    pub nonce: KeyedNonce,
    /// The last second of use.
    pub deadline: u64,
}

impl CreateGrant {
    /// What the owner signs for the access-grants contract `contract`.
    ///
    /// # Errors
    /// If owner or grantee is on another chain than the contract.
    pub fn digest(&self, contract: &Account) -> Result<[u8; 32], TypedDataError> {
        let message = abi::CreateGrant {
            owner: address_on(contract, &self.owner)?,
            grantee: address_on(contract, &self.grantee)?,
            dataId: word(self.data_id),
            lockedUntil: self.locked_until,
            nonce: self.nonce.to_uint(),
            deadline: self.deadline,
        };
        typed_data::digest(&message, contract)
    }
}

impl ExtendTimelock {
    /// As [`CreateGrant::digest`].
    ///
    /// # Errors
    /// If owner or grantee is on another chain than the contract.
    pub fn digest(&self, contract: &Account) -> Result<[u8; 32], TypedDataError> {
        let message = abi::ExtendTimelock {
            owner: address_on(contract, &self.owner)?,
            grantee: address_on(contract, &self.grantee)?,
            dataId: word(self.data_id),
            lockedUntil: self.locked_until,
            nonce: self.nonce.to_uint(),
            deadline: self.deadline,
        };
        typed_data::digest(&message, contract)
    }
}

impl RevokeGrant {
    /// As [`CreateGrant::digest`].
    ///
    /// # Errors
    /// If owner or grantee is on another chain than the contract.
    pub fn digest(&self, contract: &Account) -> Result<[u8; 32], TypedDataError> {
        let message = abi::RevokeGrant {
            owner: address_on(contract, &self.owner)?,
            grantee: address_on(contract, &self.grantee)?,
            dataId: word(self.data_id),
            nonce: self.nonce.to_uint(),
            deadline: self.deadline,
        };
        typed_data::digest(&message, contract)
    }
}
