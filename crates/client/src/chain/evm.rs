//! The contracts on an EVM chain, through its RPC.

mod payer;

use std::time::Duration;

use alloy::{
    contract::{CallBuilder, CallDecoder},
    network::{Ethereum, EthereumWallet, TransactionBuilder},
    primitives::{Address, B256, FixedBytes, U256},
    providers::{DynProvider, PendingTransactionBuilder, Provider, ProviderBuilder},
    rpc::types::TransactionRequest,
};
use async_trait::async_trait;
use idos_api::credentials::SignedWriteGrant;
use idos_contracts_evm::{AccessGrants, CredentialStatus, IAccessGrants};
use idos_grants::{Account, ChainId, DataId, Grant, HistoryHead, Status};
use idos_wallets::{GrantCall, GrantMessage, KeyedNonce, Proof, Wallet};
use rand_core::CryptoRngCore;
use url::Url;

use super::{Chain, ChainError, Deployment, Mined, SignedCall, check_chain};
use crate::{EvmWallet, Signer};

/// How long a transaction may take to be mined before the client gives up waiting.
const MINED_TIMEOUT: Duration = Duration::from_secs(120);

/// An EVM chain, reached by its RPC, with or without a wallet to pay for transactions.
#[derive(Debug, Clone)]
pub struct Evm {
    provider: DynProvider,
    chain_id: u64,
    wallet: Option<EvmWallet>,
}

impl Evm {
    /// Connects to read only.
    pub async fn reader(rpc: Url) -> Result<Self, ChainError> {
        Self::of(ProviderBuilder::new().connect_http(rpc).erased(), None).await
    }

    /// Connects with the wallet that signs and pays.
    pub async fn with_wallet(rpc: Url, wallet: &EvmWallet) -> Result<Self, ChainError> {
        let payer = EthereumWallet::from(wallet.signer());
        let provider = ProviderBuilder::new().wallet(payer).connect_http(rpc).erased();
        let chain = Self::of(provider, Some(wallet.clone())).await?;
        check_chain(chain.chain(), &wallet.account())?;
        Ok(chain)
    }

    async fn of(provider: DynProvider, wallet: Option<EvmWallet>) -> Result<Self, ChainError> {
        let chain_id = provider.get_chain_id().await.map_err(ChainError::rpc)?;
        Ok(Self { provider, chain_id, wallet })
    }

    fn address_of(&self, account: &Account) -> Result<Address, ChainError> {
        check_chain(self.chain(), account)?;
        evm_address(account)
    }
}

#[async_trait]
impl Chain for Evm {
    fn chain(&self) -> ChainId {
        ChainId::Eip155(self.chain_id)
    }

    async fn now(&self) -> Result<u64, ChainError> {
        let block = self.provider.get_block(alloy::eips::BlockId::latest()).await.map_err(ChainError::rpc)?;
        Ok(block.ok_or(ChainError::NoBlock)?.header.timestamp)
    }

    fn access_grants(&self, contract: &Account) -> Result<Box<dyn super::AccessGrants>, ChainError> {
        let address = self.address_of(contract)?;
        let instance = AccessGrants::new(address, self.provider.clone());
        Ok(Box::new(Grants { contract: instance, account: *contract, wallet: self.wallet.clone() }))
    }

    fn credential_status(&self, contract: &Account) -> Result<Box<dyn super::CredentialStatus>, ChainError> {
        let contract = CredentialStatus::new(self.address_of(contract)?, self.provider.clone());
        Ok(Box::new(Statuses { contract }))
    }

    async fn deploy(&self) -> Result<Deployment, ChainError> {
        let grants = AccessGrants::deploy(self.provider.clone()).await.map_err(ChainError::call)?;
        let statuses = CredentialStatus::deploy(self.provider.clone()).await.map_err(ChainError::call)?;
        let account = |address: &Address| Account::evm(self.chain_id, address.into_array());
        Ok(Deployment {
            access_grants: account(grants.address()),
            credential_status: account(statuses.address()),
            block: self.provider.get_block_number().await.map_err(ChainError::rpc)?,
        })
    }

    async fn wallet(&self, proof: Proof) -> Result<Wallet, ChainError> {
        let call = match proof {
            Proof::Key(wallet) => return Ok(wallet),
            Proof::ContractCall(call) => call,
            Proof::AccessKey(_) => {
                return Err(ChainError::Unsupported("this account proves itself on its own chain"));
            }
        };
        check_chain(self.chain(), &call.account())?;
        let request =
            TransactionRequest::default().with_to(call.to().into()).with_input(call.data().to_vec());
        let returned = self.provider.call(request).await.map_err(ChainError::rpc)?;
        call.accept(&returned).map_err(ChainError::Unproven)
    }

