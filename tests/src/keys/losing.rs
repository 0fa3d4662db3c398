//! A device is lost; nodes are lost; nodes lie.

use std::fs;

use anyhow::{Result, ensure};
use idos_grants::Namespace;
use serde_json::{Value, json};

use super::{Scene, ensure_outcomes, ensure_refused, outcomes};
use crate::{role::Role, steps::Narrator, walk::path};

/// Nothing is left but the backup wallet, in a new folder.
pub fn lose_the_device(scene: &Scene, narrator: &mut Narrator<impl FnMut(&str)>) -> Result<Role> {
    let Scene { stage, owner, credential, .. } = scene;
    let near = stage.chain(Namespace::Near)?;
    let later = stage.role_on(near, "owner, later", 2)?;
    ensure!(later.account == scene.backup, "the same wallet");
    let doubted = later.run(&["credential", "open", credential])?.refused("key_stated_elsewhere")?;
    narrator.refusal(
        "the device is lost. In a new folder with the backup wallet, the key's statement is by a wallet that this folder does not know",
        &doubted,
    );
    let recovered = later.done(&["key", "recover", "--stated-by", &owner.account])?;
    ensure_outcomes(&recovered["nodes"], ["done"; 5])?;
    let opened = stage.file("opened.json");
    later.done(&["credential", "open", credential, "-o", path(&opened)?])?;
    ensure!(fs::read_to_string(&opened)?.contains("MARKER-teal"), "she reads what she wrote");
    narrator.step(
        "she says that it is hers: the store tells which nodes her statement names, they give the key back, and she reads what she has",
        &told(&recovered),
    );
    let stranger = stage.role_on(near, "stranger", 3)?;
    let nothing = stranger.run(&["key", "recover"])?.done();
    ensure!(nothing.is_err(), "a stranger has no profile to recover a key of");
    Ok(later)
}

/// Two of five, then three.
pub fn nodes_are_killed(
    scene: &mut Scene,
    later: &Role,
    narrator: &mut Narrator<impl FnMut(&str)>,
) -> Result<()> {
    for index in [4, 5] {
        scene.nodes.kill(index)?;
    }
    let recovered = later.done(&["key", "recover"])?;
    ensure_outcomes(&recovered["nodes"], ["done", "done", "done", "silent", "silent"])?;
    narrator.step("two of five nodes are killed: the key comes back", &told(&recovered));

    scene.nodes.kill(3)?;
    let gone = later.run(&["key", "recover"])?.refused("too_few_key_shares")?;
    ensure_refused(&gone, ["done", "done", "silent", "silent", "silent"])?;
    let read = later.run(&["credential", "open", &scene.credential])?.refused("too_few_key_shares")?;
    ensure!(read.message.contains("2 good shares"), "{}", read.message);
    narrator.refusal("three are gone: it does not, and she is told what each node did", &gone);
    for index in [3, 4, 5] {
        scene.nodes.restart(index)?;
    }
    Ok(())
}

/// Two of five, each in its own way.
pub fn nodes_lie(scene: &mut Scene, later: &Role, narrator: &mut Narrator<impl FnMut(&str)>) -> Result<()> {
    let release = "/v1/shares/release";
    scene.nodes.hostility(1)?.begin(move |answer| {
        if answer.is("POST", release) {
            answer.rewrite(|released| {
                let other = released["shares"][0]["dealing"]["commitments"][0].clone();
                released["shares"][0]["dealing"]["commitments"][1] = other;
            });
        }
    });
    scene.nodes.hostility(2)?.begin(move |answer| {
        if answer.is("POST", release) {
            answer.rewrite(|released| released["shares"] = json!([]));
        }
    });
    let recovered = later.done(&["key", "recover"])?;
    ensure_outcomes(&recovered["nodes"], ["bad", "bad", "done", "done", "done"])?;
    later.done(&["credential", "open", &scene.credential])?;
    narrator.step("two of five nodes lie: the key comes back, and they are named", &told(&recovered));

    scene.nodes.kill(3)?;
    let refused = later.run(&["key", "recover"])?.refused("too_few_key_shares")?;
    ensure_refused(&refused, ["bad", "bad", "silent", "done", "done"])?;
    narrator.refusal("two lie and one is gone: it does not, and each is named", &refused);
    scene.nodes.restart(3)?;
    for index in [1, 2] {
        scene.nodes.hostility(index)?.end();
    }
    Ok(())
}

fn told(recovered: &Value) -> Value {
    json!({"encryption_key": recovered["encryption_key"], "nodes": outcomes(&recovered["nodes"])})
}
