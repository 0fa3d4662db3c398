//! anvil.

use alloy::providers::{ProviderBuilder, ext::AnvilApi};
use anyhow::Result;
use async_trait::async_trait;
use idos_devnet_evm::{Anvil, BlockTime, CHAIN_ID, FUNDED_KEYS};
use idos_grants::ChainId;
use serde_json::Value;

use super::{super::CONFIRMATIONS, Identity, Running, StageChain};
use crate::role::RoleKey;

const OTHER_CHAIN_ID: u64 = CHAIN_ID + 1;

pub(super) async fn start(identity: Identity, block_time: BlockTime) -> Result<StageChain> {
    let anvil = Anvil::start(None, block_time).await?;
    let chain = match identity {
        Identity::Usual => ChainId::Eip155(CHAIN_ID),
        Identity::Other => {
            let provider = ProviderBuilder::new().connect_http(anvil.rpc().clone());
            provider.anvil_set_chain_id(OTHER_CHAIN_ID).await?;
            ChainId::Eip155(OTHER_CHAIN_ID)
        }
    };
    let key = |key: &&str| RoleKey { chain, account_id: None, private_key: (*key).to_owned() };
    Ok(StageChain {
        chain,
        contracts: Value::Null,
        rpc: anvil.rpc().clone(),
        block_server: None,
        keys: FUNDED_KEYS.iter().map(key).collect(),
        running: Box::new(anvil),
    })
}

#[async_trait]
impl Running for Anvil {
    async fn make_final(&self) -> Result<()> {
        let provider = ProviderBuilder::new().connect_http(self.rpc().clone());
        Ok(provider.anvil_mine(Some(CONFIRMATIONS), None).await?)
    }

    async fn end(&mut self) -> Result<()> {
        Ok(Anvil::end(self).await?)
    }
}
