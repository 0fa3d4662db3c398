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
    support::{START, TestNodes, ask, code, fresh_profile, wallet, without_limits},
};

const HOUR: u64 = 60 * 60;

fn release(nodes: &TestNodes, number: u8, profile_id: Uuid) -> serde_json::Value {
    ask(&nodes.signed(&wallet(number), ShareOperation::Release {}, profile_id), wallet(1).account())
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
        // Hers is one of the two, and goes on being counted.
        tries(hers).await;
        let audit = ask(&nodes.signed(&wallet(1), ShareOperation::Audit {}, hers), wallet(1).account());
        let (_, audit) = nodes.post("/v1/audit", &audit).await;
        assert_eq!(audit["refused"][0]["tries"], 2, "{}", database.name());
        // What is written down of another key begins in the next hour.
        let other = stored(&nodes).await;
        tries(other).await;
        nodes.pass(HOUR);
        tries(other).await;
        let audit = ask(&nodes.signed(&wallet(1), ShareOperation::Audit {}, other), wallet(1).account());
        let (_, audit) = nodes.post("/v1/audit", &audit).await;
        assert_eq!(audit["refused"].as_array().map(Vec::len), Some(1), "{}", database.name());
    })
    .await;
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
    let owner = wallet(1).account();
    let change = |number: u8, operation: ShareOperation| {
        ask(&nodes.signed(&wallet(number), operation, profile_id), owner)
    };
    let stolen = wallet(2).account();
    let add = change(1, ShareOperation::AddWallet { wallet: stolen });
    assert_eq!(nodes.post("/v1/wallets/add", &add).await.0, 200);
    for expected in [200, 200, 200, 200, 429, 429] {
        assert_eq!(nodes.post("/v1/shares/release", &release(&nodes, 2, profile_id)).await.0, expected);
    }
    // The same key under another chain's name is the same wallet.
    let elsewhere = EvmWallet::from_hex(ChainId::Eip155(10), &hex::encode([2; 32])).unwrap();
    let request = ask(&nodes.signed(&elsewhere, ShareOperation::Release {}, profile_id), owner);
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
        let (status, audit) = nodes.post("/v1/audit", &ask(&signed, wallet(1).account())).await;
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
