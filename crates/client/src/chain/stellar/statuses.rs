//! A credential-status contract on Stellar.

use async_trait::async_trait;
use idos_contracts_stellar::{
    ContractId, KeyProof, Method,
    credential_status::{SetStatus, Status as Code, StatusOf},
};
use idos_grants::{Account, Status};
use idos_wallets::{KeyedNonce, Signable, Signature, StatusMessage};
use rand_core::CryptoRngCore;
use stellar_xdr::{HostFunction, Limits, WriteXdr};

use super::{
    super::{ChainError, CredentialStatus, Mined, SignedCall, check_chain},
    address::party,
    authorization::sign,
    grants::{Acting, key_signature},
    rpc::Rpc,
    transaction::unwritable,
};
use crate::wallet::Signer as _;

#[derive(Debug)]
pub(super) struct Statuses {
    pub(super) rpc: Rpc,
    pub(super) contract: Account,
    pub(super) id: ContractId,
    pub(super) acting: Option<Acting>,
}

#[async_trait]
impl CredentialStatus for Statuses {
    async fn set(&self, list: u32, index: u32, status: Status) -> Result<Mined, ChainError> {
        let acting = self.acting.as_ref().ok_or(ChainError::NoWallet)?;
        let sender = acting.sender()?;
        let issuer = party(&acting.account())?;
        sender.call(self.id, &SetStatus { issuer, list, index, status: code(status), proof: None }).await
    }

    async fn sign_set(
        &self,
        list: u32,
        index: u32,
        status: Status,
        valid_secs: u64,
        mut rng: &mut (dyn CryptoRngCore + Send),
    ) -> Result<SignedCall, ChainError> {
        match self.acting.as_ref().ok_or(ChainError::NoWallet)? {
            Acting::Account { wallet, .. } => {
                let issuer = party(&wallet.account())?;
                let call = SetStatus { issuer, list, index, status: code(status), proof: None };
                let entry = sign(&self.rpc, wallet.key(), self.id, &call, valid_secs, rng).await?;
                let signed = entry.to_xdr_base64(Limits::none()).map_err(unwritable)?;
                Ok(SignedCall::AuthorizationEntry { contract: self.contract, signed })
            }
            Acting::Key { wallet, account } => {
                let deadline = self.rpc.now().await?.saturating_add(valid_secs);
                let nonce = KeyedNonce::fresh(&mut rng);
                let message = StatusMessage { issuer: *account, list, index, status, nonce, deadline };
                let text = message.message(&self.contract).map_err(ChainError::unsignable)?;
                let signature = wallet.sign(&text.into()).map_err(ChainError::unsignable)?;
                Ok(SignedCall::BareKeyStatus {
                    contract: self.contract,
                    message: Box::new(message),
                    signature,
                })
            }
        }
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

/// The call of what a bare key signed.
pub(super) fn call_of_text(
    contract: &Account,
    id: ContractId,
    message: &StatusMessage,
    signature: &Signature,
) -> Result<HostFunction, ChainError> {
    let text = message.message(contract).map_err(ChainError::unsignable)?;
    let proof = Some(KeyProof {
        deadline: message.deadline,
        nonce: message.nonce.0,
        signature: key_signature(&message.issuer, Signable::Message(text), signature)?,
    });
    let StatusMessage { list, index, status, .. } = *message;
    let issuer = party(&message.issuer)?;
    let call = SetStatus { issuer, list, index, status: code(status), proof };
    call.host_function(id).map_err(unwritable)
}

fn code(status: Status) -> Code {
    match status {
        Status::Valid => Code::Valid,
        Status::Suspended => Code::Suspended,
        Status::Revoked => Code::Revoked,
    }
}
