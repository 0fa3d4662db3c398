//! A thief has the lost device, and what nodes kept.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use idos_api::profiles::Profile;
use idos_client::{
    ClientError, SigningWallet,
    key_shares::{KeyOfProfile, Listen, RecoveredKey},
};
use idos_grants::Namespace;
use rand_core::OsRng;
use serde_json::json;
use sqlx::{AnyConnection, Connection, Row};

use super::{Scene, ensure_outcomes, ensure_refused};
use crate::{binary::Refusal, role::Role, steps::Narrator, walk::text};

/// What the thief copied of three nodes, by their order, before the refresh.
pub struct Loot {
    old: [PathBuf; 3],
    folder: PathBuf,
}

/// The thief copies everything that three nodes keep, keys included.
pub fn before_the_refresh(scene: &mut Scene, folder: &Path) -> Result<Loot> {
    let folder = folder.join("loot");
    let old = [1, 2, 3].map(|index| folder.join(format!("old-{index}")));
    for (index, copy) in (1..).zip(&old) {
        copy_of_node(scene, index, copy)?;
        scene.nodes.restart(index)?;
    }
    Ok(Loot { old, folder })
}

/// A killed node's files.
fn copy_of_node(scene: &mut Scene, index: usize, to: &Path) -> Result<()> {
    scene.nodes.kill(index)?;
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(scene.nodes.data_dir(index)?)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

pub fn refresh(scene: &Scene, later: &Role, narrator: &mut Narrator<impl FnMut(&str)>) -> Result<()> {
    let refreshed = later.done(&["key", "refresh"])?;
    ensure!(refreshed["epoch"] == 2 && refreshed["resumed"] == false, "{refreshed}");
    let recovered = later.done(&["key", "recover"])?;
    ensure_outcomes(&recovered["nodes"], ["done"; 5])?;
    later.done(&["credential", "open", &scene.credential])?;
    narrator.step("she refreshes the shares: every node has a new one, and the key is the same", &refreshed);
    Ok(())
}

/// At the nodes, and at the store. Returns what the lost device knows of the key.
pub fn remove_the_lost_wallet(
    scene: &Scene,
    later: &Role,
    narrator: &mut Narrator<impl FnMut(&str)>,
) -> Result<KeyOfProfile> {
    let lost = &scene.owner.account;
    let left = later.done(&["key", "remove-wallet", lost])?;
    ensure!(left["wallets"] == json!([scene.backup]), "only the backup wallet is left: {left}");
    narrator.step("she removes the lost device's wallet at all nodes", &left);
    let refused = scene.owner.run(&["key", "recover"])?.refused("too_few_key_shares")?;
    ensure_refused(&refused, ["refused"; 5])?;
    ensure!(refused.message.starts_with("0 good shares"), "{}", refused.message);
    narrator.refusal("whoever found the device gets nothing from any node", &refused);
    let last = later.run(&["key", "remove-wallet", &scene.backup])?.refused("own_wallet")?;
    narrator.refusal("a wallet does not remove itself, so the last one stays", &last);

    let shown: Profile = serde_json::from_value(scene.owner.done(&["profile", "show"])?)?;
    let statement = shown.key_statement.context("the profile has a key")?.statement;
    let linked = text(&left, "still_linked")?;
    later.done(&["profile", "unlink-wallet", &linked])?;
    let shown = scene.owner.done(&["profile", "show"])?;
    ensure!(shown.is_null(), "the store knows it no more: {shown}");
    narrator.step("she unlinks it at the store, too: whoever found it signs in to nothing", &linked.into());
    Ok(KeyOfProfile::stated(&statement)?)
}

/// The device's wallet asks the nodes by itself, for the store says nothing to it any more.
async fn ask_with_device(scene: &Scene, key: &KeyOfProfile) -> Result<Result<RecoveredKey, Refusal>> {
    let lost = scene.stage.chain(Namespace::Eip155)?.key(2)?;
    let wallet = SigningWallet::parse(lost.chain, None, &lost.private_key)?;
    match scene.nodes.client()?.recover(&wallet, key, Listen::ToAll, &mut OsRng).await {
        Ok(recovered) => Ok(Ok(recovered)),
        Err(ClientError::KeyShares(error)) => Ok(Err(Refusal {
            code: error.code().to_owned(),
            status: None,
            message: error.to_string(),
            details: json!({"nodes": error.nodes()}),
        })),
        Err(other) => Err(other.into()),
    }
}

/// The thief runs what was stolen at the nodes' own addresses.
pub async fn thief(
    scene: &mut Scene,
    loot: &Loot,
    key: &KeyOfProfile,
    later: &Role,
    narrator: &mut Narrator<impl FnMut(&str)>,
) -> Result<()> {
    let new = loot.folder.join("new-3");
    copy_of_node(scene, 3, &new)?;
    let_in(&new, &loot.old[2], &scene.owner.account).await?;
    for index in scene.nodes.indices() {
        scene.nodes.kill(index)?;
    }
    run(scene, [&loot.old[0], &loot.old[1], &new])?;
    let Err(refused) = ask_with_device(scene, key).await? else {
        bail!("three shares of two times make a key")
    };
    ensure_refused(&refused, ["done", "done", "done", "silent", "silent"])?;
    ensure!(refused.message.starts_with("2 good shares"), "{}", refused.message);
    narrator.refusal(
        "a thief with the device and all that two nodes kept before the refresh and one after it: three shares, and no key",
        &refused,
    );

    stop(scene)?;
    run(scene, [&loot.old[0], &loot.old[1], &loot.old[2]])?;
    let Ok(stolen) = ask_with_device(scene, key).await? else {
        bail!("three shares of one time make the key")
    };
    narrator.step(
        "with three of one time it would have come back: that is what a refresh is against",
        &json!({"encryption_key": stolen.secret.public()}),
    );

    stop(scene)?;
    for index in scene.nodes.indices() {
        scene.nodes.restart(index)?;
    }
    let audit = later.done(&["key", "audit"])?;
    let tries = &audit[0]["audit"]["refused"][0]["tries"];
    ensure!(tries.as_u64().is_some_and(|tries| tries > 0), "the tries in vain are counted: {audit}");
    narrator.step("the nodes are back: the owner reads that somebody asked in vain", &audit[0]);
    Ok(())
}

fn run(scene: &mut Scene, stolen: [&PathBuf; 3]) -> Result<()> {
    (1..).zip(stolen).try_for_each(|(index, data_dir)| scene.nodes.restart_on(index, data_dir))
}

fn stop(scene: &mut Scene) -> Result<()> {
    [1, 2, 3].into_iter().try_for_each(|index| scene.nodes.kill(index))
}

/// The thief writes the removed wallet back into the list of those who may ask, as it stood in an older copy.
async fn let_in(copy: &Path, older: &Path, account: &str) -> Result<()> {
    sqlx::any::install_default_drivers();
    let open = async |folder: &Path| {
        let url = format!("sqlite:{}", folder.join("shares.db").display());
        AnyConnection::connect(&url).await.with_context(|| url.clone())
    };
    let columns = "profile_id, node_set, stored_by, address, account, added_at";
    let row = sqlx::query("SELECT profile_id, node_set, stored_by, address, account, added_at FROM mpc_wallets WHERE account = $1")
        .bind(account)
        .fetch_one(&mut open(older).await?)
        .await
        .with_context(|| format!("no row with {columns} of {account}"))?;
    let text = |place: usize| row.try_get::<String, _>(place);
    let done = sqlx::query("INSERT INTO mpc_wallets (profile_id, node_set, stored_by, address, account, added_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(text(0)?)
        .bind(text(1)?)
        .bind(text(2)?)
        .bind(text(3)?)
        .bind(text(4)?)
        .bind(row.try_get::<i64, _>(5)?)
        .execute(&mut open(copy).await?)
        .await?;
    ensure!(done.rows_affected() == 1, "the wallet is let in");
    Ok(())
}
