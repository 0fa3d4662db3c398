//! What clients do on chains: send the verbs of the contracts, and ask them. The same on every chain.

mod error;
pub mod evm;
pub mod near;
pub mod payer;
mod relayed;
mod signed_call;
pub mod stellar;

use std::fmt::Debug;

use async_trait::async_trait;
use idos_api::credentials::SignedWriteGrant;
use idos_grants::{Account, ChainId, DataId, Grant, HistoryHead, Namespace, Status};
use idos_wallets::{GrantCall, KeyedNonce, Proof, Wallet};
use rand_core::CryptoRngCore;
use url::Url;

use crate::{ClientError, SigningWallet};

pub use error::ChainError;
pub use idos_api::relay::SignedCall;
pub use payer::{Payer, Prepared, TransactionFate};
pub use relayed::{CallTerms, terms};
pub use signed_call::{check_signed_call, last_block};

/// A chain, reached by an RPC, with or without a wallet that signs and pays.
#[async_trait]
pub trait Chain: Send + Sync + Debug {
    /// Which one, as its RPC says.
    fn chain(&self) -> ChainId;

    /// The time of the newest block.
    async fn now(&self) -> Result<u64, ChainError>;

    /// The access-grants contract at `contract`.
    fn access_grants(&self, contract: &Account) -> Result<Box<dyn AccessGrants>, ChainError>;

    /// The credential-status contract at `contract`.
    fn credential_status(&self, contract: &Account) -> Result<Box<dyn CredentialStatus>, ChainError>;

    /// Deploys both contracts with the wallet; nobody, its owner included, can change them afterwards.
    async fn deploy(&self) -> Result<Deployment, ChainError>;

    /// The wallet that a checked signature proves; asks the chain where the signature alone does not.
    async fn wallet(&self, proof: Proof) -> Result<Wallet, ChainError>;

    /// Sends what somebody else signed, and pays for it.
    async fn relay(&self, signed: &SignedCall) -> Result<Mined, ChainError>;

    /// A nonce for a write grant that is usable for `valid_secs`.
    async fn write_grant_nonce(
        &self,
        valid_secs: u64,
        rng: &mut (dyn CryptoRngCore + Send),
    ) -> Result<KeyedNonce, ChainError>;

    /// Creates the grant that an owner signed for an issuer, and pays for it.
    async fn relay_write_grant(&self, signed: &SignedWriteGrant) -> Result<Mined, ChainError>;
}

/// An access-grants contract. The verbs act for the wallet's account.
#[async_trait]
pub trait AccessGrants: Send + Sync + Debug {
    /// Sends a verb, and pays for it.
    async fn send(&self, call: &GrantCall) -> Result<Mined, ChainError>;

    /// Signs a verb that somebody else may send, once, within `valid_secs`.
    async fn sign(
        &self,
        call: &GrantCall,
        valid_secs: u64,
        rng: &mut (dyn CryptoRngCore + Send),
    ) -> Result<SignedCall, ChainError>;

    /// Whether the grant stands, by the chain itself.
    async fn has_access(
        &self,
        owner: &Account,
        grantee: &Account,
        data_id: DataId,
    ) -> Result<bool, ChainError>;

    /// The grant, by the chain itself.
    async fn grant_of(
        &self,
        owner: &Account,
        grantee: &Account,
        data_id: DataId,
    ) -> Result<Option<Grant>, ChainError>;

    /// The contract's history head.
    async fn history_head(&self) -> Result<HistoryHead, ChainError>;
}

/// A credential-status contract.
#[async_trait]
pub trait CredentialStatus: Send + Sync + Debug {
    /// Sets a status in a list of the wallet's account.
    async fn set(&self, list: u32, index: u32, status: Status) -> Result<Mined, ChainError>;

    /// Signs a status in a list of the wallet's account that somebody else may set, once, within `valid_secs`.
    async fn sign_set(
        &self,
        list: u32,
        index: u32,
        status: Status,
        valid_secs: u64,
        rng: &mut (dyn CryptoRngCore + Send),
    ) -> Result<SignedCall, ChainError>;

    /// The status, by the chain itself.
    async fn status_of(&self, issuer: &Account, list: u32, index: u32) -> Result<Status, ChainError>;
}

/// A transaction that is in a block and succeeded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Mined {
    /// The transaction's hash, as the chain writes it.
    pub transaction: String,
    /// The block in which the contract acted.
    pub block: u64,
}

/// What [`Chain::deploy`] made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Deployment {
    /// The access-grants contract.
    pub access_grants: Account,
    /// The credential-status contract.
    pub credential_status: Account,
    /// A block at or after both deployments.
    pub block: u64,
}

/// How to get to chains.
#[async_trait]
pub trait Chains: Send + Sync {
    /// A chain, to ask.
    async fn chain(&self, chain: ChainId) -> Result<Box<dyn Chain>, ClientError>;
}

/// Connects to read only, to an RPC that must be of `chain`.
pub async fn connect(chain: ChainId, rpc: Url) -> Result<Box<dyn Chain>, ChainError> {
    let connected = connect_to_any(chain.namespace(), rpc).await?;
    if connected.chain() != chain {
        return Err(ChainError::WrongChain { expected: chain, answered: connected.chain() });
    }
    Ok(connected)
}

/// Connects to read only, to whichever chain of a family the RPC is of.
pub async fn connect_to_any(namespace: Namespace, rpc: Url) -> Result<Box<dyn Chain>, ChainError> {
    Ok(match namespace {
        Namespace::Eip155 => Box::new(evm::Evm::reader(rpc).await?),
        Namespace::Near => Box::new(near::Near::reader(&rpc).await?),
        Namespace::Stellar => Box::new(stellar::Stellar::reader(&rpc).await?),
        Namespace::Xrpl => return Err(ChainError::Unsupported(XRPL_HAS_NO_CONTRACTS)),
    })
}

const XRPL_HAS_NO_CONTRACTS: &str =
    "no contracts run on XRPL: its accounts hold their grants on Stellar, by their keys";

/// Connects with a wallet that signs, and pays if it can: an XRPL account acts on Stellar, where it has nothing to pay with.
pub async fn connect_with(wallet: &SigningWallet, rpc: Url) -> Result<Box<dyn Chain>, ChainError> {
    Ok(match wallet {
        SigningWallet::Evm(wallet) => Box::new(evm::Evm::with_wallet(rpc, wallet).await?),
        SigningWallet::Near(wallet) => Box::new(near::Near::with_wallet(&rpc, wallet).await?),
        SigningWallet::Stellar(wallet) => Box::new(stellar::Stellar::with_wallet(&rpc, wallet).await?),
        SigningWallet::Xrpl(wallet) => Box::new(stellar::Stellar::with_bare_key(&rpc, wallet).await?),
    })
}

/// Refuses an account of another chain.
fn check_chain(chain: ChainId, account: &Account) -> Result<(), ChainError> {
    if account.chain() == chain {
        return Ok(());
    }
    Err(ChainError::WrongChain { expected: account.chain(), answered: chain })
}
