//! Who asks too often; what the owner reads of it.

use std::time::Duration;

use idos_client::{EvmWallet, Signer};
use idos_grants::ChainId;
use idos_mpc::{KeyShareConfig, Rate};
use idos_wallets::ShareOperation;
use serde_json::json;
use uuid::Uuid;

use crate::{
    requests::{new_share, stored},
    support::{START, TestNodes, UNFOLLOWED, ask, code, fresh_profile, wallet, without_limits},
};

const HOUR: u64 = 60 * 60;

fn release(nodes: &TestNodes, number: u8, profile_id: Uuid) -> serde_json::Value {
    ask(&nodes.signed(&wallet(number), ShareOperation::Release {}, profile_id))
}

#[tokio::test]
async fn a_share_is_released_so_often_in_an_hour_whatever_is_restarted() {
    idos_testdb::each(async |database| {
        let few = |config: &mut KeyShareConfig| {
            without_limits(config);
            // The first was to store it.
            config.operations_an_hour = 4;
        };
        let mut nodes = TestNodes::one(database.url(), few).await;
        let profile_id = stored(&nodes).await;
        for _ in 0..3 {
            assert_eq!(nodes.post("/v1/shares/release", &release(&nodes, 1, profile_id)).await.0, 200);
        }
        nodes.stop_node(1).await;
        nodes.start_node(1).await;
        let refused = nodes.post("/v1/shares/release", &release(&nodes, 1, profile_id)).await;
        assert_eq!(code(&refused), (429, "limit_reached"), "{}", database.name());
        nodes.pass(HOUR);
        assert_eq!(nodes.post("/v1/shares/release", &release(&nodes, 1, profile_id)).await.0, 200);
    })
    .await;
}

/// Strangers leave room for those who come for their shares.
#[tokio::test]
async fn a_node_holds_so_many_keys_and_still_releases_them() {
    idos_testdb::each(async |database| {
        let two = |config: &mut KeyShareConfig| {
            without_limits(config);
            config.holdings_max = 2;
        };
        let nodes = TestNodes::one(database.url(), two).await;
        let profile_id = stored(&nodes).await;
        stored(&nodes).await;
        let third = new_share(&nodes, 3, fresh_profile()).await;
        assert_eq!(code(&nodes.post("/v1/shares", &third).await), (429, "limit_reached"));
        assert_eq!(nodes.post("/v1/shares/release", &release(&nodes, 1, profile_id)).await.0, 200);
    })
    .await;
}

#[tokio::test]
async fn tries_in_vain_are_written_down_of_so_many_keys_an_hour() {
    idos_testdb::each(async |database| {
        let two = |config: &mut KeyShareConfig| {
            without_limits(config);
            config.refused_keys_an_hour = 2;
        };
        let nodes = TestNodes::one(database.url(), two).await;
        let hers = stored(&nodes).await;
        let tries = async |profile_id: Uuid| {
            assert_eq!(nodes.post("/v1/shares/release", &release(&nodes, 2, profile_id)).await.0, 404);
        };
        tries(hers).await;
        for _ in 0..4 {
            tries(fresh_profile()).await;
        }
        // What is tried of a key that is there is always written down, and the fifth time raises the alarm.
        let other = stored(&nodes).await;
        let before = alarms(&nodes).await;
        for _ in 0..4 {
            tries(hers).await;
        }
        assert_eq!(refused(&nodes, hers).await, json!([5]), "{}", database.name());
        assert_eq!(alarms(&nodes).await - before, 1, "{}", database.name());
        tries(other).await;
        assert_eq!(refused(&nodes, other).await, json!([1]));
    })
    .await;
}

/// Tries in vain, by the hour, as the owner reads them.
async fn refused(nodes: &TestNodes, profile_id: Uuid) -> serde_json::Value {
    let audit = ask(&nodes.signed(&wallet(1), ShareOperation::Audit {}, profile_id));
    let (_, audit) = nodes.post("/v1/audit", &audit).await;
    audit["refused"].as_array().unwrap().iter().map(|hour| hour["tries"].clone()).collect()
}

