//! near-api-js from npm, unchanged, in the scripts of `js/`.

use std::{path::Path, process::Stdio, time::Duration};

use crate::support::Local;

/// Runs a script, and answers what it told.
async fn run(script: &str) -> String {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("js");
    assert!(
        package.join("node_modules/near-api-js").is_dir(),
        "near-api-js is not installed: run scripts/setup"
    );
    let local = Local::start().await;
    let output = tokio::process::Command::new("node")
        .arg(script)
        .current_dir(&package)
        .env("NEAR_RPC", local.devnet.rpc().as_str())
        .env("OWNER_ID", local.alice().account_id.as_str())
        .env("OWNER_KEY", local.alice().secret_key.to_string())
        .env("RELAYER_ID", local.bob().account_id.as_str())
        .env("RELAYER_KEY", local.bob().secret_key.to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_secs(60), output).await.expect("it hangs").unwrap();
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}");
    told
}

#[tokio::test]
async fn it_deploys_grants_is_refused_a_locked_revoke_moves_time_and_revokes() {
    let told = run("grants.mjs").await;
    assert!(told.contains("refused a revoke while locked"), "{told}");
    assert!(told.ends_with("revoked\n"), "{told}");
}

#[tokio::test]
async fn it_relays_what_an_owner_without_gas_signed() {
    let told = run("gasless.mjs").await;
    assert!(told.ends_with("refused the same signature again\n"), "{told}");
}
