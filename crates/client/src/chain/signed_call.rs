//! Verbs that their owner signed, for somebody else to send and pay for.

use idos_grants::Account;
use idos_wallets::{GrantMessage, Signature, StatusMessage};
use serde::{Deserialize, Serialize};

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
