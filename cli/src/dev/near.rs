//! The NEAR half: our own local chain, or NEAR's sandbox where its binary is named.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context, Result};
use idos_client::{NearWallet, Signer};
use idos_devnet_near::rpc::{
    BlockProduction, Clock, DevnetConfig, FundedAccount, LocalChain, near_sandbox_binary,
};
use idos_grants::ChainId;

use super::{Funded, Running, contracts, deploy};
use crate::{
    clock,
    node::{ChainSection, FinalitySetting},
};

pub(super) async fn start(port: u16, block_time_secs: u64) -> Result<Running> {
    let mut config = DevnetConfig::new(Clock::new(clock::unix_ns));
    config.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    config.blocks = BlockProduction::Every(Duration::from_secs(block_time_secs.max(1)));
    let chain: ChainId = format!("near:{}", config.chain_id).parse()?;
    let local = LocalChain::start(config, near_sandbox_binary().as_deref()).await?;

    let wallets =
        local.accounts().iter().map(|account| wallet(chain, account)).collect::<Result<Vec<_>>>()?;
    let deployer = wallets.first().context("the chain has no accounts")?.clone();
    let deployment = deploy(deployer.into(), local.rpc()).await?;
    let section = ChainSection {
        chain,
        rpc_urls: vec![local.rpc().clone()],
        block_urls: vec![local.lake().clone()],
        finality: FinalitySetting::default(),
        poll_interval_ms: 100,
        contracts: contracts(&deployment),
    };
    let funded = wallets
        .iter()
        .map(|wallet| Funded { account: wallet.account(), private_key: wallet.private_key().to_string() });
    Ok(Running { section, deployment, funded: funded.collect(), _process: Box::new(local) })
}

fn wallet(chain: ChainId, account: &FundedAccount) -> Result<NearWallet> {
    Ok(NearWallet::parse(chain, Some(account.account_id.as_str()), &account.secret_key.to_string())?)
}
