//! A credential-status contract on NEAR.

use async_trait::async_trait;
use idos_contracts_near::{
    credential_status::{SetStatus, Status as Code, StatusOf},
    storage::{REGISTRATION_COST, StorageBalanceOf, WORD_COST},
};
use idos_grants::{Account, Status};
use near_primitives::types::AccountId;

use super::{
    super::{ChainError, CredentialStatus, Mined},
    account::account_id,
    rpc::Rpc,
    transaction::Sender,
};

#[derive(Debug)]
pub(super) struct Statuses {
    pub(super) rpc: Rpc,
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
        let status = match status {
            Status::Valid => Code::Valid,
            Status::Suspended => Code::Suspended,
            Status::Revoked => Code::Revoked,
        };
        let deposit = self.missing_deposit(sender.id()).await?;
        sender.call(&self.id, &SetStatus { list, index, status }, deposit).await
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