async fn alarms(nodes: &TestNodes) -> u64 {
    let url = format!("http://{}/metrics", nodes.nodes[0].address);
    let metrics = reqwest::get(url).await.unwrap().text().await.unwrap();
    let line = metrics.lines().find_map(|line| line.strip_prefix("idos_mpc_alarms_total "));
    line.map_or(0, |count| count.trim().parse().unwrap())
}

/// Whoever has stolen a wallet asks as often as it may: its owner is told, and so is the operator.
#[tokio::test]
async fn a_wallet_that_asks_as_often_as_it_may_raises_the_alarm() {
    let few = |config: &mut KeyShareConfig| {
        without_limits(config);
        config.operations_an_hour = 3;
    };
    let directory = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", directory.path().join("shares.db").display());
    let nodes = TestNodes::one(&database, few).await;
    let profile_id = stored(&nodes).await;
    for expected in [200, 200, 429, 429, 429, 429, 429] {
        assert_eq!(nodes.post("/v1/shares/release", &release(&nodes, 1, profile_id)).await.0, expected);
    }
    assert_eq!(alarms(&nodes).await, 1);
    nodes.pass(HOUR);
    assert_eq!(refused(&nodes, profile_id).await, json!([5]));
}

/// A hundred lines are told: a thief who reads about himself a hundred times is still among them.
#[tokio::test]
async fn nobody_hides_a_release_behind_readings_of_the_log() {
    idos_testdb::each(async |database| {
        let nodes = TestNodes::one(database.url(), without_limits).await;
        let profile_id = stored(&nodes).await;
        nodes.post("/v1/shares/release", &release(&nodes, 1, profile_id)).await;
        let mut audit = serde_json::Value::Null;
        for _ in 0..110 {
            nodes.pass(1);
            let signed = nodes.signed(&wallet(1), ShareOperation::Audit {}, profile_id);
            audit = nodes.post("/v1/audit", &ask(&signed)).await.1;
        }
        let lines: Vec<_> =
            audit["lines"].as_array().unwrap().iter().map(|line| &line["operation"]).collect();
        assert_eq!(lines, ["audit", "release", "store"], "{}", database.name());
        assert_eq!(audit["lines"][0]["at"], START + 109);
    })
    .await;
}

/// Nobody is to count on a backup that is refused when it is needed.
#[tokio::test]
async fn a_wallet_whose_chain_the_node_does_not_follow_is_no_backup() {
    let nodes = TestNodes::start(2, 2).await;
    let profile_id = stored(&nodes).await;
    let add = |account: &str| {
        let operation = ShareOperation::AddWallet { wallet: account.parse().unwrap() };
        ask(&nodes.signed(&wallet(1), operation, profile_id))
    };
    let refused = nodes.post("/v1/wallets/add", &add(&format!("{UNFOLLOWED}:bob.near"))).await;
    assert_eq!(code(&refused), (422, "unknown_chain"));
    assert_eq!(nodes.post("/v1/wallets/add", &add("near:mainnet:bob.near")).await.0, 200);
}

/// Wallets cost nothing: without a limit by address one stranger fills the node.
#[tokio::test]
async fn an_address_that_stores_too_often_waits_and_still_gets_what_is_there() {
    let few = |config: &mut KeyShareConfig| {
        without_limits(config);
        config.rate_of_stores = Rate { burst: 2, every: Duration::from_secs(3600) };
    };
    let directory = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", directory.path().join("shares.db").display());
    let nodes = TestNodes::one(&database, few).await;
    let profile_id = stored(&nodes).await;
    stored(&nodes).await;
    let third = new_share(&nodes, 3, fresh_profile()).await;
    assert_eq!(code(&nodes.post("/v1/shares", &third).await), (429, "limit_reached"));
    assert_eq!(nodes.post("/v1/shares/release", &release(&nodes, 1, profile_id)).await.0, 200);
}