    async fn relay(&self, signed: &SignedCall) -> Result<Mined, ChainError> {
        self.mined(self.signed_call(signed)?).await
    }

    async fn write_grant_nonce(
        &self,
        _: u64,
        mut rng: &mut (dyn CryptoRngCore + Send),
    ) -> Result<KeyedNonce, ChainError> {
        Ok(KeyedNonce::fresh(&mut rng))
    }

    async fn relay_write_grant(&self, signed: &SignedWriteGrant) -> Result<Mined, ChainError> {
        self.mined(self.write_grant(signed)?).await
    }
}

impl Evm {
    /// The transaction of a verb that its owner signed.
    fn signed_call(&self, signed: &SignedCall) -> Result<TransactionRequest, ChainError> {
        let SignedCall::Eip712 { contract, message, signature } = signed else {
            return Err(ChainError::Unsupported(
                "this was not signed for an EVM chain: send it to its own chain",
            ));
        };
        let contract = AccessGrants::new(self.address_of(contract)?, &self.provider);
        let owner = evm_address(&message.owner)?.to_vec().into();
        let (grantee, data_id) = (evm_address(message.call.grantee())?, word(message.call.data_id()));
        let (nonce, deadline) = (U256::from_be_bytes(message.nonce.0), message.deadline);
        let signature = signature.as_bytes().to_vec().into();
        Ok(match message.call {
            GrantCall::CreateGrant { locked_until, .. } => contract
                .createGrantBySig(owner, grantee, data_id, locked_until, nonce, deadline, signature)
                .into_transaction_request(),
            GrantCall::ExtendTimelock { locked_until, .. } => contract
                .extendTimelockBySig(owner, grantee, data_id, locked_until, nonce, deadline, signature)
                .into_transaction_request(),
            GrantCall::RevokeGrant { .. } => contract
                .revokeGrantBySig(owner, grantee, data_id, nonce, deadline, signature)
                .into_transaction_request(),
        })
    }

    /// The transaction of a write grant.
    fn write_grant(&self, signed: &SignedWriteGrant) -> Result<TransactionRequest, ChainError> {
        let contract = AccessGrants::new(self.address_of(&signed.contract)?, &self.provider);
        let terms = &signed.write_grant;
        let owner = evm_address(&terms.owner)?;
        let write_grant = IAccessGrants::WriteGrant {
            owner,
            grantee: evm_address(&terms.grantee)?,
            issuerKey: terms.issuer_key.into(),
            credentialId: word(terms.credential_id),
            dataId: word(terms.data_id),
            lockedUntil: terms.locked_until,
            notBefore: terms.not_before,
            notAfter: terms.not_after,
            nonce: U256::from_be_bytes(terms.nonce.0),
        };
        let signature = signed.signature.as_bytes().to_vec().into();
        let call = contract.createGrantByWriteGrant(write_grant, owner.to_vec().into(), signature);
        Ok(call.into_transaction_request())
    }

    async fn mined(&self, request: TransactionRequest) -> Result<Mined, ChainError> {
        let refused = |error| ChainError::call(alloy::contract::Error::TransportError(error));
        // Asking first names the refusal; a transaction that reverts tells less and costs gas.
        self.provider.call(request.clone()).await.map_err(refused)?;
        in_a_block(self.provider.send_transaction(request).await.map_err(refused)?).await
    }
}

/// An access-grants contract.
#[derive(Debug, Clone)]
struct Grants {
    contract: AccessGrants::AccessGrantsInstance<DynProvider>,
    account: Account,
    wallet: Option<EvmWallet>,
}

#[async_trait]
impl super::AccessGrants for Grants {
    async fn send(&self, call: &GrantCall) -> Result<Mined, ChainError> {
        let (grantee, data_id) = (evm_address(call.grantee())?, word(call.data_id()));
        match *call {
            GrantCall::CreateGrant { locked_until, .. } => {
                mined(self.contract.createGrant(grantee, data_id, locked_until)).await
            }
            GrantCall::ExtendTimelock { locked_until, .. } => {
                mined(self.contract.extendTimelock(grantee, data_id, locked_until)).await
            }
            GrantCall::RevokeGrant { .. } => mined(self.contract.revokeGrant(grantee, data_id)).await,
        }
    }

