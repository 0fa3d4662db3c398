//! The contracts on NEAR, through its RPC.

mod account;
mod delegated;
mod deploy;
mod grants;
mod payer;
mod rpc;
mod statuses;
mod transaction;
mod verb;

use async_trait::async_trait;
use idos_api::credentials::SignedWriteGrant;
use idos_grants::{Account, ChainId};
use idos_wallets::{KeyPermission, KeyedNonce, Proof, Wallet};
use near_primitives::{
    transaction::Action,
    types::{AccountId, Finality},
};
use rand_core::CryptoRngCore;
use url::Url;

use self::{account::account_id, grants::Grants, rpc::Rpc, statuses::Statuses, transaction::Sender};
pub(super) use self::{
    delegated::{check as check_delegated, last_block as last_block_of},
    verb::delegated,
};
use super::{AccessGrants, Chain, ChainError, CredentialStatus, Deployment, Mined, SignedCall, check_chain};
use crate::NearWallet;

/// A NEAR chain, reached by its RPC, with or without a wallet to pay for transactions.
#[derive(Debug, Clone)]
pub struct Near {
    rpc: Rpc,
    chain: ChainId,
    sender: Option<Sender>,
}

impl Near {
    /// Connects to read only.
    pub async fn reader(rpc: &Url) -> Result<Self, ChainError> {
        Self::of(rpc, None).await
    }

    /// Connects with the wallet that signs and pays.
    pub async fn with_wallet(rpc: &Url, wallet: &NearWallet) -> Result<Self, ChainError> {
        Self::of(rpc, Some(wallet)).await
    }

    /// Connects to read only, to an RPC that must be of `chain`.
    pub async fn reader_of(chain: ChainId, rpc: &Url) -> Result<Self, ChainError> {
        let near = Self::reader(rpc).await?;
        if near.chain != chain {
            return Err(ChainError::WrongChain { expected: chain, answered: near.chain });
        }
        Ok(near)
    }

    async fn of(rpc: &Url, wallet: Option<&NearWallet>) -> Result<Self, ChainError> {
        let rpc = Rpc::new(rpc);
        let chain = rpc.chain().await?;
        let sender = wallet.map(|wallet| Sender::new(rpc.clone(), chain, wallet)).transpose()?;
        Ok(Self { rpc, chain, sender })
    }

    /// What the Ed25519 key `key` may do for `account`, at the newest final block.
    pub async fn key_permission(
        &self,
        account: &Account,
        key: [u8; 32],
    ) -> Result<KeyPermission, ChainError> {
        self.rpc.key_permission(self.id_of(account)?, key).await
    }

    fn id_of(&self, account: &Account) -> Result<AccountId, ChainError> {
        check_chain(self.chain, account)?;
        account_id(account)
    }

    fn sender(&self) -> Result<&Sender, ChainError> {
        self.sender.as_ref().ok_or(ChainError::NoWallet)
    }
}

#[async_trait]
impl Chain for Near {
    fn chain(&self) -> ChainId {
        self.chain
    }

    async fn now(&self) -> Result<u64, ChainError> {
        Ok(self.rpc.newest_block(Finality::None).await?.header.timestamp_nanosec / NANOS_A_SECOND)
    }

    fn access_grants(&self, contract: &Account) -> Result<Box<dyn AccessGrants>, ChainError> {
        let id = self.id_of(contract)?;
        Ok(Box::new(Grants { rpc: self.rpc.clone(), contract: *contract, id, sender: self.sender.clone() }))
    }

    fn credential_status(&self, contract: &Account) -> Result<Box<dyn CredentialStatus>, ChainError> {
        let id = self.id_of(contract)?;
        Ok(Box::new(Statuses { rpc: self.rpc.clone(), contract: *contract, id, sender: self.sender.clone() }))
    }

    async fn deploy(&self) -> Result<Deployment, ChainError> {
        deploy::both(self.sender()?, self.chain).await
    }

    async fn wallet(&self, proof: Proof) -> Result<Wallet, ChainError> {
        let check = match proof {
            Proof::Key(wallet) => return Ok(wallet),
            Proof::AccessKey(check) => check,
            Proof::ContractCall(_) => {
                return Err(ChainError::Unsupported("a contract wallet proves itself on its own chain"));
            }
        };
        let permission = self.key_permission(&check.account(), check.key()).await?;
        check.accept(permission).map_err(ChainError::Unproven)
    }

    async fn relay(&self, signed: &SignedCall) -> Result<Mined, ChainError> {
        let SignedCall::DelegateAction { contract, signed } = signed else {
            return Err(ChainError::Unsupported("this was not signed for NEAR: send it to its own chain"));
        };
        let id = self.id_of(contract)?;
        let signed = verb::read(signed, contract)?;
        let owner = signed.delegate_action.sender_id.clone();
        self.sender()?.send(owner, &id, vec![Action::from(signed)]).await
    }

    async fn write_grant_nonce(
        &self,
        _: u64,
        mut rng: &mut (dyn CryptoRngCore + Send),
    ) -> Result<KeyedNonce, ChainError> {
        Ok(KeyedNonce::fresh(&mut rng))
    }

    async fn relay_write_grant(&self, _: &SignedWriteGrant) -> Result<Mined, ChainError> {
        Err(ChainError::Unsupported(
            "NEAR's contracts see no message signatures: the owner makes the issuer's grant by a transaction or a delegate action",
        ))
    }
}

const NANOS_A_SECOND: u64 = 1_000_000_000;
