//! `kill -9` of the owner's command, of the node, or of both, while she changes her key or deletes her profile: the same command again finishes
//! it, and nothing is lost or half gone.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here is a failed test")]

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use idos_tests::{random::seed, role::Role, stage::Stage};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

const CHANGES: usize = 16;
const CREDENTIALS: usize = 8;
const DELETIONS: usize = 12;
const CREDENTIALS_OF_LEAVERS: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Killed {
    Command,
    Node,
    Both,
}

impl Killed {
    fn any(random: &mut StdRng) -> Self {
        [Self::Command, Self::Node, Self::Both][random.random_range(0..3)]
    }
}

/// Runs a command of `role`, kills what is to be killed after `delay`, and has the node ready again. Whether the command came to its end.
fn interrupted(stage: &mut Stage, role: &Role, arguments: &[&str], killed: Killed, delay: Duration) -> bool {
    let mut command = role.command(arguments).unwrap();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(delay);
    if killed != Killed::Command {
        stage.node.end().unwrap();
    }
    if killed != Killed::Node {
        child.kill().unwrap();
    }
    let status = child.wait().unwrap();
    if killed != Killed::Command {
        stage.start_node().unwrap();
        stage.node.wait_ready().unwrap();
    }
    status.success()
}

/// Adds `count` credentials of one's own; their data ids.
fn add_own_data(stage: &Stage, role: &Role, count: usize) -> Vec<String> {
    let add = |number| {
        let claims = json!({ "note": format!("the secret of credential {number} of {}", role.name()) });
        let file = stage.write_json(&format!("{}-{number}.json", role.name()), &claims).unwrap();
        let stored = role.done(&["credential", "add", "--claims", &file]).unwrap();
        stored["data_id"].as_str().unwrap().to_owned()
    };
    (0..count).map(add).collect()
}

/// Asserts that each of them opens with the key that the folder has, and is what it was.
fn assert_all_open(stage: &Stage, role: &Role, ids: &[String]) {
    let file = stage.file("opened.json");
    for (number, id) in ids.iter().enumerate() {
        role.done(&["credential", "open", id, "-o", file.to_str().unwrap()]).unwrap();
        let opened = std::fs::read_to_string(&file).unwrap();
        let secret = format!("the secret of credential {number} of {}", role.name());
        assert!(opened.contains(&secret), "{id}: {opened}");
        std::fs::remove_file(&file).unwrap();
    }
}

fn sealed_for(role: &Role) -> Vec<String> {
    let list = role.done(&["credential", "list"]).unwrap();
    let keys = list.as_array().unwrap().iter().map(|one| one["recipient_key"].to_string());
    let mut keys: Vec<_> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_key_that_is_killed_at_any_moment_is_finished_by_resume() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = StdRng::seed_from_u64(seed());
    let mut stage = Stage::set_up(folder.path()).await.unwrap();
    stage.node.wait_ready().unwrap();
    let owner = stage.role("owner", 3).unwrap();
    owner.done(&["profile", "create", "--key", "random"]).unwrap();
    let ids = add_own_data(&stage, &owner, CREDENTIALS);
    let change = ["profile", "change-key", "--key", "random"];
    let begin = Instant::now();
    owner.done(&change).unwrap();
    let whole = begin.elapsed();
    assert_all_open(&stage, &owner, &ids);

    let (mut cut, mut resumed) = (0, 0);
    for round in 0..CHANGES {
        let before = sealed_for(&owner);
        let (killed, delay) = (Killed::any(&mut random), whole.mul_f64(random.random_range(0.0..1.1)));
        let is_done = interrupted(&mut stage, &owner, &change, killed, delay);
        let changed = owner.done(&["profile", "change-key", "--resume"]).unwrap();
        assert_eq!(changed["left"], json!([]), "round {round}: {killed:?} after {delay:?}");
        let after = sealed_for(&owner);
        assert_eq!(after.len(), 1, "round {round}: all are sealed for one key");
        assert!(!is_done || after != before, "round {round}: what was told done is done");
        assert_all_open(&stage, &owner, &ids);
        cut += usize::from(!is_done);
        resumed += usize::from(changed["resealed"].as_u64().unwrap() > 0);
    }
    println!("{cut} of {CHANGES} changes were cut, {resumed} of them between two credentials, of {whole:?}");
    assert!(cut > 0 && resumed > 0, "cut {cut}, resumed {resumed}: nothing was interrupted");
    let before = sealed_for(&owner);
    owner.done(&change).unwrap();
    assert_ne!(sealed_for(&owner), before, "and the key can be changed as ever");
    assert_all_open(&stage, &owner, &ids);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_of_the_profile_that_is_killed_at_any_moment_is_whole_or_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = StdRng::seed_from_u64(seed());
    let mut stage = Stage::set_up(folder.path()).await.unwrap();
    stage.node.wait_ready().unwrap();
    let key = stage.first().unwrap().key(3).unwrap().clone();
    let mut whole = None;
    let (mut gone, mut untouched) = (0, 0);
    for round in 0..DELETIONS {
        let leaver = stage.role_with(&key, &format!("leaver-{round}")).unwrap();
        let profile = leaver.done(&["profile", "create", "--key", "random"]).unwrap();
        let id = profile["id"].as_str().unwrap();
        let ids = add_own_data(&stage, &leaver, CREDENTIALS_OF_LEAVERS);
        assert_eq!(blobs(&stage.data_dir()), CREDENTIALS_OF_LEAVERS);
        let delete = ["profile", "delete", "--yes", "--profile", id];
        let Some(whole) = whole else {
            let begin = Instant::now();
            leaver.done(&delete).unwrap();
            whole = Some(begin.elapsed());
            continue;
        };
        let (killed, delay) = (Killed::any(&mut random), whole.mul_f64(random.random_range(0.0..1.1)));
        let is_done = interrupted(&mut stage, &leaver, &delete, killed, delay);

        if leaver.done(&["profile", "show"]).unwrap().is_null() {
            gone += 1;
            for id in &ids {
                let refused = leaver.run(&["credential", "show", id]).unwrap();
                refused.refused("not_found").unwrap();
            }
        } else {
            assert!(!is_done, "round {round}: what was told done is done");
            untouched += 1;
            assert_all_open(&stage, &leaver, &ids);
        }
        let receipt = leaver.done(&delete).unwrap();
        assert_receipt(&receipt, id, &ids);
        assert_eq!(leaver.done(&delete).unwrap(), receipt, "as often as it is asked for");
        assert_eq!(blobs(&stage.data_dir()), 0, "round {round}: {killed:?} after {delay:?}");
        assert!(leaver.done(&["profile", "show"]).unwrap().is_null());
    }
    println!(
        "{gone} deletions were whole when the node or the command was killed, {untouched} had not begun"
    );
}

fn assert_receipt(receipt: &Value, profile: &str, ids: &[String]) {
    assert_eq!(receipt["receipt"]["profile_id"], profile);
    let contents = receipt["receipt"]["contents"].as_array().unwrap();
    let mut named: Vec<_> = contents.iter().map(|one| one["data_id"].as_str().unwrap()).collect();
    let mut held: Vec<_> = ids.iter().map(String::as_str).collect();
    named.sort_unstable();
    held.sort_unstable();
    assert_eq!(named, held);
}

/// Files of content below the node's folder.
fn blobs(data_dir: &Path) -> usize {
    let (mut count, mut folders) = (0, vec![data_dir.join("blobs")]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { count += 1 }
        }
    }
    count
}
