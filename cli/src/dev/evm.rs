//! The EVM half: anvil.

use anyhow::Result;
use idos_client::{EvmWallet, Signer};
use idos_devnet_evm::{Anvil, BlockTime, CHAIN_ID, FUNDED_KEYS};
use idos_grants::ChainId;

use super::{Funded, Running, contracts, deploy};
use crate::node::{ChainSection, FinalitySetting};

/// Blocks on top of a block that make it final on a development chain.
const CONFIRMATIONS: u64 = 2;
const CHAIN: ChainId = ChainId::Eip155(CHAIN_ID);

pub(super) async fn start(port: u16, block_time_secs: u64) -> Result<Running> {
    let anvil = Anvil::start(Some(port), BlockTime::EverySecs(block_time_secs)).await?;
    let deployment = deploy(EvmWallet::from_hex(CHAIN, FUNDED_KEYS[0])?.into(), anvil.rpc()).await?;
    let section = ChainSection {
        chain: CHAIN,
        rpc_urls: vec![anvil.rpc().clone()],
        block_urls: Vec::new(),
        finality: FinalitySetting::Confirmations(CONFIRMATIONS),
        poll_interval_ms: 100,
        contracts: contracts(&deployment),
    };
    let funded = FUNDED_KEYS.iter().map(|key| {
        let account = EvmWallet::from_hex(CHAIN, key)?.account();
        Ok(Funded { account, private_key: (*key).to_owned() })
    });
    Ok(Running { section, deployment, funded: funded.collect::<Result<_>>()?, _process: Box::new(anvil) })
}
