//! Paying for what others signed, in steps that can be taken up again after a crash: a transaction is signed and written down before it is sent, and
//! sending the same one again sends nothing new.

use std::fmt;

use async_trait::async_trait;
use idos_api::relay::RelayCall;
use idos_grants::{Account, ChainId, Namespace};
use tokio::sync::OnceCell;
use url::Url;

use super::{ChainError, evm::Evm, near::Near, stellar::Stellar};
use crate::{Signer, SigningWallet};

/// An account that pays. To be used by one task at a time: transactions are numbered.
#[async_trait]
pub trait Payer: Send + Sync + fmt::Debug {
    /// Which chain.
    fn chain(&self) -> ChainId;

    /// What the account has to spend, in the chain's smallest unit.
    async fn balance(&self) -> Result<u128, ChainError>;

    /// Refuses what the chain would refuse now. Nothing is sent, and nothing paid.
    async fn check(&self, call: &RelayCall) -> Result<(), ChainError>;

    /// A signed transaction that costs at most `fee_max` of the chain's smallest unit. It is not sent yet.
    async fn prepare(&self, call: &RelayCall, fee_max: u128) -> Result<Prepared, ChainError>;

    /// Sends it, or sends it again.
    async fn send(&self, prepared: &Prepared) -> Result<(), ChainError>;

    /// What has become of it.
    async fn fate(&self, prepared: &Prepared) -> Result<TransactionFate, ChainError>;
}

/// A signed transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// Its hash, as the chain writes it.
    pub transaction: String,
    /// As the chain takes it.
    pub bytes: Vec<u8>,
}

/// What has become of a transaction.
#[derive(Debug)]
pub enum TransactionFate {
    /// It is in no block. It may come to be in one.
    Open,
    /// The contract has acted, in this block.
    Done {
        /// The block's height.
        block: u64,
    },
    /// It is in a block and failed.
    Failed(ChainError),
    /// It can be in no block any more: its number was used by another transaction, or its time has passed.
    Never,
}

/// An account on a chain whose RPC is asked only once it is needed, and again until it answers.
pub struct LazyPayer {
    wallet: SigningWallet,
    account: Account,
    rpc: Url,
    connected: OnceCell<Box<dyn Payer>>,
}

impl fmt::Debug for LazyPayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazyPayer").field("account", &self.account).finish_non_exhaustive()
    }
}

impl LazyPayer {
    /// Pays with `wallet`.
    ///
    /// # Errors
    /// If such accounts hold nothing to pay with.
    pub fn new(wallet: SigningWallet, rpc: Url) -> Result<Self, ChainError> {
        let account = wallet.account();
        if account.chain().namespace() == Namespace::Xrpl {
            return Err(ChainError::Unsupported(
                "an XRPL account cannot pay on Stellar: name an account there",
            ));
        }
        Ok(Self { wallet, account, rpc, connected: OnceCell::new() })
    }

    /// Which account pays.
    pub fn account(&self) -> Account {
        self.account
    }

    async fn payer(&self) -> Result<&dyn Payer, ChainError> {
        let connect = || async {
            let payer: Box<dyn Payer> = match &self.wallet {
                SigningWallet::Evm(wallet) => Box::new(Evm::with_wallet(self.rpc.clone(), wallet).await?),
                SigningWallet::Near(wallet) => Box::new(Near::with_wallet(&self.rpc, wallet).await?),
                SigningWallet::Stellar(wallet) => Box::new(Stellar::with_wallet(&self.rpc, wallet).await?),
                SigningWallet::Xrpl(_) => return Err(ChainError::NoWallet),
            };
            Ok(payer)
        };
        Ok(self.connected.get_or_try_init(connect).await?.as_ref())
    }
}

#[async_trait]
impl Payer for LazyPayer {
    fn chain(&self) -> ChainId {
        self.account.chain()
    }

    async fn balance(&self) -> Result<u128, ChainError> {
        self.payer().await?.balance().await
    }

    async fn check(&self, call: &RelayCall) -> Result<(), ChainError> {
        self.payer().await?.check(call).await
    }

    async fn prepare(&self, call: &RelayCall, fee_max: u128) -> Result<Prepared, ChainError> {
        self.payer().await?.prepare(call, fee_max).await
    }

    async fn send(&self, prepared: &Prepared) -> Result<(), ChainError> {
        self.payer().await?.send(prepared).await
    }

    async fn fate(&self, prepared: &Prepared) -> Result<TransactionFate, ChainError> {
        self.payer().await?.fate(prepared).await
    }
}
