//! The vault, complete: two issuers, three consumers and an owner with four wallets play every row of the mission that the store has to show.

mod asking;
mod cast;
mod issuing;
mod leaving;
mod people;
mod programme;
mod sharing;

use std::path::Path;

use anyhow::Result;
use idos_devnet_evm::BlockTime;
use idos_grants::Namespace;
use serde_json::json;

use self::{cast::Cast, programme::Programme};
use crate::stage::{Stage, StageChain};

/// On each of these the owner has a wallet, beside one of XRPL.
const CHAINS: [Namespace; 3] = [Namespace::Eip155, Namespace::Near, Namespace::Stellar];

/// Plays it below `folder`; an error is a step that differed. `narrate` is called with a line a step, and at the end with a table of the mission's rows and the
/// commands that showed each.
pub async fn play(folder: &Path, mut narrate: impl FnMut(&str)) -> Result<()> {
    let mut chains = Vec::new();
    for namespace in CHAINS {
        chains.push(StageChain::start(namespace, folder, BlockTime::EverySecs(1)).await?);
    }
    let settings = cast::node_settings(folder, &chains)?;
    let mut stage = Stage::with_chains(folder, chains, &settings)?;
    stage.node.wait_ready()?;
    let mut programme = Programme::new(&mut narrate);
    let contracts: Vec<_> = stage.chains.iter().map(|chain| &chain.contracts).collect();
    programme.tell("three chains, their contracts and one node are up", &json!({"contracts": contracts}));

    let cast = Cast::enter(&stage, &mut programme)?;
    let held = issuing::play(&stage, &cast, &mut programme)?;
    let shared = sharing::play(&stage, &cast, &held, &mut programme)?;
    asking::play(&cast, &mut programme)?;
    let replaced = issuing::replace(&stage, &cast, &held, &shared, &mut programme)?;
    people::change_key(&cast, &replaced, &mut programme)?;
    leaving::play(&stage, &cast, &shared, &mut programme)?;
    let table = programme.table()?;
    narrate(&format!("\n{table}"));
    Ok(())
}
