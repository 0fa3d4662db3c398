//! Part of `scripts/bench`: the time from a mined revocation to the first refused read. Prints one line of JSON.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use idos_api::ErrorCode;
use idos_client::{ClientError, Session, Signer};
use idos_devnet_evm::BlockTime;
use idos_grants::DataId;
use idos_tests::{member::Member, stage::Stage};
use rand_core::OsRng;
use serde_json::json;

const ROUNDS: usize = 30;
const WAIT: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut stage = Stage::set_up_with(folder.path(), BlockTime::PerTransaction, "").await?;
    stage.node.wait_ready()?;
    let (owner, owner_session) = Member::enter(&stage.node.url, 1).await?;
    let (bank, bank_session) = Member::enter(&stage.node.url, 2).await?;
    bank_session.agree_read_key(&mut OsRng).await?;
    let original = owner.store(&owner_session, b"the original").await?;

    let mut millis = Vec::new();
    for _ in 0..ROUNDS {
        let copy = owner.copy_for(&owner_session, original, &bank, b"the copy").await?;
        owner.grant(&stage, bank.wallet.account(), copy).await?;
        stage.first()?.make_final().await?;
        first(&bank_session, copy, |answer| answer.is_ok()).await?;
        owner.revoke(&stage, bank.wallet.account(), copy).await?;
        // The receipt was there, so the block is mined: from here on every read that succeeds is one too late.
        let mined = Instant::now();
        first(&bank_session, copy, |answer| answer.is_err()).await?;
        millis.push(mined.elapsed().as_secs_f64() * 1000.0);
    }
    millis.sort_by(f64::total_cmp);
    let at = |share: f64| millis[((ROUNDS - 1) as f64 * share) as usize];
    println!(
        "{}",
        json!({"what": "mined revocation to first refusal", "rounds": ROUNDS, "poll_interval_ms": 100,
        "p50_ms": at(0.5), "p99_ms": at(0.99), "aim_ms": 500})
    );
    Ok(())
}

async fn first(
    session: &Session,
    copy: DataId,
    is_it: impl Fn(&Result<(), ClientError>) -> bool,
) -> Result<()> {
    let start = Instant::now();
    while start.elapsed() < WAIT {
        let answer = session.content(copy).await.map(drop);
        if let Err(error) = &answer {
            let expected = [ErrorCode::GrantNotFinal, ErrorCode::GrantRevoked, ErrorCode::NotFound];
            ensure!(error.node_code().is_some_and(|code| expected.contains(&code)), "{error}");
        }
        if is_it(&answer) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    None.context("it never came")
}
