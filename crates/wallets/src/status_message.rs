//! What a bare key signs so that anyone may set a status in its lists, on Stellar.

use idos_grants::{Account, Status};
use serde::{Deserialize, Serialize};

use crate::{
    message::Message,
    typed_data::{KeyedNonce, TypedDataError},
    verb_text::{Digits, VerbText},
};

/// A status that its issuer signs, for anyone to send, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusMessage {
    /// Who signs, and whose list it is: a bare key.
    pub issuer: Account,
    /// Which list.
    pub list: u32,
    /// Which position.
    pub index: u32,
    /// What it says from then on.
    pub status: Status,
    /// The issuer's nonce.
    pub nonce: KeyedNonce,
    /// Unix seconds: the last second of use.
    pub deadline: u64,
}

impl StatusMessage {
    /// What the issuer signs for the credential-status contract `contract`.
    ///
    /// # Errors
    /// If the issuer is no bare key of the contract's network, or the network has no name.
    pub fn message(&self, contract: &Account) -> Result<Message, TypedDataError> {
        if self.issuer.chain() != contract.chain() {
            return Err(TypedDataError::OtherChain);
        }
        if self.issuer.address().bare_key().is_none() {
            return Err(TypedDataError::NoSignedVerbs);
        }
        VerbText::new("CredentialStatus", "set a status")
            .line("Issuer", self.issuer.address())
            .line("List", self.list)
            .line("Index", self.index)
            .line("Status", word(self.status))
            .line("Nonce", Digits(self.nonce))
            .line("Deadline", self.deadline)
            .for_contract(contract)
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Valid => "valid",
        Status::Suspended => "suspended",
        Status::Revoked => "revoked",
    }
}
