//! Delegated write grants: the owner signs once, and an issuer may later store one credential and create its own grant.

use alloy_primitives::B256;
use idos_grants::{Account, Address, DataId, account::StellarAddress, timelock::UNLOCKED};
use serde::{Deserialize, Serialize};

use crate::{
    authorization, encoding,
    message::{Message, MessageError, rfc3339, shown_account},
    typed_data::{self, KeyedNonce, TypedDataError, abi, address_on, word},
    verb_text::{Digits, VerbText},
    verify::Signable,
};

/// The owner's leave to store one credential. Used once, between two times, at the store and, on EVM, in the contract.
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
    /// What the owner signs for the access-grants contract `contract`. On EVM and Stellar it is what the contract takes too: a struct (EIP-712), an
    /// authorization entry, a text if the owner is a bare key. A NEAR contract sees no message signatures, so there the owner signs a text for the store, and makes the grant by a
    /// transaction or a delegate action (NEP-366).
    ///
    /// # Errors
    /// If owner or grantee is on another chain than the contract, or a time cannot be written.
    pub fn signable(&self, contract: &Account) -> Result<Signable, TypedDataError> {
        if [self.owner, self.grantee].iter().any(|account| account.chain() != contract.chain()) {
            return Err(TypedDataError::OtherChain);
        }
        match self.owner.address() {
            Address::Evm(_) => self.digest(contract).map(Signable::TypedData),
            Address::Near(_) => self.message(contract).map(Signable::Message),
            Address::Stellar(StellarAddress::Key(_)) => self.verb_text(contract).map(Signable::Message),
            Address::Stellar(StellarAddress::Account(_)) => {
                authorization::hash(self, contract).map(Signable::Authorization)
            }
            // A contract's signatures are its own network's to check.
            Address::Stellar(StellarAddress::Contract(_)) | Address::Xrpl(_) => {
                Err(TypedDataError::NoSignedVerbs)
            }
        }
    }

    fn verb_text(&self, contract: &Account) -> Result<Message, TypedDataError> {
        VerbText::new("AccessGrants", "write grant")
            .line("Owner", self.owner.address())
            .line("Grantee", self.grantee.address())
            .line("Issuer Key", hex::encode(self.issuer_key))
            .line("Credential Id", hex::encode(self.credential_id.0))
            .line("Data Id", hex::encode(self.data_id.0))
            .line("Locked Until", self.locked_until)
            .line("Not Before", self.not_before)
            .line("Not After", self.not_after)
            .line("Nonce", Digits(self.nonce))
            .for_contract(contract)
    }

    fn message(&self, contract: &Account) -> Result<Message, TypedDataError> {
        Ok(Message::new(self.text(contract)?, contract.address()))
    }

    fn text(&self, contract: &Account) -> Result<String, MessageError> {
        Ok(format!(
            "idOS consent to one credential\n\
             \n\
             The issuer below may store one credential for you, once, and keep a copy of it. Sign only if you asked it \
             to. It costs nothing.\n\
             \n\
             Owner: {owner}\n\
             Issuer Account: {grantee}\n\
             Issuer Key: {issuer_key}\n\
             Credential: {credential_id}\n\
             Issuer's Copy: {data_id}\n\
             Copy Locked Until: {locked_until}\n\
             Not Before: {not_before}\n\
             Not After: {not_after}\n\
             Contract: {contract}\n\
             Nonce: {nonce}",
            owner = shown_account(&self.owner),
            grantee = shown_account(&self.grantee),
            issuer_key = hex::encode(self.issuer_key),
            credential_id = self.credential_id,
            data_id = self.data_id,
            locked_until = self.shown_lock()?,
            not_before = rfc3339(self.not_before)?,
            not_after = rfc3339(self.not_after)?,
            nonce = self.nonce,
        ))
    }

    fn shown_lock(&self) -> Result<String, MessageError> {
        match self.locked_until {
            UNLOCKED => Ok("no lock".into()),
            at => rfc3339(at),
        }
    }

    fn digest(&self, contract: &Account) -> Result<[u8; 32], TypedDataError> {
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
        typed_data::digest(&message, contract)
    }

    /// Whether it may be used at `now`, give or take `skew` seconds.
    pub fn is_usable(&self, now: u64, skew: u64) -> bool {
        self.not_before <= now.saturating_add(skew) && now <= self.not_after.saturating_add(skew)
    }
}
