//! A credential-status contract on NEAR.

use async_trait::async_trait;
use idos_contracts_near::{
    credential_status::{SetStatus, Status as Code, StatusOf},
    storage::{REGISTRATION_COST, StorageBalanceOf, WORD_COST},
};
use idos_grants::{Account, Status};
use near_primitives::types::AccountId;
use rand_core::CryptoRngCore;

use super::{
    super::{ChainError, CredentialStatus, Mined, SignedCall},
    account::account_id,
    rpc::Rpc,
    transaction::{Sender, prepared},
};

#[derive(Debug)]
pub(super) struct Statuses {
    pub(super) rpc: Rpc,
    pub(super) contract: Account,
    pub(super) id: AccountId,
    pub(super) sender: Option<Sender>,
}

impl Statuses {
    /// What the issuer's storage deposit lacks for one more word, in yoctoNEAR. What turns out not to be needed stays the issuer's.
    async fn missing_deposit(&self, issuer: &AccountId) -> Result<u128, ChainError> {
        let balance = self.rpc.view(&self.id, &StorageBalanceOf { account_id: issuer.clone() }).await?;
        Ok(match balance {
            Some(balance) => WORD_COST.saturating_sub(balance.available),
            None => REGISTRATION_COST + WORD_COST,
        })
    }
}

#[async_trait]
impl CredentialStatus for Statuses {
    async fn set(&self, list: u32, index: u32, status: Status) -> Result<Mined, ChainError> {
        let sender = self.sender.as_ref().ok_or(ChainError::NoWallet)?;
        let deposit = self.missing_deposit(sender.id()).await?;
        sender.call(&self.id, &SetStatus { list, index, status: code(status) }, deposit).await
    }

    async fn sign_set(
        &self,
        list: u32,
        index: u32,
        status: Status,
        valid_secs: u64,
        _: &mut (dyn CryptoRngCore + Send),
    ) -> Result<SignedCall, ChainError> {
        let sender = self.sender.as_ref().ok_or(ChainError::NoWallet)?;
        let deposit = self.missing_deposit(sender.id()).await?;
        let call = prepared(&SetStatus { list, index, status: code(status) }, deposit)?;
        sender.delegate(&self.contract, call, valid_secs).await
    }

    async fn status_of(&self, issuer: &Account, list: u32, index: u32) -> Result<Status, ChainError> {
        let issuer = account_id(issuer)?;
        Ok(match self.rpc.view(&self.id, &StatusOf { issuer, list, index }).await? {
            Code::Valid => Status::Valid,
            Code::Suspended => Status::Suspended,
            Code::Revoked => Status::Revoked,
        })
    }
}

fn code(status: Status) -> Code {
    match status {
        Status::Valid => Code::Valid,
        Status::Suspended => Code::Suspended,
        Status::Revoked => Code::Revoked,
    }
}
