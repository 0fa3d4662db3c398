//! The contracts on an EVM chain, through its RPC.

use std::time::Duration;

use alloy::{
    contract::{CallBuilder, CallDecoder},
    network::EthereumWallet,
    primitives::{Address, B256, FixedBytes},
    providers::{DynProvider, Provider, ProviderBuilder},
    signers::local::PrivateKeySigner,
};
use idos_contracts_evm::{AccessGrants, CredentialStatus};
use idos_grants::{Account, ChainId, DataId, Grant, HistoryHead, Status};
use url::Url;

use super::ChainError;

/// How long a transaction may take to be mined before the client gives up waiting.
const MINED_TIMEOUT: Duration = Duration::from_secs(120);

/// A transaction that was mined and succeeded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Mined {
    /// The transaction's hash, `0x` hex.
    pub transaction: String,
    /// The block that it is in.
    pub block: u64,
}

/// An EVM chain, reached by its RPC, with or without a key to pay for transactions.
#[derive(Debug, Clone)]
pub struct Evm {
    provider: DynProvider,
    chain_id: u64,
}

impl Evm {
    /// Connects to read only.
    pub async fn reader(rpc: Url) -> Result<Self, ChainError> {
        Self::of(ProviderBuilder::new().connect_http(rpc).erased()).await
    }

    /// Connects with the key that signs and pays.
    pub async fn with_key(rpc: Url, key: PrivateKeySigner) -> Result<Self, ChainError> {
        let wallet = EthereumWallet::from(key);
        Self::of(ProviderBuilder::new().wallet(wallet).connect_http(rpc).erased()).await
    }

    async fn of(provider: DynProvider) -> Result<Self, ChainError> {
        let chain_id = provider.get_chain_id().await.map_err(ChainError::rpc)?;
        Ok(Self { provider, chain_id })
    }

    /// The chain, as its RPC names it.
    pub fn chain(&self) -> ChainId {
        ChainId::Eip155(self.chain_id)
    }

    /// The time of the newest block.
    pub async fn now(&self) -> Result<u64, ChainError> {
        let block = self.provider.get_block(alloy::eips::BlockId::latest()).await.map_err(ChainError::rpc)?;
        Ok(block.ok_or(ChainError::NoBlock)?.header.timestamp)
    }

    /// The access-grants contract at `contract`.
    pub fn access_grants(&self, contract: &Account) -> Result<Grants, ChainError> {
        let contract = AccessGrants::new(self.address_of(contract)?, self.provider.clone());
        Ok(Grants { contract })
    }

    /// The credential-status contract at `contract`.
    pub fn credential_status(&self, contract: &Account) -> Result<Statuses, ChainError> {
        let contract = CredentialStatus::new(self.address_of(contract)?, self.provider.clone());
        Ok(Statuses { contract })
    }

    /// Deploys both contracts; anyone may, and nobody can change them afterwards.
    pub async fn deploy(&self) -> Result<Deployment, ChainError> {
        let grants = AccessGrants::deploy(self.provider.clone()).await.map_err(ChainError::call)?;
        let statuses = CredentialStatus::deploy(self.provider.clone()).await.map_err(ChainError::call)?;
        let account = |address: &Address| Account::evm(self.chain_id, address.into_array());
        Ok(Deployment {
            access_grants: account(grants.address()),
            credential_status: account(statuses.address()),
            block: self.provider.get_block_number().await.map_err(ChainError::rpc)?,
        })
    }

    fn address_of(&self, account: &Account) -> Result<Address, ChainError> {
        if account.chain() != self.chain() {
            return Err(ChainError::WrongChain { expected: account.chain(), answered: self.chain() });
        }
        Ok(evm_address(account))
    }
}

/// What [`Evm::deploy`] made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Deployment {
    /// The access-grants contract.
    pub access_grants: Account,
    /// The credential-status contract.
    pub credential_status: Account,
    /// A block at or after both deployments.
    pub block: u64,
}

/// An access-grants contract.
#[derive(Debug, Clone)]
pub struct Grants {
    contract: AccessGrants::AccessGrantsInstance<DynProvider>,
}

impl Grants {
    /// Creates a grant by the key's account.
    pub async fn create(
        &self,
        grantee: &Account,
        data_id: DataId,
        locked_until: u64,
    ) -> Result<Mined, ChainError> {
        mined(self.contract.createGrant(evm_address(grantee), word(data_id), locked_until)).await
    }

    /// Moves the lock of a grant by the key's account to a later time.
    pub async fn extend(
        &self,
        grantee: &Account,
        data_id: DataId,
        locked_until: u64,
    ) -> Result<Mined, ChainError> {
        mined(self.contract.extendTimelock(evm_address(grantee), word(data_id), locked_until)).await
    }

    /// Revokes a grant by the key's account.
    pub async fn revoke(&self, grantee: &Account, data_id: DataId) -> Result<Mined, ChainError> {
        mined(self.contract.revokeGrant(evm_address(grantee), word(data_id))).await
    }

    /// Whether the grant stands, by the chain itself.
    pub async fn has_access(
        &self,
        owner: &Account,
        grantee: &Account,
        data_id: DataId,
    ) -> Result<bool, ChainError> {
        let call = self.contract.hasAccess(evm_address(owner), evm_address(grantee), word(data_id));
        call.call().await.map_err(ChainError::call)
    }

    /// The grant, by the chain itself.
    pub async fn grant_of(
        &self,
        owner: &Account,
        grantee: &Account,
        data_id: DataId,
    ) -> Result<Option<Grant>, ChainError> {
        let call = self.contract.grantOf(evm_address(owner), evm_address(grantee), word(data_id));
        let answer = call.call().await.map_err(ChainError::call)?;
        Ok(answer.exists.then_some(Grant { created_at: answer.createdAt, locked_until: answer.lockedUntil }))
    }

    /// The contract's history head.
    pub async fn history_head(&self) -> Result<HistoryHead, ChainError> {
        Ok(HistoryHead(self.contract.historyHead().call().await.map_err(ChainError::call)?.0))
    }
}

/// A credential-status contract.
#[derive(Debug, Clone)]
pub struct Statuses {
    contract: CredentialStatus::CredentialStatusInstance<DynProvider>,
}

impl Statuses {
    /// Sets a status in a list of the key's account.
    pub async fn set(&self, list: u32, index: u32, status: Status) -> Result<Mined, ChainError> {
        let code = match status {
            Status::Valid => 0,
            Status::Suspended => 1,
            Status::Revoked => 2,
        };
        mined(self.contract.setStatus(list, index, code)).await
    }

    /// The status, by the chain itself.
    pub async fn status_of(&self, issuer: &Account, list: u32, index: u32) -> Result<Status, ChainError> {
        let code = self
            .contract
            .statusOf(evm_address(issuer), list, index)
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
    let pending = call.send().await.map_err(ChainError::call)?;
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
pub(crate) fn evm_address(account: &Account) -> Address {
    match account.address() {
        idos_grants::Address::Evm(bytes) => Address::from(bytes),
    }
}
