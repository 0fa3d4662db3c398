//! A credential-status contract on Stellar.

use async_trait::async_trait;
use idos_contracts_stellar::{
    ContractId,
    credential_status::{SetStatus, Status as Code, StatusOf},
};
use idos_grants::{Account, Status};

use super::{
    super::{ChainError, CredentialStatus, Mined, check_chain},
    address::party,
    grants::Acting,
    rpc::Rpc,
};

#[derive(Debug)]
pub(super) struct Statuses {
    pub(super) rpc: Rpc,
    pub(super) id: ContractId,
    pub(super) acting: Option<Acting>,
}

#[async_trait]
impl CredentialStatus for Statuses {
    async fn set(&self, list: u32, index: u32, status: Status) -> Result<Mined, ChainError> {
        let acting = self.acting.as_ref().ok_or(ChainError::NoWallet)?;
        let sender = acting.sender()?;
        let status = match status {
            Status::Valid => Code::Valid,
            Status::Suspended => Code::Suspended,
            Status::Revoked => Code::Revoked,
        };
        let issuer = party(&acting.account())?;
        sender.call(self.id, &SetStatus { issuer, list, index, status, proof: None }).await
    }

    async fn status_of(&self, issuer: &Account, list: u32, index: u32) -> Result<Status, ChainError> {
        check_chain(self.rpc.chain(), issuer)?;
        let issuer = party(issuer)?;
        Ok(match self.rpc.view(self.id, &StatusOf { issuer, list, index }).await? {
            Code::Valid => Status::Valid,
            Code::Suspended => Status::Suspended,
            Code::Revoked => Status::Revoked,
        })
    }
}
