//! An access-grants contract on NEAR.

use async_trait::async_trait;
use idos_contracts_near::{
    Bytes32,
    access_grants::{CreateGrant, ExtendTimelock, GrantOf, HasAccess, HistoryHead, RevokeGrant},
    storage::{GRANT_COST, REGISTRATION_COST, StorageBalanceOf},
};
use idos_grants::{Account, DataId, Grant, HistoryHead as Head};
use near_primitives::types::AccountId;
use rand_core::CryptoRngCore;

use super::{
    super::{AccessGrants, ChainError, Mined, SignedGrant, check_chain},
    account::account_id,
    rpc::Rpc,
    transaction::Sender,
};

#[derive(Debug)]
pub(super) struct Grants {
    pub(super) rpc: Rpc,
    pub(super) contract: Account,
    pub(super) id: AccountId,
    pub(super) sender: Option<Sender>,
}

impl Grants {
    fn sender(&self) -> Result<&Sender, ChainError> {
        self.sender.as_ref().ok_or(ChainError::NoWallet)
    }

    fn id_of(&self, account: &Account) -> Result<AccountId, ChainError> {
        check_chain(self.contract.chain(), account)?;
        account_id(account)
    }

    /// What the owner's storage deposit lacks for one more grant, in yoctoNEAR.
    async fn missing_deposit(&self, owner: &AccountId) -> Result<u128, ChainError> {
        let balance = self.rpc.view(&self.id, &StorageBalanceOf { account_id: owner.clone() }).await?;
        Ok(match balance {
            Some(balance) => GRANT_COST.saturating_sub(balance.available),
            None => REGISTRATION_COST + GRANT_COST,
        })
    }

    fn create_call(
        &self,
        grantee: &Account,
        data_id: DataId,
        locked_until: u64,
    ) -> Result<CreateGrant, ChainError> {
        Ok(CreateGrant { grantee: self.id_of(grantee)?, data_id: Bytes32(data_id.0), locked_until })
    }
}

#[async_trait]
impl AccessGrants for Grants {
    async fn create(
        &self,
        grantee: &Account,
        data_id: DataId,
        locked_until: u64,
    ) -> Result<Mined, ChainError> {
        let sender = self.sender()?;
        let call = self.create_call(grantee, data_id, locked_until)?;
        let deposit = self.missing_deposit(sender.id()).await?;
        sender.call(&self.id, &call, deposit).await
    }

    async fn sign_create(
        &self,
        grantee: &Account,
        data_id: DataId,
        locked_until: u64,
        valid_secs: u64,
        _: &mut (dyn CryptoRngCore + Send),
    ) -> Result<SignedGrant, ChainError> {
        let sender = self.sender()?;
        let call = self.create_call(grantee, data_id, locked_until)?;
        // Whoever sends it pays the deposit too.
        let deposit = self.missing_deposit(sender.id()).await?;
        sender.delegate(&self.contract, &call, deposit, valid_secs).await
    }

    async fn extend(
        &self,
        grantee: &Account,
        data_id: DataId,
        locked_until: u64,
    ) -> Result<Mined, ChainError> {
        let grantee = self.id_of(grantee)?;
        let call = ExtendTimelock { grantee, data_id: Bytes32(data_id.0), locked_until };
        self.sender()?.call(&self.id, &call, 0).await
    }

    async fn revoke(&self, grantee: &Account, data_id: DataId) -> Result<Mined, ChainError> {
        let call = RevokeGrant { grantee: self.id_of(grantee)?, data_id: Bytes32(data_id.0) };
        self.sender()?.call(&self.id, &call, 0).await
    }

    async fn has_access(
        &self,
        owner: &Account,
        grantee: &Account,
        data_id: DataId,
    ) -> Result<bool, ChainError> {
        let (owner, grantee) = (self.id_of(owner)?, self.id_of(grantee)?);
        self.rpc.view(&self.id, &HasAccess { owner, grantee, data_id: Bytes32(data_id.0) }).await
    }

    async fn grant_of(
        &self,
        owner: &Account,
        grantee: &Account,
        data_id: DataId,
    ) -> Result<Option<Grant>, ChainError> {
        let (owner, grantee) = (self.id_of(owner)?, self.id_of(grantee)?);
        let grant = self.rpc.view(&self.id, &GrantOf { owner, grantee, data_id: Bytes32(data_id.0) }).await?;
        Ok(grant.map(|grant| Grant { created_at: grant.created_at, locked_until: grant.locked_until }))
    }

    async fn history_head(&self) -> Result<Head, ChainError> {
        Ok(Head(self.rpc.view(&self.id, &HistoryHead {}).await?.0))
    }
}
