//! The Stellar half: our own local network, or another one where its RPC is named.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context, Result};
use idos_client::{Signer, StellarWallet};
use idos_devnet_stellar::rpc::{Clock, DevnetConfig, LedgerClosing, LocalChain, public_network};
use idos_grants::ChainId;
use rand_core::OsRng;

use super::{Funded, Running, contracts, deploy};
use crate::{
    clock,
    node::{ChainSection, FinalitySetting},
};

pub(super) async fn start(port: u16, block_time_secs: u64) -> Result<Running> {
    let mut config = DevnetConfig::new(Clock::new(clock::now));
    config.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    config.ledgers = LedgerClosing::Every(Duration::from_secs(block_time_secs.max(1)));
    let local = LocalChain::start(config, public_network()?.as_ref(), &mut OsRng).await?;
    let chain = ChainId::stellar(local.passphrase());

    let wallets = local.accounts().iter().map(|account| StellarWallet::parse(chain, &account.secret()));
    let wallets = wallets.collect::<Result<Vec<_>, _>>()?;
    let deployer = wallets.first().context("the network has no accounts")?.clone();
    let deployment = deploy(deployer.into(), local.rpc()).await?;
    let section = ChainSection {
        chain,
        rpc_urls: vec![local.rpc().clone()],
        block_urls: Vec::new(),
        finality: FinalitySetting::default(),
        poll_interval_ms: 100,
        contracts: contracts(&deployment),
    };
    let funded = wallets
        .iter()
        .map(|wallet| Funded { account: wallet.account(), private_key: wallet.private_key().to_string() });
    Ok(Running { section, deployment, funded: funded.collect(), _process: Box::new(local) })
}
