//! Grants on anvil.

use alloy::{
    primitives::{Address, U256, address},
    providers::{DynProvider, Provider, ProviderBuilder, ext::AnvilApi},
    rpc::types::TransactionReceipt,
};
use anyhow::{Context, Result};
use idos_contracts_evm::{AccessGrants, IAccessGrants::NewGrant};
use idos_devnet_evm::{Anvil, BlockTime, CHAIN_ID};
use idos_grants::{Account, ChainId};
use idos_indexer::{Finality, source::evm::EvmSource};
use idos_mirror::{Contract, ContractKind};
use serde_json::Value;

use crate::measure::compared;

/// The most that the contract takes.
const BATCH: u64 = 100;
const BATCHES_PER_BLOCK: u64 = 10;
const CHAIN: ChainId = ChainId::Eip155(CHAIN_ID);
const FINALITY: Finality = Finality::Confirmations(2);
/// The first of anvil's accounts, which it signs for.
const OWNER: Address = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");

pub async fn run(events: u64) -> Result<Value> {
    let anvil = Anvil::start_with(None, BlockTime::PerTransaction, &["--gas-limit", "1000000000"]).await?;
    let contract = make_grants(&anvil, events).await?;
    compared("backfill", contract, events, || EvmSource::new(CHAIN, anvil.rpc(), FINALITY)).await
}

async fn make_grants(anvil: &Anvil, events: u64) -> Result<Contract> {
    let provider = ProviderBuilder::default().connect_http(anvil.rpc().clone()).erased();
    let deployment = *AccessGrants::deploy_builder(provider.clone()).from(OWNER).send().await?.tx_hash();
    let receipt: TransactionReceipt = loop {
        match provider.get_transaction_receipt(deployment).await? {
            Some(receipt) => break receipt,
            None => tokio::task::yield_now().await,
        }
    };
    let address = receipt.contract_address.context("no contract")?;
    let grants = AccessGrants::new(address, provider.clone());
    provider.anvil_set_auto_mine(false).await?;
    for batch in 0..events / BATCH {
        let grant = |n: u64| NewGrant {
            grantee: Address::repeat_byte(0x22),
            dataId: alloy::primitives::keccak256(U256::from(batch * BATCH + n).to_be_bytes::<32>()),
            lockedUntil: 0,
        };
        let _sent =
            grants.createGrants((0..BATCH).map(grant).collect()).from(OWNER).gas(4_000_000).send().await?;
        if (batch + 1) % BATCHES_PER_BLOCK == 0 {
            mine(&provider).await?;
        }
    }
    for _ in 0..3 {
        mine(&provider).await?;
    }
    let account = Account::evm(CHAIN_ID, address.into_array());
    Ok(Contract { account, kind: ContractKind::AccessGrants, start_block: 0 })
}

async fn mine(provider: &DynProvider) -> Result<()> {
    Ok(provider.anvil_mine(Some(1), None).await?)
}
