//! The local Stellar network, or another one where its RPC is named.

use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use idos_devnet_evm::BlockTime;
use idos_devnet_stellar::rpc::{Clock, DevnetConfig, LedgerClosing, LocalChain, public_network};
use idos_grants::ChainId;
use rand_core::OsRng;
use serde_json::Value;

use super::{Identity, Running, StageChain};
use crate::{member::now, role::RoleKey};

pub(super) async fn start(identity: Identity, block_time: BlockTime) -> Result<StageChain> {
    let mut config = DevnetConfig::new(Clock::new(now));
    if identity == Identity::Other {
        // One of the networks that signed messages are for, by its passphrase.
        config.passphrase = "Test SDF Future Network ; October 2022".to_owned();
    }
    config.ledgers = match block_time {
        BlockTime::PerTransaction => LedgerClosing::OnDemand,
        BlockTime::EverySecs(secs) => LedgerClosing::Every(Duration::from_secs(secs)),
    };
    let local = LocalChain::start(config, public_network()?.as_ref(), &mut OsRng).await?;
    let chain = ChainId::stellar(local.passphrase());
    let keys = local.accounts().iter().map(|account| RoleKey {
        chain,
        account_id: None,
        private_key: account.secret(),
    });
    Ok(StageChain {
        chain,
        contracts: Value::Null,
        rpc: local.rpc().clone(),
        block_server: None,
        keys: keys.collect(),
        running: Box::new(Some(local)),
    })
}

#[async_trait]
impl Running for Option<LocalChain> {
    // A ledger is final once it is closed.
    async fn make_final(&self) -> Result<()> {
        Ok(())
    }

    async fn end(&mut self) -> Result<()> {
        if let Some(local) = self.take() {
            local.stop().await;
        }
        Ok(())
    }
}
