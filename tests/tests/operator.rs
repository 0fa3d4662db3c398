//! What an operator gets wrong, and what the world does to a node: each with a clear answer.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use idos_api::ErrorCode;
use idos_client::Signer;
use idos_devnet_evm::BlockTime;
use idos_tests::{binary, member::Member, stage::Stage};

/// Runs a node that must refuse to start, and returns what it said.
fn refused_start(config: &Path) -> String {
    let mut command: Command = binary::command(&["node", "--config", config.to_str().unwrap()]).unwrap();
    let output = command.output().unwrap();
    assert!(!output.status.success(), "the node started");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_configuration_with_an_unknown_key_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("node.toml");
    fs::write(&config, "data_dir = \"x\"\nlisten_on = \"127.0.0.1:1\"\n").unwrap();
    let said = refused_start(&config);
    assert!(said.contains("listen_on") && said.contains("node.toml"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_directory_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::set_up(folder.path()).await.unwrap();
    stage.node.wait_ready().unwrap();
    let said = refused_start(&stage.file("node.toml"));
    assert!(said.contains("data_dir_in_use"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_rpc_of_another_chain_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::set_up(folder.path()).await.unwrap();
    stage.node.end().unwrap();
    let config = fs::read_to_string(stage.file("node.toml")).unwrap();
    let wrong = folder.path().join("wrong.toml");
    fs::write(&wrong, config.replace("eip155:31337", "eip155:1")).unwrap();
    let said = refused_start(&wrong);
    assert!(said.contains("eip155:1") && said.contains("31337"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_cannot_hear_its_chain_refuses_grantees_but_not_owners() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "mirror_stale_after_secs = 2";
    let mut stage = Stage::set_up_with(folder.path(), BlockTime::EverySecs(1), settings).await.unwrap();
    stage.node.wait_ready().unwrap();
    let (owner, owner_session) = Member::enter(&stage.node.url, 1).await.unwrap();
    let (bank, bank_session) = Member::enter(&stage.node.url, 2).await.unwrap();
    let original = owner.store(&owner_session, b"the original").await.unwrap();
    let copy = owner.copy_for(&owner_session, original, &bank, b"the copy").await.unwrap();
    owner.grant(&stage, bank.wallet.account(), copy).await.unwrap();
    let start = Instant::now();
    while bank_session.content(copy).await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(20), "the grant never became final");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    stage.chains[0].end().await.unwrap();
    tokio::time::sleep(Duration::from_secs(4)).await;
    let refused = bank_session.content(copy).await.unwrap_err();
    assert_eq!(refused.node_code(), Some(ErrorCode::MirrorStale), "{refused}");
    let undeletable = owner_session.delete_credential(copy).await.unwrap_err();
    assert_eq!(undeletable.node_code(), Some(ErrorCode::MirrorStale), "a lock may be hidden: {undeletable}");
    owner_session.content(copy).await.unwrap();
}
