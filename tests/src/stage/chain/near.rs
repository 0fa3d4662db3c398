//! The local NEAR chain, or NEAR's sandbox where its binary is named.

use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use idos_devnet_evm::BlockTime;
use idos_devnet_near::{
    BlockProduction, Clock, DevnetConfig,
    rpc::{LocalChain, near_sandbox_binary},
};
use idos_grants::ChainId;
use serde_json::Value;

use super::{Identity, Running, StageChain};
use crate::{member::unix_ns, role::RoleKey};

pub(super) async fn start(identity: Identity, block_time: BlockTime) -> Result<StageChain> {
    let mut config = DevnetConfig::new(Clock::new(unix_ns));
    if identity == Identity::Other {
        config.chain_id = "othernet".to_owned();
    }
    config.blocks = match block_time {
        BlockTime::PerTransaction => BlockProduction::OnDemand,
        BlockTime::EverySecs(secs) => BlockProduction::Every(Duration::from_secs(secs)),
    };
    let chain: ChainId = format!("near:{}", config.chain_id).parse()?;
    let local = LocalChain::start(config, near_sandbox_binary().as_deref()).await?;
    let keys = local.accounts().iter().map(|account| RoleKey {
        chain,
        account_id: Some(account.account_id.to_string()),
        private_key: account.secret_key.to_string(),
    });
    Ok(StageChain {
        chain,
        contracts: Value::Null,
        rpc: local.rpc().clone(),
        block_server: Some(local.lake().clone()),
        keys: keys.collect(),
        running: Box::new(Some(local)),
    })
}

#[async_trait]
impl Running for Option<LocalChain> {
    // On demand, this chain goes on until what a transaction did is final.
    async fn make_final(&self) -> Result<()> {
        Ok(())
    }

    async fn end(&mut self) -> Result<()> {
        match self.take() {
            Some(local) => Ok(local.stop().await?),
            None => Ok(()),
        }
    }
}
