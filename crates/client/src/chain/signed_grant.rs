//! Grants that their owner signed, for somebody else to send and pay for.

use idos_grants::Account;
use idos_wallets::{CreateGrant, Signature};
use serde::{Deserialize, Serialize};

/// A signed grant, in the form of its chain. It works once, for what it names, and until its time has passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SignedGrant {
    /// EVM: EIP-712 typed data, for `createGrantBySig`.
    Eip712 {
        /// The contract that takes it.
        contract: Account,
        /// What was signed.
        create_grant: Box<CreateGrant>,
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
}

impl SignedGrant {
    /// The contract that the grant is made in.
    pub fn contract(&self) -> Account {
        match self {
            Self::Eip712 { contract, .. } | Self::DelegateAction { contract, .. } => *contract,
        }
    }
}
