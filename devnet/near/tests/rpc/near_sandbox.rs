//! What is done with NEAR's own sandbox where one is named. The binary here is a stand-in that takes the same arguments and
//! answers the same RPC; it also serves Lake blocks itself, so those put together from its RPC can be compared.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, time::Duration};

use idos_devnet_near::{
    Clock, DevnetConfig, LocalChain,
    rpc::{NearSandbox, NearSandboxError},
};
use near_jsonrpc_client::{JsonRpcClient, methods};
use near_primitives::{
    transaction::{Transaction, TransactionV0},
    types::{BlockReference, Finality},
};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{START, call_of, deploy_of, sign, transfer_of};

const RUN: &str = r#"exec NEAR_DEVNET --listen "$5" --block-time-ms 40"#;

/// A stand-in for the binary; `run` is what it does when told to run.
fn stand_in(directory: &TempDir, run: &str) -> PathBuf {
    let path = directory.path().join("near-sandbox");
    let run = run.replace("NEAR_DEVNET", env!("CARGO_BIN_EXE_near-devnet"));
    let genesis = r#"{"total_supply":"0","records":[],"genesis_height":0}"#;
    let script = format!(
        "#!/bin/sh\ncase \"$3\" in\ninit) echo '{genesis}' > \"$2/genesis.json\" ;;\nrun) {run} ;;\nesac\n"
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn config() -> DevnetConfig {
    DevnetConfig::new(Clock::new(|| START * 1_000_000_000))
}

/// Alice deploys, Bob calls and pays, all at once, so that blocks hold more than one thing.
async fn make_history(chain: &LocalChain) {
    let client = JsonRpcClient::connect(chain.rpc().as_str());
    let [alice, bob] = [&chain.accounts()[1], &chain.accounts()[2]];
    let sent = [
        (alice, alice, 1, deploy_of()),
        (bob, alice, 1, call_of("put")),
        (alice, bob, 2, transfer_of(1)),
        (bob, alice, 2, call_of("fail")),
        (alice, alice, 3, call_of("put")),
        (bob, alice, 3, transfer_of(2)),
    ];
    let request =
        methods::block::RpcBlockRequest { block_reference: BlockReference::Finality(Finality::Final) };
    let block_hash = client.call(request).await.unwrap().header.hash;
    for (signer, receiver, nonce, action) in sent {
        let unsigned = Transaction::V0(TransactionV0 {
            signer_id: signer.account_id.clone(),
            public_key: signer.public_key(),
            nonce,
            receiver_id: receiver.account_id.clone(),
            block_hash,
            actions: vec![action],
        });
        let signed_transaction = sign(signer, unsigned);
        let request = methods::broadcast_tx_async::RpcBroadcastTxAsyncRequest { signed_transaction };
        client.call(request).await.unwrap();
    }
}

/// What an indexer reads of a block.
fn essence(block: &Value) -> Value {
    let shard = &block["shards"][0];
    let executed = shard["receipt_execution_outcomes"].as_array().into_iter().flatten();
    let executed: Vec<_> = executed
        .map(|ran| {
            let outcome = &ran["execution_outcome"];
            serde_json::json!([
                outcome["id"],
                outcome["outcome"],
                ran["receipt"]["receiver_id"],
                ran["tx_hash"]
            ])
        })
        .collect();
    let sent = shard["chunk"]["transactions"].as_array().into_iter().flatten();
    let sent: Vec<_> = sent.map(|sent| &sent["transaction"]["hash"]).collect();
    serde_json::json!([block["block"]["header"], sent, executed])
}

#[tokio::test]
async fn lake_blocks_put_together_from_the_rpc_are_those_of_the_chain() {
    let directory = tempfile::tempdir().unwrap();
    let chain = LocalChain::start(config(), Some(&stand_in(&directory, RUN))).await.unwrap();
    make_history(&chain).await;
    let mut executed = 0;
    for height in 0..20 {
        let told = |base: &url::Url| reqwest::get(base.join(&format!("v0/block/{height}")).unwrap());
        let ours: Value = told(chain.lake()).await.unwrap().json().await.unwrap();
        let theirs: Value = told(chain.rpc()).await.unwrap().json().await.unwrap();
        assert_eq!(essence(&ours), essence(&theirs), "height {height}");
        executed += ours["shards"][0]["receipt_execution_outcomes"].as_array().map_or(0, Vec::len);
    }
    assert!(executed >= 6, "only {executed} receipts ran");
    chain.stop().await.unwrap();
}

#[tokio::test]
async fn a_missing_binary_is_named() {
    let missing = PathBuf::from("no/such/near-sandbox");
    match NearSandbox::start(&missing, &config()).await {
        Err(error @ NearSandboxError::Io(_)) => assert!(error.to_string().contains("NEAR_SANDBOX_BIN_PATH")),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("nothing was started"),
    }
}

#[tokio::test]
async fn a_binary_that_ends_at_once_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let (binary, config) = (stand_in(&directory, "exit 3"), config());
    let started = NearSandbox::start(&binary, &config);
    match tokio::time::timeout(Duration::from_secs(10), started).await.expect("it waits for a dead process") {
        Err(NearSandboxError::Ended { status }) => assert!(status.contains('3'), "{status}"),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("nothing was started"),
    }
}
