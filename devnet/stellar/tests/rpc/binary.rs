//! The binary itself.

use std::{process::Stdio, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

#[tokio::test]
async fn the_binary_tells_where_it_answers_and_ends_on_interrupt() {
    let mut devnet = Command::new(env!("CARGO_BIN_EXE_stellar-devnet"))
        .args(["--listen", "127.0.0.1:0", "--passphrase", "Mine", "--account", "alice", "--account", "dora"])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(devnet.stdout.take().unwrap()).lines();
    let mut told = Vec::new();
    while !told.last().is_some_and(|line: &String| line.contains("dora")) {
        told.push(lines.next_line().await.unwrap().expect("it ended early"));
    }
    let url = told[0].split_whitespace().last().unwrap();
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "getNetwork" });
    let client = reqwest::Client::new();
    let answer: Value = client.post(url).json(&request).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["result"]["passphrase"], "Mine");

    let id = devnet.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().await.unwrap().success());
    let ended = tokio::time::timeout(Duration::from_secs(5), devnet.wait()).await.expect("it does not end");
    assert!(ended.unwrap().success());
}

#[tokio::test]
async fn a_wrong_argument_is_named() {
    let run = Command::new(env!("CARGO_BIN_EXE_stellar-devnet"))
        .args(["--retention-ledgers", "0"])
        .output()
        .await
        .unwrap();
    assert!(!run.status.success());
    assert!(String::from_utf8_lossy(&run.stderr).contains("--retention-ledgers"));
}
