//! The idOS key, never held: made and split among five nodes, brought back by a wallet, refreshed, and of no use to who steals too little of it.

mod losing;
mod searching;
mod stealing;

use std::path::Path;

use anyhow::{Result, ensure};
use idos_devnet_evm::BlockTime;
use idos_grants::Namespace;
use serde_json::{Value, json};

use crate::{
    binary::Refusal,
    key_nodes::{KeyNodes, Numbers},
    role::Role,
    stage::{Stage, StageChain},
    steps::Narrator,
    walk::text,
};

/// Two of the five nodes can be made to lie, and one logs everything.
const NUMBERS: Numbers = Numbers { fronted: 2, tracing: 1, ..KeyNodes::USUAL };
const NODES: usize = NUMBERS.nodes as usize;

/// Where it plays, and who plays.
struct Scene {
    stage: Stage,
    nodes: KeyNodes,
    /// With her first wallet, on EVM.
    owner: Role,
    /// Her backup wallet, on NEAR.
    backup: String,
    credential: String,
}

/// Plays it below `folder`; an error is a step that differed. `narrate` is called with a line a step.
pub async fn play(folder: &Path, narrate: impl FnMut(&str)) -> Result<()> {
    let mut narrator = Narrator::new(narrate);
    let mut scene = Scene::enter(folder, &mut narrator).await?;
    let later = losing::lose_the_device(&scene, &mut narrator)?;
    losing::nodes_are_killed(&mut scene, &later, &mut narrator)?;
    losing::nodes_lie(&mut scene, &later, &mut narrator)?;
    let loot = stealing::before_the_refresh(&mut scene, folder)?;
    stealing::refresh(&scene, &later, &mut narrator)?;
    let stolen = stealing::remove_the_lost_wallet(&scene, &later, &mut narrator)?;
    stealing::thief(&mut scene, &loot, &stolen, &later, &mut narrator).await?;
    searching::search(&mut scene, &later, &mut narrator).await?;
    change_the_kind(&scene, &later, &mut narrator)
}

impl Scene {
    async fn enter(folder: &Path, narrator: &mut Narrator<impl FnMut(&str)>) -> Result<Self> {
        let mut chains = Vec::new();
        for namespace in [Namespace::Eip155, Namespace::Near] {
            chains.push(StageChain::start(namespace, folder, BlockTime::EverySecs(1)).await?);
        }
        let nodes = KeyNodes::start(folder, &chains, NUMBERS).await?;
        let mut stage = Stage::with_chains(folder, chains, "")?;
        stage.node.wait_ready()?;
        narrator.step("a store and five key-share nodes are up, each in its own process", &json!(nodes.set));

        let owner = stage.role_on(stage.chain(Namespace::Eip155)?, "owner", 2)?;
        let owner = owner.with_key_nodes(&nodes.set_file);
        // Without --key: to be shared among nodes is the default.
        let profile = owner.done(&["profile", "create"])?;
        let kdf = &profile["key_statement"]["statement"]["kdf"];
        ensure!(
            kdf.as_str().is_some_and(|kdf| kdf.starts_with("mpc v1 t=3 n=5 ")),
            "a shared key: {profile}"
        );
        narrator.step(
            "the owner makes her profile: her key is split among the nodes, and her folder is searched for it later",
            &json!({"profile": profile["id"], "key": kdf}),
        );

        let claims = stage.write_json("claims.json", &json!({"favouriteColour": "MARKER-teal"}))?;
        let stored = owner.done(&["credential", "add", "--claims", &claims])?;
        let credential = text(&stored, "data_id")?;
        let backup = owner.import(stage.chain(Namespace::Near)?.key(2)?)?;
        owner.done(&["profile", "link-wallet", &backup, "--with-key"])?;
        narrator.step(
            "she stores something, and links a backup wallet on NEAR that may bring the key back, too",
            &json!({"data_id": credential, "backup": backup}),
        );
        Ok(Self { stage, nodes, owner, backup, credential })
    }
}

