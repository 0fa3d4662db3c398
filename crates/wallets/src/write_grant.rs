//! Delegated write grants: the owner signs once, and an issuer may later store one credential and create its own grant.

use alloy_primitives::B256;
use idos_grants::{Account, DataId};
use serde::{Deserialize, Serialize};

use crate::{
    encoding,
    typed_data::{self, KeyedNonce, TypedDataError, abi, address_on, word},
};

/// The EIP-712 struct `WriteGrant`. Used once, between two times, at the store and in the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteGrant {
    /// Who signs, and whose profile the credential goes into.
    pub owner: Account,
    /// The issuer's account, which gets a grant on its own copy.
    pub grantee: Account,
    /// The issuer's Ed25519 signing key; in JSON 64 hex digits.
    #[serde(with = "encoding::hex32")]
    pub issuer_key: [u8; 32],
    /// The id under which the original may be stored.
    pub credential_id: DataId,
    /// The id of the issuer's copy, and of the grant.
    pub data_id: DataId,
    /// The timelock of the issuer's grant, in Unix seconds; 0 for none.
    pub locked_until: u64,
    /// Unix seconds: the first second of use.
    pub not_before: u64,
    /// Unix seconds: the last second of use.
    pub not_after: u64,
    /// The owner's nonce in the contract.
    pub nonce: KeyedNonce,
}

impl WriteGrant {
    /// What the owner signs for the access-grants contract `contract`.
    ///
    /// # Errors
    /// If owner or grantee is on another chain than the contract.
    pub fn digest(&self, contract: &Account) -> Result<[u8; 32], TypedDataError> {
        let message = abi::WriteGrant {
            owner: address_on(contract, &self.owner)?,
            grantee: address_on(contract, &self.grantee)?,
            issuerKey: B256::from(self.issuer_key),
            credentialId: word(self.credential_id),
            dataId: word(self.data_id),
            lockedUntil: self.locked_until,
            notBefore: self.not_before,
            notAfter: self.not_after,
            nonce: self.nonce.to_uint(),
        };
        Ok(typed_data::digest(&message, contract))
    }

    /// Whether it may be used at `now`, give or take `skew` seconds.
    pub fn is_usable(&self, now: u64, skew: u64) -> bool {
        self.not_before <= now.saturating_add(skew) && now <= self.not_after.saturating_add(skew)
    }
}
