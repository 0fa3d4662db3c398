//! An access-grants contract on NEAR.

use async_trait::async_trait;
use idos_contracts_near::{
    Bytes32,
    access_grants::{CreateGrant, ExtendTimelock, GrantOf, HasAccess, HistoryHead, RevokeGrant},
    storage::{GRANT_COST, REGISTRATION_COST, StorageBalanceOf},
};
use idos_grants::{Account, DataId, Grant, HistoryHead as Head};
use idos_wallets::GrantCall;
use near_primitives::{action::FunctionCallAction, transaction::Action, types::AccountId};
use rand_core::CryptoRngCore;

use super::{
    super::{AccessGrants, ChainError, Mined, SignedCall, check_chain},
    account::account_id,
    rpc::Rpc,
    transaction::{Sender, prepared},
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

    /// What a call is to the contract, and the deposit that it needs.
    async fn prepared(&self, call: &GrantCall, owner: &AccountId) -> Result<FunctionCallAction, ChainError> {
        let grantee = self.id_of(call.grantee())?;
        let data_id = Bytes32(call.data_id().0);
        match *call {
            GrantCall::CreateGrant { locked_until, .. } => {
                let deposit = self.missing_deposit(owner).await?;
                prepared(&CreateGrant { grantee, data_id, locked_until }, deposit)
            }
            GrantCall::ExtendTimelock { locked_until, .. } => {
                prepared(&ExtendTimelock { grantee, data_id, locked_until }, 0)
            }
            GrantCall::RevokeGrant { .. } => prepared(&RevokeGrant { grantee, data_id }, 0),
        }
    }
}

#[async_trait]
impl AccessGrants for Grants {
    async fn send(&self, call: &GrantCall) -> Result<Mined, ChainError> {
        let sender = self.sender()?;
        let prepared = self.prepared(call, sender.id()).await?;
        sender.send(self.id.clone(), &self.id, vec![Action::FunctionCall(Box::new(prepared))]).await
    }

    async fn sign(
        &self,
        call: &GrantCall,
        valid_secs: u64,
        _: &mut (dyn CryptoRngCore + Send),
    ) -> Result<SignedCall, ChainError> {
        let sender = self.sender()?;
        // Whoever sends it pays the deposit too.
        let prepared = self.prepared(call, sender.id()).await?;
        sender.delegate(&self.contract, prepared, valid_secs).await
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
