//! Proving wallets: by their key at once, or by the word of their chain.

use std::{future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use idos_grants::Address;
use idos_wallets::{AccessKeyCheck, Erc1271Call, MessageError, Proof, SignatureError, Wallet};
use tokio::sync::Semaphore;

use crate::{
    chain::{ChainCallError, ChainCalls},
    error::ServiceError,
};

/// Calls that are under way at a time: a stranger's bad signatures must not become a flood at the chain's RPC.
const CALLS_MAX: usize = 16;

const CALL_TIMEOUT: Duration = Duration::from_secs(8);

/// Turns signatures into proven wallets.
pub(crate) struct Proofs {
    chains: Arc<dyn ChainCalls>,
    calls: Semaphore,
}

impl Proofs {
    pub(crate) fn new(chains: Arc<dyn ChainCalls>) -> Self {
        Self { chains, calls: Semaphore::new(CALLS_MAX) }
    }

    /// The wallet that a check of a signature proves.
    pub(crate) async fn wallet(
        &self,
        checked: Result<Proof, SignatureError>,
    ) -> Result<Wallet, ServiceError> {
        match checked? {
            Proof::Key(wallet) => Ok(wallet),
            Proof::ContractCall(call) => self.by_contract(&call).await,
            Proof::AccessKey(check) => self.by_access_key(&check).await,
        }
    }

    async fn by_contract(&self, call: &Erc1271Call) -> Result<Wallet, ServiceError> {
        let data = Bytes::copy_from_slice(call.data());
        let asked = self.chains.call(call.account().chain(), Address::Evm(call.to()), data);
        Ok(call.accept(&self.answer(asked).await?)?)
    }

    /// Whether a key of a NEAR or Stellar account may act for it now.
    pub(crate) async fn by_access_key(&self, check: &AccessKeyCheck) -> Result<Wallet, ServiceError> {
        let account = check.account();
        let asked = self.chains.key_permission(&account, check.key());
        Ok(check.accept(self.answer(asked).await?)?)
    }

    async fn answer<T>(
        &self,
        asked: impl Future<Output = Result<T, ChainCallError>>,
    ) -> Result<T, ServiceError> {
        let _permit = self.calls.try_acquire().map_err(|_| ServiceError::Busy)?;
        match tokio::time::timeout(CALL_TIMEOUT, asked).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(ChainCallError::Reverted)) => Err(SignatureError::RefusedByContract.into()),
            Ok(Err(ChainCallError::UnknownChain)) => Err(ServiceError::UnknownChain),
            Ok(Err(ChainCallError::Unavailable)) | Err(_) => Err(ServiceError::ChainUnavailable),
        }
    }
}

impl From<SignatureError> for ServiceError {
    fn from(error: SignatureError) -> Self {
        Self::SignatureInvalid(error.to_string().into())
    }
}

impl From<MessageError> for ServiceError {
    fn from(error: MessageError) -> Self {
        match error {
            MessageError::TimeOutOfRange => Self::Malformed(error.to_string().into()),
            MessageError::WrongDomain => Self::WrongDomain,
            MessageError::Expired | MessageError::NotYetValid | MessageError::WrongLifetime => {
                Self::Expired(error.to_string().into())
            }
        }
    }
}
