//! Anvil with both contracts.

use alloy::{
    contract::{CallBuilder, CallDecoder},
    network::Ethereum,
    primitives::{Address, B256},
    providers::{DynProvider, Provider, ProviderBuilder, ext::AnvilApi},
};
use idos_contracts_evm::{
    AccessGrants::{self, AccessGrantsInstance},
    CredentialStatus::{self, CredentialStatusInstance},
};
use idos_devnet_evm::{Anvil, BlockTime, CHAIN_ID};
use idos_grants::Account;
use idos_mirror::{Contract, ContractKind};
use serde_json::{Value, json};
use url::Url;

/// The first of anvil's accounts, which it signs for.
pub const OWNER: Address = alloy::primitives::address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
pub const GRANTEE: Address = Address::repeat_byte(0x22);

pub struct Chain {
    anvil: Anvil,
    pub provider: DynProvider,
    grants: AccessGrantsInstance<DynProvider>,
    statuses: CredentialStatusInstance<DynProvider>,
}

impl Chain {
    /// A block with every transaction.
    pub async fn start() -> Self {
        let anvil = Anvil::start(None, BlockTime::PerTransaction).await.unwrap();
        // No fillers: they remember nonces that a reorg takes back.
        let provider = ProviderBuilder::default().connect_http(anvil.rpc().clone()).erased();
        let grants = deployed(&provider, AccessGrants::deploy_builder(provider.clone())).await;
        let statuses = deployed(&provider, CredentialStatus::deploy_builder(provider.clone())).await;
        Self {
            grants: AccessGrants::new(grants, provider.clone()),
            statuses: CredentialStatus::new(statuses, provider.clone()),
            anvil,
            provider,
        }
    }

    pub fn rpc(&self) -> &Url {
        self.anvil.rpc()
    }

    pub fn grants_contract(&self) -> Contract {
        contract(*self.grants.address(), ContractKind::AccessGrants)
    }

    pub fn contracts(&self) -> [Contract; 2] {
        [self.grants_contract(), contract(*self.statuses.address(), ContractKind::CredentialStatus)]
    }

    pub async fn create(&self, data: u8, locked_until: u64) {
        sent(&self.provider, self.grants.createGrant(GRANTEE, B256::repeat_byte(data), locked_until)).await;
    }

    pub async fn extend(&self, data: u8, locked_until: u64) {
        sent(&self.provider, self.grants.extendTimelock(GRANTEE, B256::repeat_byte(data), locked_until))
            .await;
    }

    pub async fn revoke(&self, data: u8) {
        sent(&self.provider, self.grants.revokeGrant(GRANTEE, B256::repeat_byte(data))).await;
    }

    pub async fn set_status(&self, index: u32, status: u8) {
        sent(&self.provider, self.statuses.setStatus(1, index, status)).await;
    }

    /// Blocks with nothing in them.
    pub async fn mine(&self, blocks: u64) {
        self.provider.anvil_mine(Some(blocks), None).await.unwrap();
    }

    /// Replaces the last blocks by as many empty ones.
    pub async fn reorg(&self, depth: u64) {
        self.provider.raw_request::<_, Value>("anvil_reorg".into(), json!([depth, []])).await.unwrap();
    }

    pub async fn height(&self) -> u64 {
        self.provider.get_block_number().await.unwrap()
    }
}

fn contract(address: Address, kind: ContractKind) -> Contract {
    Contract { account: Account::evm(CHAIN_ID, address.into_array()), kind, start_block: 0 }
}

type Call<'a, D> = CallBuilder<&'a DynProvider, D, Ethereum>;

async fn deployed<D: CallDecoder>(
    provider: &DynProvider,
    call: CallBuilder<DynProvider, D, Ethereum>,
) -> Address {
    let hash = *call.from(OWNER).send().await.unwrap().tx_hash();
    mined(provider, hash).await.unwrap()
}

async fn sent<D: CallDecoder>(provider: &DynProvider, call: Call<'_, D>) {
    let hash = *call.from(OWNER).send().await.unwrap().tx_hash();
    mined(provider, hash).await;
}

/// Returns the address of a contract that it made.
async fn mined(provider: &DynProvider, hash: B256) -> Option<Address> {
    loop {
        if let Some(receipt) = provider.get_transaction_receipt(hash).await.unwrap() {
            assert!(receipt.status(), "a transaction failed");
            return receipt.contract_address;
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}
