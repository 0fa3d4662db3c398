//! @stellar/stellar-sdk from npm, unchanged, in the scripts of `js/`; against another network where one is named.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use idos_devnet_stellar::{Clock, DevnetConfig, LocalChain, public_network};
use rand_core::OsRng;

/// A lock that can be waited for where time cannot be moved.
const LOCK_SECONDS_WAITED: u64 = 20;
const LOCK_SECONDS_MOVED: u64 = 3_600;

/// Runs a script, and answers what it told.
async fn run(script: &str) -> String {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("js");
    assert!(
        package.join("node_modules/@stellar/stellar-sdk").is_dir(),
        "@stellar/stellar-sdk is not installed: run scripts/setup"
    );
    let network = public_network().unwrap();
    let lock = if network.is_some() { LOCK_SECONDS_WAITED } else { LOCK_SECONDS_MOVED };
    let config = DevnetConfig::new(Clock::new(unix_seconds));
    let chain = LocalChain::start(config, network.as_ref(), &mut OsRng).await.unwrap();
    let [owner, relayer, ..] = chain.accounts() else { panic!("no accounts") };
    let output = tokio::process::Command::new("node")
        .arg(script)
        .current_dir(&package)
        .env("STELLAR_RPC_URL", chain.rpc().as_str())
        .env("STELLAR_NETWORK_PASSPHRASE", chain.passphrase())
        .env("OWNER_SECRET", owner.secret())
        .env("RELAYER_SECRET", relayer.secret())
        .env("LOCK_SECONDS", lock.to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_secs(240), output).await.expect("it hangs").unwrap();
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}");
    told
}

#[allow(clippy::disallowed_methods, reason = "the SDK puts the machine's time into time bounds")]
fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[tokio::test]
async fn it_deploys_grants_is_refused_a_locked_revoke_moves_time_revokes_and_pages_through_events() {
    let told = run("grants.mjs").await;
    assert!(told.contains("refused a revoke while locked"), "{told}");
    assert!(told.ends_with("revoked\n"), "{told}");
}

#[tokio::test]
async fn it_relays_what_an_owner_without_gas_signed_by_a_fee_bump() {
    let told = run("gasless.mjs").await;
    assert!(told.ends_with("refused the same signature again\n"), "{told}");
}
