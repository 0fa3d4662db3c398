//! New shares of the same key, whenever it is interrupted.

use idos_api::key_shares::{NewRefresh, PENDING_SECS, ReleasedShares, ShareState};
use idos_client::{
    ClientError, Signer,
    key_shares::{KeyOfProfile, KeySharesError, Listen, NodeOutcome},
};
use idos_keys::{
    EncryptionSecret,
    shares::{Dealing, SealedShare, refresh},
};
use idos_wallets::{ShareOperation, ShareRequest};
use rand_core::OsRng;
use serde_json::Value;

use crate::{
    keys::{Key, create},
    support::{Mode, TestNodes, ask, code, owned, sign, wallet},
};

async fn assert_comes_back(nodes: &TestNodes, key: &Key, when: &str) {
    let recovered = nodes.client().recover(&wallet(1), &key.of, Listen::UntilFound, &mut OsRng).await;
    assert!(recovered.is_ok_and(|recovered| recovered.secret == key.secret), "{when}");
}

/// What the first node releases to wallet 1, and the key to open it.
async fn released(nodes: &TestNodes, of: &KeyOfProfile) -> (ReleasedShares, EncryptionSecret) {
    let reply = EncryptionSecret::generate(&mut OsRng);
    let (account, key) = (wallet(1).account(), *reply.public().as_bytes());
    let request = ShareRequest::new(
        ShareOperation::Release {},
        owned(of.profile_id),
        account,
        nodes.set(),
        key,
        nodes.now(),
        &mut OsRng,
    );
    let body = ask(&sign(&wallet(1), request));
    let (status, answer) = nodes.post("/v1/shares/release", &body).await;
    assert_eq!(status, 200, "{answer}");
    (serde_json::from_value(answer).unwrap(), reply)
}

/// A refresh of `dealing` as one node is to prepare it: what is sent to the first node, and the dealing after it.
async fn prepared(nodes: &TestNodes, of: &KeyOfProfile, dealing: &Dealing) -> (NewRefresh, Dealing) {
    let next = refresh(dealing, &mut OsRng).unwrap();
    let info: Value = reqwest::get(format!("http://{}/v1/node", nodes.nodes[0].address))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let node_key = info["encryption_key"].as_str().unwrap().parse().unwrap();
    let operation = ShareOperation::PrepareRefresh { dealing: next.dealing.digest() };
    let body = NewRefresh {
        signed: nodes.signed(&wallet(1), operation, of.profile_id),
        commitments: next.commitments,
        addition: SealedShare::seal(&next.additions[0], &node_key, &mut OsRng).unwrap(),
    };
    (body, next.dealing)
}

#[tokio::test]
async fn a_refresh_changes_every_share_and_not_the_key() {
    let nodes = TestNodes::start(3, 5).await;
    let key = create(&nodes).await;
    let (before, reply) = released(&nodes, &key.of).await;
    let old = before.shares[0].share.open(&reply).unwrap();
    for epoch in [2, 3] {
        let refreshed = nodes.client().refresh(&wallet(1), &key.of, &mut OsRng).await.unwrap();
        assert_eq!((refreshed.epoch, refreshed.resumed), (epoch, false));
        assert_comes_back(&nodes, &key, "after a refresh").await;
    }
    let (after, reply) = released(&nodes, &key.of).await;
    assert_eq!(after.shares.len(), 1);
    let new = after.shares[0].share.open(&reply).unwrap();
    assert!(old != new);
    // The old one is no share of the new dealing: two old and one new bring nothing back.
    assert!(after.shares[0].dealing.verify(1, &old).is_err());
}

#[tokio::test]
async fn a_refresh_that_stopped_anywhere_can_be_recovered_from_and_finished() {
    let routes = ["/v1/shares/refresh/prepare", "/v1/shares/refresh/commit"];
    for stopped_at in routes {
        for mode in [Mode::Failing, Mode::Forgetful] {
            let mut nodes = TestNodes::start(3, 5).await;
            let key = create(&nodes).await;
            if stopped_at == routes[1] {
                // Everything is prepared, and the commit reaches some only.
                prepare_all(&nodes, &key, &mut OsRng).await;
            }
            for index in [2, 5] {
                nodes.set_mode(index, mode.clone());
            }
            let error = nodes.client().refresh(&wallet(1), &key.of, &mut OsRng).await.unwrap_err();
            assert_eq!(error.code(), "key_shares_incomplete", "{stopped_at}");
            for index in [2, 5] {
                nodes.set_mode(index, Mode::Honest);
            }
            assert_comes_back(&nodes, &key, stopped_at).await;
            nodes.pass(PENDING_SECS);
            let finished = nodes.client().refresh(&wallet(1), &key.of, &mut OsRng).await.unwrap();
            assert_eq!(finished.resumed, stopped_at == routes[1], "{stopped_at}");
            assert_eq!(finished.epoch, 2);
            assert_comes_back(&nodes, &key, stopped_at).await;
        }
    }
}

