//! Verbs that their owner signed, for somebody else to send and pay for.

use idos_grants::Account;
use idos_wallets::{GrantCall, GrantMessage, Signature, StatusMessage};
use serde::{Deserialize, Serialize};

use super::ChainError;

/// A signed call of a contract, in the form of its chain. It works once, for what it names, and until its time has passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SignedCall {
    /// EVM: EIP-712 typed data.
    Eip712 {
        /// The contract that takes it.
        contract: Account,
        /// What was signed.
        message: Box<GrantMessage>,
        /// By the owner's wallet.
        signature: Signature,
    },
    /// NEAR: a delegate action (NEP-366).
    DelegateAction {
        /// The contract that it calls.
        contract: Account,
        /// Borsh of `SignedDelegateAction`, in standard base64.
        signed: String,
    },
    /// Stellar: the text that a bare key signs.
    BareKey {
        /// The contract that takes it.
        contract: Account,
        /// What was signed.
        message: Box<GrantMessage>,
        /// By the owner's key.
        signature: Signature,
    },
    /// Stellar: the text that a bare key signs of a status.
    BareKeyStatus {
        /// The contract that takes it.
        contract: Account,
        /// What was signed.
        message: Box<StatusMessage>,
        /// By the issuer's key.
        signature: Signature,
    },
    /// Stellar: an account's authorization entry.
    AuthorizationEntry {
        /// The contract that it is for.
        contract: Account,
        /// XDR of `SorobanAuthorizationEntry`, in standard base64.
        signed: String,
    },
}

impl SignedCall {
    /// Whether this is `owner`'s own signature under exactly `expected` at `contract`, and no more. To be asked before it is sent and paid for, where
    /// it comes from a stranger.
    pub fn check(&self, contract: &Account, owner: &Account, expected: &GrantCall) -> Result<(), ChainError> {
        const OTHER: ChainError =
            ChainError::Unsupported("the owner signed another call than the one that she consents to");
        if self.contract() != *contract {
            return Err(OTHER);
        }
        match self {
            Self::Eip712 { message, .. } | Self::BareKey { message, .. } => {
                if message.owner == *owner && message.call == *expected { Ok(()) } else { Err(OTHER) }
            }
            Self::DelegateAction { signed, .. } => {
                super::near::check_delegated(signed, contract, owner, expected)
            }
            Self::BareKeyStatus { .. } | Self::AuthorizationEntry { .. } => Err(OTHER),
        }
    }

    /// The last block in which it can be sent, where that is what ends it: on NEAR.
    pub fn last_block(&self) -> Option<u64> {
        match self {
            Self::DelegateAction { signed, .. } => super::near::last_block_of(signed).ok(),
            _ => None,
        }
    }

    /// The contract that acts on it.
    pub fn contract(&self) -> Account {
        match self {
            Self::Eip712 { contract, .. }
            | Self::DelegateAction { contract, .. }
            | Self::BareKey { contract, .. }
            | Self::BareKeyStatus { contract, .. }
            | Self::AuthorizationEntry { contract, .. } => *contract,
        }
    }
}
