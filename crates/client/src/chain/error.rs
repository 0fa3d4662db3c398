//! What a chain or its RPC answers instead of doing what was asked.

use alloy::{
    providers::PendingTransactionError,
    sol_types::SolError,
    transports::{RpcError, TransportErrorKind},
};
use idos_contracts_evm::{AccessGrants::AccessGrantsErrors, CredentialStatus::CredentialStatusErrors};
use idos_grants::ChainId;
use idos_wallets::SignatureError;

/// Why a chain did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The contract refused; the name is the contract's own.
    #[error("the contract refuses: {name}{arguments}{}", advice(name))]
    Refused {
        /// E.g. `GrantLocked`.
        name: &'static str,
        /// E.g. `(1800000000)`.
        arguments: String,
    },
    /// The account belongs to another chain than the RPC.
    #[error("this is for {expected}, but the RPC is of {answered}: give the RPC of the right chain")]
    WrongChain {
        /// The chain that is meant.
        expected: ChainId,
        /// The chain that the RPC is of.
        answered: ChainId,
    },
    /// The transaction was mined but failed.
    #[error("transaction {transaction} was mined but failed: most often its gas ran out")]
    Reverted {
        /// The transaction's hash.
        transaction: String,
    },
    /// The chain does not confirm what a signature was to prove.
    #[error("the signature does not prove its account: {0}")]
    Unproven(SignatureError),
    /// Nobody signs.
    #[error("a wallet is needed for this: connect with one")]
    NoWallet,
    /// Something that is not done on this chain.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The wallet cannot sign it.
    #[error("this cannot be signed: {0}")]
    Unsignable(String),
    /// The chain did not take the transaction.
    #[error("the chain does not take the transaction: {0}")]
    NotTaken(String),
    /// The RPC does not answer, or answers with an error.
    #[error("the chain's RPC failed: {0}")]
    Rpc(String),
    /// The RPC knows no such block.
    #[error("the chain's RPC has no block to answer from")]
    NoBlock,
    /// The chain asks for too much.
    #[error(
        "the chain asks for {cost} of its smallest unit, and no more than {max} is paid for a call: try again later"
    )]
    TooExpensive {
        /// What it would cost.
        cost: u128,
        /// What is paid at most.
        max: u128,
    },
    /// A call that nobody but its signer should pay for.
    #[error("this is not relayed: {0}")]
    NotRelayed(&'static str),
    /// The answer is not in the contract's form.
    #[error("the contract's answer cannot be read: is this the address of the right contract?")]
    Malformed,
}

impl ChainError {
    /// The error's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused { name, .. } => name,
            Self::WrongChain { .. } => "wrong_chain",
            Self::Reverted { .. } => "transaction_failed",
            Self::Unproven(_) => "signature_invalid",
            Self::NoWallet => "no_wallet",
            Self::Unsupported(_) => "unsupported",
            Self::Unsignable(_) => "unsignable",
            Self::NotTaken(_) => "transaction_refused",
            Self::Rpc(_) | Self::NoBlock => "chain_unavailable",
            Self::TooExpensive { .. } => "fee_too_high",
            Self::NotRelayed(_) => "call_not_relayed",
            Self::Malformed => "chain_malformed",
        }
    }

    /// Whether the same may go well a little later: it is the way to the chain that failed, or its price.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Rpc(_) | Self::NoBlock | Self::TooExpensive { .. })
    }

    pub(super) fn unsignable(error: impl ToString) -> Self {
        Self::Unsignable(error.to_string())
    }

    pub(super) fn rpc(error: RpcError<TransportErrorKind>) -> Self {
        Self::Rpc(error.to_string())
    }

    pub(super) fn pending(error: PendingTransactionError) -> Self {
        Self::Rpc(error.to_string())
    }

    pub(super) fn call(error: alloy::contract::Error) -> Self {
        if let Some(data) = error.as_revert_data() {
            return Self::refusal(&data).unwrap_or_else(|| Self::Rpc(error.to_string()));
        }
        match error {
            alloy::contract::Error::AbiError(_) | alloy::contract::Error::ZeroData(..) => Self::Malformed,
            other => Self::Rpc(other.to_string()),
        }
    }

    fn refusal(data: &[u8]) -> Option<Self> {
        let selector: [u8; 4] = data.get(..4)?.try_into().ok()?;
        let name = AccessGrantsErrors::name_by_selector(selector)
            .or_else(|| CredentialStatusErrors::name_by_selector(selector))?;
        Some(Self::Refused { name, arguments: arguments(data) })
    }
}

/// The arguments that say when: those of the errors that carry one time.
fn arguments(data: &[u8]) -> String {
    use idos_contracts_evm::AccessGrants::{GrantLocked, InvalidTimelock, SignatureExpired};
    let time = GrantLocked::abi_decode(data).map(|e| e.lockedUntil).ok();
    let time = time.or_else(|| InvalidTimelock::abi_decode(data).map(|e| e.lockedUntil).ok());
    let time =
        time.or_else(|| SignatureExpired::abi_decode(data).ok().and_then(|e| e.deadline.try_into().ok()));
    time.map(|time| format!("({time})")).unwrap_or_default()
}

fn advice(name: &str) -> &'static str {
    match name {
        "GrantLocked" => ": wait until the lock has ended",
        "GrantExists" => ": extend its timelock, or revoke it first",
        "GrantNotFound" => ": look at `idos grants list`",
        "InvalidTimelock" => {
            ": give Unix seconds, later than now and the present lock, at most 20 years ahead"
        }
        "InvalidGrantee" => ": name another account than the owner's",
        "StorageDepositMissing" => ": let anyone deposit that many yoctoNEAR for the account",
        "NonceUsed" => ": its signer has withdrawn it, or it was used already",
        "CredentialRevoked" => ": a revocation is final; issue a new credential",
        _ => "",
    }
}