    async fn sign(
        &self,
        call: &GrantCall,
        valid_secs: u64,
        mut rng: &mut (dyn CryptoRngCore + Send),
    ) -> Result<SignedCall, ChainError> {
        let wallet = self.wallet.as_ref().ok_or(ChainError::NoWallet)?;
        let provider = self.contract.provider();
        let newest = provider.get_block(alloy::eips::BlockId::latest()).await.map_err(ChainError::rpc)?;
        let now = newest.ok_or(ChainError::NoBlock)?.header.timestamp;
        let message = GrantMessage {
            owner: wallet.account(),
            call: call.clone(),
            nonce: KeyedNonce::fresh(&mut rng),
            deadline: now.saturating_add(valid_secs),
        };
        let signable = message.signable(&self.account).map_err(ChainError::unsignable)?;
        let signature = wallet.sign(&signable).map_err(ChainError::unsignable)?;
        Ok(SignedCall::Eip712 { contract: self.account, message: Box::new(message), signature })
    }

    async fn has_access(
        &self,
        owner: &Account,
        grantee: &Account,
        data_id: DataId,
    ) -> Result<bool, ChainError> {
        let call = self.contract.hasAccess(evm_address(owner)?, evm_address(grantee)?, word(data_id));
        call.call().await.map_err(ChainError::call)
    }

    async fn grant_of(
        &self,
        owner: &Account,
        grantee: &Account,
        data_id: DataId,
    ) -> Result<Option<Grant>, ChainError> {
        let call = self.contract.grantOf(evm_address(owner)?, evm_address(grantee)?, word(data_id));
        let answer = call.call().await.map_err(ChainError::call)?;
        Ok(answer.exists.then_some(Grant { created_at: answer.createdAt, locked_until: answer.lockedUntil }))
    }

    async fn history_head(&self) -> Result<HistoryHead, ChainError> {
        Ok(HistoryHead(self.contract.historyHead().call().await.map_err(ChainError::call)?.0))
    }
}

/// A credential-status contract.
#[derive(Debug, Clone)]
struct Statuses {
    contract: CredentialStatus::CredentialStatusInstance<DynProvider>,
}

#[async_trait]
impl super::CredentialStatus for Statuses {
    async fn set(&self, list: u32, index: u32, status: Status) -> Result<Mined, ChainError> {
        let code = match status {
            Status::Valid => 0,
            Status::Suspended => 1,
            Status::Revoked => 2,
        };
        mined(self.contract.setStatus(list, index, code)).await
    }

    async fn sign_set(
        &self,
        _: u32,
        _: u32,
        _: Status,
        _: u64,
        _: &mut (dyn CryptoRngCore + Send),
    ) -> Result<SignedCall, ChainError> {
        Err(ChainError::Unsupported(
            "on EVM an issuer sets its statuses itself: the contract takes no signed ones",
        ))
    }

    async fn status_of(&self, issuer: &Account, list: u32, index: u32) -> Result<Status, ChainError> {
        let code = self
            .contract
            .statusOf(evm_address(issuer)?, list, index)
            .call()
            .await
            .map_err(ChainError::call)?;
        match code {
            0 => Ok(Status::Valid),
            1 => Ok(Status::Suspended),
            2 => Ok(Status::Revoked),
            _ => Err(ChainError::Malformed),
        }
    }
}

async fn mined<D: CallDecoder>(call: CallBuilder<&DynProvider, D>) -> Result<Mined, ChainError> {
    // Asking first names the refusal; a transaction that reverts tells less and costs gas.
    call.call_raw().await.map_err(ChainError::call)?;
    in_a_block(call.send().await.map_err(ChainError::call)?).await
}

async fn in_a_block(pending: PendingTransactionBuilder<Ethereum>) -> Result<Mined, ChainError> {
    let receipt =
        pending.with_timeout(Some(MINED_TIMEOUT)).get_receipt().await.map_err(ChainError::pending)?;
    if !receipt.status() {
        return Err(ChainError::Reverted { transaction: receipt.transaction_hash.to_string() });
    }
    let block = receipt.block_number.ok_or(ChainError::NoBlock)?;
    Ok(Mined { transaction: receipt.transaction_hash.to_string(), block })
}

fn word(data_id: DataId) -> B256 {
    FixedBytes(data_id.0)
}

/// The address bytes of an account on an EVM chain.
fn evm_address(account: &Account) -> Result<Address, ChainError> {
    match account.address() {
        idos_grants::Address::Evm(bytes) => Ok(Address::from(bytes)),
        _ => Err(ChainError::Unsupported("this is no account of an EVM chain")),
    }
}