/// The key of a password, and back: everything is sealed anew, and the nodes keep nothing in between.
fn change_the_kind(scene: &Scene, later: &Role, narrator: &mut Narrator<impl FnMut(&str)>) -> Result<()> {
    let weak = later.clone().with_new_password("password1");
    let weak = weak.run(&["key", "change-to-password"])?.refused("weak_password")?;
    narrator.refusal("a password that is guessed first is refused", &weak);
    let first = later.clone().with_new_password("staple battery horse correct");
    let changed = first.done(&["key", "change-to-password"])?;
    ensure!(changed["resealed"] == 1, "what she has is sealed anew: {changed}");
    let with_password = later.clone().with_password("staple battery horse correct");
    with_password.done(&["credential", "open", &scene.credential])?;
    later.run(&["key", "recover"])?.refused("key_not_shared")?;
    narrator.step("she changes to a key of a password, and what she has is sealed anew", &changed);

    let with_nodes = with_password.with_key_nodes(&scene.nodes.set_file);
    let changed = with_nodes.done(&["key", "change-to-mpc"])?;
    later.done(&["credential", "open", &scene.credential])?;
    narrator.step("and back to one that nodes share", &changed);
    share_anew(scene, later, narrator)
}

/// The same key among the same nodes in another order: what they held before is gone.
fn share_anew(scene: &Scene, later: &Role, narrator: &mut Narrator<impl FnMut(&str)>) -> Result<()> {
    let another = scene.stage.role_on(scene.stage.chain(Namespace::Eip155)?, "another wallet", 3)?.account;
    later.done(&["key", "add-wallet", &another])?;
    let before = later.done(&["profile", "show"])?;
    let anew = later.done(&["key", "change-to-mpc"])?;
    let after = later.done(&["profile", "show"])?;
    let kdf = |profile: &Value| profile["key_statement"]["statement"]["kdf"].clone();
    let key = |profile: &Value| profile["key_statement"]["statement"]["encryption_key"].clone();
    ensure!(kdf(&before) != kdf(&after) && key(&before) == key(&after), "the same key, another set: {anew}");
    let wallets = anew["wallets"].as_array().map(Vec::len);
    ensure!(wallets == Some(2) && anew["wallets_left_out"] == json!([]), "both wallets came along: {anew}");
    let recovered = later.done(&["key", "recover"])?;
    ensure_outcomes(&recovered["nodes"], ["done"; NODES])?;
    later.done(&["credential", "open", &scene.credential])?;
    let cleaned = later.done(&["key", "clean"])?;
    ensure!(cleaned == json!({"deleted": [], "kept": [], "left": []}), "nothing is left to clean: {cleaned}");
    let audit = later.done(&["key", "audit"])?;
    let operations = audit[0]["audit"]["lines"].as_array().map(Vec::len);
    ensure!(operations.is_some_and(|lines| lines < 10), "a new holding, with a log of its own: {audit}");
    narrator.step(
        "the same key is shared anew: the shares of before are deleted, who may ask is the same",
        &anew,
    );
    Ok(())
}

/// What nodes did, by their index.
fn outcomes(nodes: &Value) -> Vec<(u64, String)> {
    let one = |node: &Value| {
        let reason = node["reason"].as_str().map(|reason| format!(": {reason}")).unwrap_or_default();
        let outcome = node["outcome"].as_str().unwrap_or_default();
        (node["index"].as_u64().unwrap_or_default(), format!("{outcome}{reason}"))
    };
    nodes.as_array().into_iter().flatten().map(one).collect()
}

/// Each node did what `expected` says it did.
fn ensure_outcomes(nodes: &Value, expected: [&str; NODES]) -> Result<()> {
    let seen = outcomes(nodes);
    for ((index, outcome), expected) in seen.iter().zip(expected) {
        ensure!(outcome.starts_with(expected), "node {index}: {outcome}, not {expected}");
    }
    ensure!(seen.len() == expected.len(), "every node is named: {seen:?}");
    Ok(())
}

/// The key did not come back, and each node did what `expected` says.
fn ensure_refused(refusal: &Refusal, expected: [&str; NODES]) -> Result<()> {
    ensure_outcomes(&refusal.details["nodes"], expected)
}