/// Prepares a refresh at every node, and goes no further.
async fn prepare_all(nodes: &TestNodes, key: &Key, rng: &mut OsRng) {
    let (held, _) = released(nodes, &key.of).await;
    let next = refresh(&held.shares[0].dealing, rng).unwrap();
    let operation = ShareOperation::PrepareRefresh { dealing: next.dealing.digest() };
    let signed = nodes.signed(&wallet(1), operation, key.of.profile_id);
    for (node, addition) in nodes.nodes.iter().zip(&next.additions) {
        let url = format!("http://{}", node.address);
        let info: Value = reqwest::get(format!("{url}/v1/node")).await.unwrap().json().await.unwrap();
        let node_key = info["encryption_key"].as_str().unwrap().parse().unwrap();
        let body = NewRefresh {
            signed: signed.clone(),
            commitments: next.commitments.clone(),
            addition: SealedShare::seal(addition, &node_key, rng).unwrap(),
        };
        let sent = reqwest::Client::new().post(format!("{url}/v1/shares/refresh/prepare")).json(&body);
        assert_eq!(sent.send().await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn half_committed_shares_bring_the_key_back_and_the_rest_is_committed() {
    let nodes = TestNodes::start(3, 5).await;
    let key = create(&nodes).await;
    prepare_all(&nodes, &key, &mut OsRng).await;
    let (held, _) = released(&nodes, &key.of).await;
    assert_eq!(
        held.shares.iter().map(|share| share.state).collect::<Vec<_>>(),
        [ShareState::Current, ShareState::Pending]
    );
    let operation = ShareOperation::CommitRefresh { dealing: held.shares[1].dealing.digest() };
    let body = ask(&nodes.signed(&wallet(1), operation, key.of.profile_id));
    let (status, holding) = nodes.post("/v1/shares/refresh/commit", &body).await;
    assert_eq!((status, &holding["epoch"], &holding["pending_epoch"]), (200, &2.into(), &Value::Null));
    assert_comes_back(&nodes, &key, "one node has committed").await;
    let finished = nodes.client().refresh(&wallet(1), &key.of, &mut OsRng).await.unwrap();
    assert_eq!((finished.epoch, finished.resumed), (2, true));
    assert_comes_back(&nodes, &key, "all have").await;
}

#[tokio::test]
async fn two_refreshes_at_a_time_do_not_mix() {
    let nodes = TestNodes::start(2, 2).await;
    let key = create(&nodes).await;
    let (held, _) = released(&nodes, &key.of).await;
    let (first, next) = prepared(&nodes, &key.of, &held.shares[0].dealing).await;
    let path = "/v1/shares/refresh/prepare";
    assert_eq!(nodes.post(path, &first).await.0, 200);
    let (second, _) = prepared(&nodes, &key.of, &held.shares[0].dealing).await;
    assert_eq!(code(&nodes.post(path, &second).await), (409, "refresh_under_way"));
    // Long after, whoever prepared the first one has committed it or never will.
    nodes.pass(PENDING_SECS);
    let (third, _) = prepared(&nodes, &key.of, &held.shares[0].dealing).await;
    assert_eq!(nodes.post(path, &third).await.0, 200);
    let operation = ShareOperation::CommitRefresh { dealing: next.digest() };
    let body = ask(&nodes.signed(&wallet(1), operation, key.of.profile_id));
    assert_eq!(code(&nodes.post("/v1/shares/refresh/commit", &body).await), (409, "refresh_not_prepared"));
    assert_comes_back(&nodes, &key, "after all that").await;
}

#[tokio::test]
async fn what_is_no_refresh_of_this_key_is_refused() {
    let nodes = TestNodes::start(2, 2).await;
    let key = create(&nodes).await;
    let (held, _) = released(&nodes, &key.of).await;
    let dealing = &held.shares[0].dealing;
    let path = "/v1/shares/refresh/prepare";
    let (good, _) = prepared(&nodes, &key.of, dealing).await;
    let (other, _) = prepared(&nodes, &key.of, dealing).await;
    let fresh = |body: NewRefresh| NewRefresh {
        signed: nodes.signed(&wallet(1), body.signed.request.operation.clone(), key.of.profile_id),
        ..body
    };
    let table = [
        ("commitments of a key", NewRefresh { commitments: dealing.commitments().clone(), ..good.clone() }),
        ("another refresh's addition", NewRefresh { addition: other.addition, ..good.clone() }),
        ("another refresh's commitments", NewRefresh { commitments: other.commitments, ..good.clone() }),
        ("another dealing signed", NewRefresh { signed: other.signed, ..good.clone() }),
    ];
    for (name, body) in table {
        assert_eq!(code(&nodes.post(path, &fresh(body)).await), (422, "share_invalid"), "{name}");
    }
    assert_eq!(nodes.post(path, &fresh(good.clone())).await.0, 200);
    assert_eq!(nodes.post(path, &fresh(good)).await.0, 200, "the same again");
}

#[tokio::test]
async fn a_node_that_came_back_from_an_old_backup_is_named_and_outvoted() {
    let mut nodes = TestNodes::start(3, 5).await;
    let key = create(&nodes).await;
    nodes.stop_node(1).await;
    let backup: Vec<_> =
        nodes.files_of(1).into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    nodes.start_node(1).await;
    nodes.client().refresh(&wallet(1), &key.of, &mut OsRng).await.unwrap();
    nodes.stop_node(1).await;
    for path in nodes.files_of(1) {
        std::fs::remove_file(path).unwrap();
    }
    for (path, bytes) in backup {
        std::fs::write(path, bytes).unwrap();
    }
    nodes.start_node(1).await;
    for index in [2, 3] {
        nodes.stop_node(index).await;
    }
    // Its old share with two new ones is nothing.
    let ClientError::KeyShares(error) =
        nodes.client().recover(&wallet(1), &key.of, Listen::UntilFound, &mut OsRng).await.unwrap_err()
    else {
        panic!()
    };
    assert!(matches!(error, KeySharesError::TooFew { good: 2, required: 3, .. }), "{error}");
    for index in [2, 3] {
        nodes.start_node(index).await;
    }
    let ClientError::KeyShares(error) =
        nodes.client().refresh(&wallet(1), &key.of, &mut OsRng).await.unwrap_err()
    else {
        panic!()
    };
    assert_eq!(error.code(), "key_shares_diverged");
    let NodeOutcome::Bad { reason } = &error.nodes()[0].outcome else { panic!("{error}") };
    assert!(reason.contains("epoch"), "{reason}");
    assert_comes_back(&nodes, &key, "the others suffice").await;
}

#[tokio::test]
async fn nothing_of_a_share_is_left_on_the_disk_in_the_clear_or_after_its_end() {
    let mut nodes = TestNodes::start(2, 2).await;
    let key = create(&nodes).await;
    let (held, reply) = released(&nodes, &key.of).await;
    let share = held.shares[0].share.open(&reply).unwrap();
    let bytes = share.to_bytes();
    let secret = key.secret.to_bytes();
    let dealing = serde_json::to_string(&held.shares[0].dealing.commitments()).unwrap();
    nodes.client().refresh(&wallet(1), &key.of, &mut OsRng).await.unwrap();
    for index in [1, 2] {
        nodes.stop_node(index).await;
    }
    let mut found_any = false;
    for entry in std::fs::read_dir(nodes.directory()).unwrap() {
        let file = std::fs::read(entry.unwrap().path()).unwrap();
        let has = |needle: &[u8]| memchr::memmem::find(&file, needle).is_some();
        found_any |= has(key.of.profile_id.to_string().as_bytes());
        assert!(!has(&bytes[1..]) && !has(secret.as_slice()));
        assert!(!has(hex::encode(&bytes[1..]).as_bytes()) && !has(hex::encode(secret.as_slice()).as_bytes()));
        assert!(!has(dealing.as_bytes()), "the old dealing is still there");
    }
    assert!(found_any);
}
