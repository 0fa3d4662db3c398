//! Proving wallets: by their key at once, or by the word of their chain.

use std::{future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use idos_grants::{Account, Address, Namespace};
use idos_wallets::{AccessKeyCheck, Erc1271Call, Proof, SignatureError, Wallet};
use tokio::sync::Semaphore;

use crate::chain_calls::{ChainCallError, ChainCalls};

/// Calls that are under way at a time: a stranger's bad signatures must not become a flood at the chain's RPC.
const CALLS_MAX: usize = 16;

const CALL_TIMEOUT: Duration = Duration::from_secs(8);

/// Turns signatures into proven wallets.
pub struct Proofs {
    chains: Arc<dyn ChainCalls>,
    calls: Semaphore,
}

/// Why a wallet is not proven.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The signature proves nothing.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// There is no way to the chain that would have to say so.
    #[error("the chain of that account is not followed")]
    UnknownChain,
    /// The chain that would have to say so does not answer.
    #[error("the chain that must confirm this account's signature does not answer: try again shortly")]
    ChainUnavailable,
    /// Too many questions are under way.
    #[error("too many signatures are being checked: try again shortly")]
    Busy,
}

impl Proofs {
    /// Proofs that ask `chains`.
    pub fn new(chains: Arc<dyn ChainCalls>) -> Self {
        Self { chains, calls: Semaphore::new(CALLS_MAX) }
    }

    /// The wallet that a check of a signature proves.
    ///
    /// # Errors
    /// See [`ProofError`].
    pub async fn wallet(&self, checked: Result<Proof, SignatureError>) -> Result<Wallet, ProofError> {
        match checked? {
            Proof::Key(wallet) => Ok(wallet),
            Proof::ContractCall(call) => self.by_contract(&call).await,
            Proof::AccessKey(check) => self.by_access_key(&check).await,
        }
    }

    /// Whether a wallet of this account can be proven here: those of NEAR and Stellar accounts are by their chain only.
    pub fn can_prove(&self, account: &Account) -> bool {
        match account.chain().namespace() {
            Namespace::Near | Namespace::Stellar => self.chains.follows(account.chain()),
            Namespace::Eip155 | Namespace::Xrpl => true,
        }
    }

    async fn by_contract(&self, call: &Erc1271Call) -> Result<Wallet, ProofError> {
        let data = Bytes::copy_from_slice(call.data());
        let asked = self.chains.call(call.account().chain(), Address::Evm(call.to()), data);
        Ok(call.accept(&self.answer(asked).await?)?)
    }

    /// Whether a key of a NEAR or Stellar account may act for it now.
    ///
    /// # Errors
    /// See [`ProofError`].
    pub async fn by_access_key(&self, check: &AccessKeyCheck) -> Result<Wallet, ProofError> {
        let account = check.account();
        let asked = self.chains.key_permission(&account, check.key());
        Ok(check.accept(self.answer(asked).await?)?)
    }

    async fn answer<T>(
        &self,
        asked: impl Future<Output = Result<T, ChainCallError>>,
    ) -> Result<T, ProofError> {
        let _permit = self.calls.try_acquire().map_err(|_| ProofError::Busy)?;
        match tokio::time::timeout(CALL_TIMEOUT, asked).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(ChainCallError::Reverted)) => Err(SignatureError::RefusedByContract.into()),
            Ok(Err(ChainCallError::UnknownChain)) => Err(ProofError::UnknownChain),
            Ok(Err(ChainCallError::Unavailable)) | Err(_) => Err(ProofError::ChainUnavailable),
        }
    }
}
