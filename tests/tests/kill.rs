//! `kill -9` of the node, again and again: nothing that it acknowledged is lost, and its mirror equals a fresh replay.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

use std::{path::Path, sync::Arc, time::Duration};

use alloy::{
    primitives::{Address, B256},
    providers::{Provider, ProviderBuilder},
};
use idos_api::grants::Grant;
use idos_client::{
    Session,
    chain::{Chain, evm::Evm},
    session::GrantsFilter,
};
use idos_contracts_evm::{AccessGrants, IAccessGrants};
use idos_devnet_evm::BlockTime;
use idos_grants::{Account, DataId, HistoryHead};
use idos_tests::{
    member::{Member, sign_in, wallet},
    random::seed,
    stage::Stage,
};
use rand::{Rng, RngCore, SeedableRng, rngs::StdRng};
use sha2::{Digest, Sha256};

const KILLS_DURING_BACKFILL: usize = 25;
const KILLS_DURING_UPLOADS: usize = 25;
const BATCHES: u8 = 120;
const BATCH: u8 = 100;

/// Creates many grants to one grantee, in batches, and extends or revokes some.
async fn make_history(stage: &Stage) -> Account {
    let owner = wallet(1).unwrap();
    let provider =
        ProviderBuilder::new().wallet(owner.signer()).connect_http(stage.first().unwrap().rpc.clone());
    let idos_grants::Address::Evm(address) = stage.first().unwrap().access_grants().unwrap().address() else {
        panic!("not an EVM chain")
    };
    let contract = AccessGrants::new(address.into(), provider);
    let grantee = Address::repeat_byte(0x77);
    let data_id = |batch: u8, n: u8| B256::from(<[u8; 32]>::from(Sha256::digest([batch, n])));
    let mut sent = Vec::new();
    for batch in 0..BATCHES {
        let new = |n| IAccessGrants::NewGrant { grantee, dataId: data_id(batch, n), lockedUntil: 0 };
        let call = contract.createGrants((0..BATCH).map(new).collect()).gas(8_000_000);
        sent.push(*call.send().await.unwrap().tx_hash());
        if batch % 10 == 9 {
            let revoked = (0..10).map(|n| IAccessGrants::GrantRef { grantee, dataId: data_id(batch, n) });
            let call = contract.revokeGrants(revoked.collect()).gas(2_000_000);
            sent.push(*call.send().await.unwrap().tx_hash());
        }
    }
    for transaction in sent {
        let receipt = loop {
            match contract.provider().get_transaction_receipt(transaction).await.unwrap() {
                Some(receipt) => break receipt,
                None => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        };
        assert!(receipt.status(), "{transaction}");
    }
    Account::evm(idos_devnet_evm::CHAIN_ID, grantee.into_array())
}

async fn mirrored(session: &Session, grantee: Account) -> Vec<Grant> {
    let filter = GrantsFilter { grantee: Some(grantee), ..GrantsFilter::default() };
    let (mut grants, mut cursor) = (Vec::new(), None);
    loop {
        let page = session.grants(&filter, cursor.as_deref()).await.unwrap();
        grants.extend(page.grants);
        cursor = page.next_cursor;
        if cursor.is_none() {
            grants.sort_by_key(|grant| (grant.data_id, grant.created_at));
            return grants;
        }
    }
}

/// The node's hash over the history of the grants, which must be the contract's own.
async fn history_head(stage: &Stage, session: &Session) -> HistoryHead {
    let contract = stage.first().unwrap().access_grants().unwrap();
    let chain = Evm::reader(stage.first().unwrap().rpc.clone()).await.unwrap();
    let on_chain = chain.access_grants(&contract).unwrap().history_head().await.unwrap();
    let contracts = session.node().info().await.unwrap().contracts;
    let mirrored = contracts.iter().find(|info| info.account == contract).unwrap().history_head;
    assert_eq!(mirrored, on_chain);
    mirrored
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_whose_node_is_killed_during_backfill_equals_a_fresh_replay() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = StdRng::seed_from_u64(seed());
    // A block with each transaction: the chain stands still while the node is killed, so the two mirrors are of the same chain.
    let mut stage = Stage::set_up_with(folder.path(), BlockTime::PerTransaction, "").await.unwrap();
    stage.node.end().unwrap();
    let grantee = make_history(&stage).await;
    let wallet = wallet(2).unwrap();

    stage.forget_node_data().unwrap();
    for _ in 0..KILLS_DURING_BACKFILL {
        stage.start_node().unwrap();
        // From before the databases are open to well into the backfill.
        tokio::time::sleep(Duration::from_millis(random.random_range(20..600))).await;
        stage.node.end().unwrap();
    }
    stage.start_node().unwrap();
    stage.node.wait_ready().unwrap();
    let session = sign_in(&stage.node.url, &wallet).await.unwrap();
    let (killed, head) = (mirrored(&session, grantee).await, history_head(&stage, &session).await);

    stage.node.end().unwrap();
    stage.forget_node_data().unwrap();
    stage.start_node().unwrap();
    stage.node.wait_ready().unwrap();
    let session = sign_in(&stage.node.url, &wallet).await.unwrap();
    let fresh = mirrored(&session, grantee).await;
    assert_eq!(killed.len(), usize::from(BATCHES) * usize::from(BATCH));
    assert_eq!(killed, fresh);
    assert_eq!(head, history_head(&stage, &session).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_killed_node_acknowledged_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = StdRng::seed_from_u64(seed());
    let mut stage = Stage::set_up(folder.path()).await.unwrap();
    stage.node.wait_ready().unwrap();
    let owner = Arc::new(Member::enter(&stage.node.url, 3).await.unwrap().0);
    let mut acknowledged: Vec<(DataId, Vec<u8>)> = Vec::new();

    for _ in 0..KILLS_DURING_UPLOADS {
        let session = sign_in(&stage.node.url, &owner.wallet).await.unwrap();
        let uploads = tokio::spawn(store_until_it_fails(Arc::clone(&owner), session, random.next_u64()));
        tokio::time::sleep(Duration::from_millis(random.random_range(5..300))).await;
        stage.node.end().unwrap();
        acknowledged.extend(uploads.await.unwrap());
        stage.start_node().unwrap();
        stage.node.wait_ready().unwrap();
    }

    assert!(acknowledged.len() >= KILLS_DURING_UPLOADS, "only {} were acknowledged", acknowledged.len());
    let session = sign_in(&stage.node.url, &owner.wallet).await.unwrap();
    for (data_id, plaintext) in &acknowledged {
        let opened = idos_client::consumer::decrypt(&session, *data_id, &owner.secret).await.unwrap();
        assert!(*opened == *plaintext, "{data_id} was acknowledged but differs");
    }
    assert_no_half_written_files(&stage.data_dir());
}

async fn store_until_it_fails(owner: Arc<Member>, session: Session, seed: u64) -> Vec<(DataId, Vec<u8>)> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut stored = Vec::new();
    loop {
        let mut plaintext = vec![0; random.random_range(1..400_000)];
        random.fill_bytes(&mut plaintext);
        match owner.store(&session, &plaintext).await {
            Ok(data_id) => stored.push((data_id, plaintext)),
            Err(_killed) => return stored,
        }
    }
}

/// Uploads that no credential took are allowed; they are dropped in time. Temporary files are not.
fn assert_no_half_written_files(data_dir: &Path) {
    let blobs = data_dir.join("blobs");
    let mut folders = vec![blobs];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert!(!path.to_string_lossy().contains('#'), "half-written: {}", path.display());
            }
        }
    }
}
