//! The verbs of the access-grants contract, and what an owner signs so that anyone may send one. Times are Unix seconds.

use idos_grants::{Account, Address, DataId, account::StellarAddress};
use serde::{Deserialize, Serialize};

use crate::{
    typed_data::{self, KeyedNonce, TypedDataError, abi, address_on, word},
    verb_text::{Digits, VerbText},
    verify::Signable,
};

/// A call of a verb.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case", deny_unknown_fields)]
pub enum GrantCall {
    /// Lets `grantee` read `data_id`.
    CreateGrant {
        /// Who may read.
        grantee: Account,
        /// What may be read.
        data_id: DataId,
        /// The grant's timelock; 0 for none.
        locked_until: u64,
    },
    /// Moves the end of a grant's timelock to a later time.
    ExtendTimelock {
        /// Whose grant.
        grantee: Account,
        /// On what.
        data_id: DataId,
        /// The new end.
        locked_until: u64,
    },
    /// Ends a grant that is not locked.
    RevokeGrant {
        /// Whose grant.
        grantee: Account,
        /// On what.
        data_id: DataId,
    },
}

impl GrantCall {
    /// Whose grant.
    pub fn grantee(&self) -> &Account {
        match self {
            Self::CreateGrant { grantee, .. }
            | Self::ExtendTimelock { grantee, .. }
            | Self::RevokeGrant { grantee, .. } => grantee,
        }
    }

    /// On what.
    pub fn data_id(&self) -> DataId {
        match self {
            Self::CreateGrant { data_id, .. }
            | Self::ExtendTimelock { data_id, .. }
            | Self::RevokeGrant { data_id, .. } => *data_id,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::CreateGrant { .. } => "create a grant",
            Self::ExtendTimelock { .. } => "extend a timelock",
            Self::RevokeGrant { .. } => "revoke a grant",
        }
    }

    fn locked_until(&self) -> Option<u64> {
        match self {
            Self::CreateGrant { locked_until, .. } | Self::ExtendTimelock { locked_until, .. } => {
                Some(*locked_until)
            }
            Self::RevokeGrant { .. } => None,
        }
    }
}

/// A call that its owner signs, for anyone to send, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantMessage {
    /// Who signs.
    pub owner: Account,
    /// What the owner calls.
    pub call: GrantCall,
    /// The owner's nonce.
    pub nonce: KeyedNonce,
    /// The last second of use.
    pub deadline: u64,
}

impl GrantMessage {
    /// What the owner signs for the access-grants contract `contract`: EIP-712 on EVM, a text for a bare key on Stellar.
    ///
    /// # Errors
    /// If owner or grantee is on another chain than the contract, or such owners sign no message.
    pub fn signable(&self, contract: &Account) -> Result<Signable, TypedDataError> {
        if [&self.owner, self.call.grantee()].iter().any(|account| account.chain() != contract.chain()) {
            return Err(TypedDataError::OtherChain);
        }
        match self.owner.address() {
            Address::Evm(_) => self.digest(contract).map(Signable::TypedData),
            Address::Stellar(StellarAddress::Key(_)) => self.text(contract).map(Signable::Message),
            Address::Stellar(_) | Address::Near(_) | Address::Xrpl(_) => Err(TypedDataError::NoSignedVerbs),
        }
    }

    fn text(&self, contract: &Account) -> Result<crate::Message, TypedDataError> {
        let text = VerbText::new("AccessGrants", self.call.title())
            .line("Owner", self.owner.address())
            .line("Grantee", self.call.grantee().address())
            .line("Data Id", hex::encode(self.call.data_id().0));
        let text = match self.call.locked_until() {
            Some(locked_until) => text.line("Locked Until", locked_until),
            None => text,
        };
        text.line("Nonce", Digits(self.nonce)).line("Deadline", self.deadline).for_contract(contract)
    }

    fn digest(&self, contract: &Account) -> Result<[u8; 32], TypedDataError> {
        let owner = address_on(contract, &self.owner)?;
        let grantee = address_on(contract, self.call.grantee())?;
        let (nonce, deadline) = (self.nonce.to_uint(), self.deadline);
        match self.call {
            GrantCall::CreateGrant { data_id, locked_until, .. } => {
                let data_id = word(data_id);
                let call = abi::CreateGrant {
                    owner,
                    grantee,
                    dataId: data_id,
                    lockedUntil: locked_until,
                    nonce,
                    deadline,
                };
                typed_data::digest(&call, contract)
            }
            GrantCall::ExtendTimelock { data_id, locked_until, .. } => {
                let data_id = word(data_id);
                let call = abi::ExtendTimelock {
                    owner,
                    grantee,
                    dataId: data_id,
                    lockedUntil: locked_until,
                    nonce,
                    deadline,
                };
                typed_data::digest(&call, contract)
            }
            GrantCall::RevokeGrant { data_id, .. } => {
                let call = abi::RevokeGrant { owner, grantee, dataId: word(data_id), nonce, deadline };
                typed_data::digest(&call, contract)
            }
        }
    }
}