/// Whoever stole one of two wallets and asks as often as it may does not keep the owner from removing it.
#[tokio::test]
async fn a_wallet_that_asks_too_often_keeps_no_other_from_asking() {
    let few = |config: &mut KeyShareConfig| {
        without_limits(config);
        config.operations_an_hour = 4;
    };
    let directory = tempfile::tempdir().unwrap();
    let nodes =
        TestNodes::one(&format!("sqlite:{}", directory.path().join("shares.db").display()), few).await;
    let profile_id = stored(&nodes).await;
    let change =
        |number: u8, operation: ShareOperation| ask(&nodes.signed(&wallet(number), operation, profile_id));
    let stolen = wallet(2).account();
    let add = change(1, ShareOperation::AddWallet { wallet: stolen });
    assert_eq!(nodes.post("/v1/wallets/add", &add).await.0, 200);
    for expected in [200, 200, 200, 200, 429, 429] {
        assert_eq!(nodes.post("/v1/shares/release", &release(&nodes, 2, profile_id)).await.0, expected);
    }
    // The same key under another chain's name is the same wallet.
    let elsewhere = EvmWallet::from_hex(ChainId::Eip155(10), &hex::encode([2; 32])).unwrap();
    let request = ask(&nodes.signed(&elsewhere, ShareOperation::Release {}, profile_id));
    assert_eq!(nodes.post("/v1/shares/release", &request).await.0, 429);
    let remove = change(1, ShareOperation::RemoveWallet { wallet: stolen });
    assert_eq!(nodes.post("/v1/wallets/remove", &remove).await.0, 200);
}

#[tokio::test]
async fn an_address_and_a_wallet_that_ask_too_often_wait() {
    let by_wallet = |config: &mut KeyShareConfig| {
        without_limits(config);
        config.rate_by_wallet = Rate { burst: 3, every: Duration::from_secs(3600) };
    };
    let by_address = |config: &mut KeyShareConfig| {
        without_limits(config);
        config.rate_by_address = Rate { burst: 5, every: Duration::from_secs(3600) };
    };
    let directory = tempfile::tempdir().unwrap();
    let url = |name: &str| format!("sqlite:{}", directory.path().join(name).display());

    let nodes = TestNodes::one(&url("wallet.db"), by_wallet).await;
    let profile_id = stored(&nodes).await;
    for expected in [200, 200, 429] {
        assert_eq!(nodes.post("/v1/shares/release", &release(&nodes, 1, profile_id)).await.0, expected);
    }
    // Another wallet is not concerned.
    assert_eq!(nodes.post("/v1/shares/release", &release(&nodes, 2, profile_id)).await.0, 404);

    let nodes = TestNodes::one(&url("address.db"), by_address).await;
    for expected in [400, 400, 400, 400, 400, 429] {
        assert_eq!(nodes.post("/v1/shares/release", &json!({})).await.0, expected);
    }
}

#[tokio::test]
async fn the_owner_reads_what_was_done_and_that_somebody_tried() {
    idos_testdb::each(async |database| {
        let nodes = TestNodes::one(database.url(), without_limits).await;
        let profile_id = stored(&nodes).await;
        nodes.post("/v1/shares/release", &release(&nodes, 1, profile_id)).await;
        for _ in 0..3 {
            nodes.post("/v1/shares/release", &release(&nodes, 2, profile_id)).await;
        }
        nodes.pass(HOUR);
        nodes.post("/v1/shares/release", &release(&nodes, 2, profile_id)).await;
        let signed = nodes.signed(&wallet(1), ShareOperation::Audit {}, profile_id);
        let (status, audit) = nodes.post("/v1/audit", &ask(&signed)).await;
        let owner = wallet(1).account();
        let expected = json!({
            "lines": [
                {"number": 2, "operation": "release", "account": owner, "at": START},
                {"number": 1, "operation": "store", "account": owner, "at": START},
            ],
            "refused": [{"since": START + HOUR, "tries": 1}, {"since": START, "tries": 3}],
        });
        assert_eq!((status, audit), (200, expected), "{}", database.name());
    })
    .await;
}
