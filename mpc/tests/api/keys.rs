//! The life of a key: made, brought back, with nodes that are gone or lie; wallets that come and go.

use std::sync::Arc;

use idos_client::{
    ClientError, Signer,
    key_shares::{KeyOfProfile, KeyShareNodes, KeySharesError, Listen, NodeOutcome, NodeReport},
};
use idos_keys::EncryptionSecret;
use idos_wallets::{NodeSet, ShareOperation};
use rand_core::OsRng;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Mode, TestNodes, ask, code, fresh_profile, owned, wallet};

/// A key, stored by wallet 1.
pub struct Key {
    pub secret: EncryptionSecret,
    pub of: KeyOfProfile,
}

pub async fn create(nodes: &TestNodes) -> Key {
    let profile_id = fresh_profile();
    let created = nodes.client().create(&wallet(1), profile_id, |_| Ok(()), &mut OsRng).await.unwrap();
    let of = KeyOfProfile {
        profile_id,
        stored_by: wallet(1).account(),
        encryption_key: created.secret.public(),
        shared: created.shared,
    };
    Key { secret: created.secret, of }
}

fn outcome(nodes: &[NodeReport], index: u8) -> &NodeOutcome {
    &nodes[usize::from(index) - 1].outcome
}

pub fn shares(error: ClientError) -> KeySharesError {
    match error {
        ClientError::KeyShares(error) => error,
        other => panic!("{other}"),
    }
}

/// A node that releases something else.
fn lying(lie: impl Fn(&mut Value) + Send + Sync + 'static) -> Mode {
    Mode::Lying("/v1/shares/release", Arc::new(move |_, released| lie(released)))
}

fn with_altered_share() -> Mode {
    lying(|released| {
        let content = released["shares"][0]["share"]["content"].as_str().unwrap().to_owned();
        let first = if content.starts_with('A') { "B" } else { "A" };
        released["shares"][0]["share"]["content"] = format!("{first}{}", &content[1..]).into();
    })
}

#[tokio::test]
async fn a_key_comes_back_to_the_wallet_that_made_it_and_to_no_other() {
    let nodes = TestNodes::start(3, 5).await;
    let key = create(&nodes).await;
    let recovered =
        nodes.client().recover(&wallet(1), &key.of, Listen::UntilFound, &mut OsRng).await.unwrap();
    assert!(recovered.secret == key.secret);
    let error = shares(
        nodes.client().recover(&wallet(2), &key.of, Listen::UntilFound, &mut OsRng).await.unwrap_err(),
    );
    let KeySharesError::TooFew { good: 0, required: 3, nodes } = error else { panic!("{error}") };
    for node in &nodes {
        let NodeOutcome::Refused { code, .. } = &node.outcome else { panic!("{node:?}") };
        assert_eq!(code, "not_found");
    }
}

#[tokio::test]
async fn a_key_comes_back_while_two_of_five_are_gone_and_not_while_three_are() {
    let mut nodes = TestNodes::start(3, 5).await;
    let key = create(&nodes).await;
    nodes.stop_node(2).await;
    nodes.stop_node(4).await;
    let recovered =
        nodes.client().recover(&wallet(1), &key.of, Listen::UntilFound, &mut OsRng).await.unwrap();
    assert!(recovered.secret == key.secret);
    nodes.stop_node(5).await;
    let error = shares(
        nodes.client().recover(&wallet(1), &key.of, Listen::UntilFound, &mut OsRng).await.unwrap_err(),
    );
    assert_eq!(error.code(), "too_few_key_shares");
    for index in [2, 4, 5] {
        assert!(matches!(outcome(error.nodes(), index), NodeOutcome::Silent { .. }), "{error}");
    }
    // Their data comes back, and so does the key.
    nodes.start_node(4).await;
    let recovered =
        nodes.client().recover(&wallet(1), &key.of, Listen::UntilFound, &mut OsRng).await.unwrap();
    assert!(recovered.secret == key.secret);
}

#[tokio::test]
async fn nobody_waits_for_a_silent_node() {
    let mut nodes = TestNodes::start(3, 5).await;
    let key = create(&nodes).await;
    for index in [1, 3] {
        nodes.set_mode(index, Mode::Silent);
    }
    let begun = std::time::Instant::now();
    let recovered =
        nodes.client().recover(&wallet(1), &key.of, Listen::UntilFound, &mut OsRng).await.unwrap();
    assert!(recovered.secret == key.secret);
    assert!(begun.elapsed().as_secs() < 5);
    for index in [1, 3] {
        assert_eq!(outcome(&recovered.nodes, index), &NodeOutcome::Unneeded);
    }
}

#[tokio::test]
async fn whatever_two_of_five_make_up_the_key_comes_back_and_they_are_named() {
    let mut nodes = TestNodes::start(3, 5).await;
    let key = create(&nodes).await;
    let table: Vec<(&str, fn() -> Mode, &str)> = vec![
        ("an altered share", with_altered_share, "does not open"),
        ("no share", || lying(|released| released["shares"] = json!([])), "no share"),
        (
            "other commitments",
            || {
                lying(|released| {
                    let first = released["shares"][0]["dealing"]["commitments"][0].clone();
                    released["shares"][0]["dealing"]["commitments"][1] = first;
                })
            },
            "not signed",
        ),
        (
            "another epoch",
            || lying(|released| released["shares"][0]["dealing"]["epoch"] = 2.into()),
            "not signed",
        ),
        (
            "another profile",
            || lying(|released| released["shares"][0]["dealing"]["profile_id"] = json!(Uuid::nil())),
            "not signed",
        ),
        (
            "another wallet's signature",
            || {
                lying(|released| {
                    let other = wallet(7).account();
                    released["shares"][0]["signed"]["request"]["account"] = json!(other);
                    released["shares"][0]["signed"]["signature"] = "0x00".into();
                })
            },
            "",
        ),
        (
            "the same share twice",
            || {
                lying(|released| {
                    let share = released["shares"][0].clone();
                    released["shares"] = json!([share, share]);
                })
            },
            "same index",
        ),
    ];
    for (name, mode, reason) in table {
        for index in [1, 2] {
            nodes.set_mode(index, mode());
        }
        let recovered = nodes.client().recover(&wallet(1), &key.of, Listen::ToAll, &mut OsRng).await.unwrap();
        assert!(recovered.secret == key.secret, "{name}");
        for index in [1, 2] {
            match outcome(&recovered.nodes, index) {
                NodeOutcome::Bad { reason: told } => assert!(told.contains(reason), "{name}: {told}"),
                _ if reason.is_empty() => {}
                other => panic!("{name}: {other:?}"),
            }
        }
    }
    // With a third one down, nobody is unneeded: the liars are heard, and named.
    for index in [1, 2] {
        nodes.set_mode(index, with_altered_share());
    }
    nodes.stop_node(3).await;
    let error = shares(
        nodes.client().recover(&wallet(1), &key.of, Listen::UntilFound, &mut OsRng).await.unwrap_err(),
    );
    for index in [1, 2] {
        let NodeOutcome::Bad { reason } = outcome(error.nodes(), index) else { panic!("{error}") };
        assert!(reason.contains("does not open"), "{reason}");
    }
}

#[tokio::test]
async fn a_backup_wallet_brings_the_key_back_and_a_removed_one_gets_nothing_from_any_node() {
    let nodes = TestNodes::start(3, 5).await;
    let (client, key) = (nodes.client(), create(&nodes).await);
    let backup = wallet(2);
    let wallets = client.add_wallet(&wallet(1), &key.of, backup.account(), &mut OsRng).await.unwrap();
    assert_eq!(wallets.len(), 2);
    assert!(
        client.recover(&backup, &key.of, Listen::UntilFound, &mut OsRng).await.unwrap().secret == key.secret
    );
    // The backup wallet is enough to shut out the lost one.
    let wallets = client.remove_wallet(&backup, &key.of, wallet(1).account(), &mut OsRng).await.unwrap();
    assert_eq!(wallets, [backup.account()]);
    let error =
        shares(client.recover(&wallet(1), &key.of, Listen::UntilFound, &mut OsRng).await.unwrap_err());
    assert!(matches!(error, KeySharesError::TooFew { good: 0, .. }), "{error}");
    // Once more changes nothing, and the last one stays.
    client.remove_wallet(&backup, &key.of, wallet(1).account(), &mut OsRng).await.unwrap();
    let error = client.remove_wallet(&backup, &key.of, backup.account(), &mut OsRng).await.unwrap_err();
    assert_eq!(error.code(), "own_wallet", "it could not finish that");
    let operation = ShareOperation::RemoveWallet { wallet: backup.account() };
    let request = ask(&nodes.signed(&backup, operation, key.of.profile_id));
    assert_eq!(code(&nodes.post("/v1/wallets/remove", &request).await), (409, "last_wallet"));
    assert!(client.recover(&backup, &key.of, Listen::UntilFound, &mut OsRng).await.is_ok());
}

#[tokio::test]
async fn a_wallet_change_that_stopped_half_way_is_finished_by_the_same_call() {
    let mut nodes = TestNodes::start(3, 5).await;
    let key = create(&nodes).await;
    nodes.set_mode(2, Mode::Failing);
    nodes.set_mode(4, Mode::Forgetful);
    let backup = wallet(2).account();
    let error = shares(nodes.client().add_wallet(&wallet(1), &key.of, backup, &mut OsRng).await.unwrap_err());
    assert_eq!(error.code(), "key_shares_incomplete");
    let done = error.nodes().iter().filter(|node| node.outcome.is_done()).count();
    assert_eq!(done, 3);
    for index in [2, 4] {
        nodes.set_mode(index, Mode::Honest);
    }
    let wallets = nodes.client().add_wallet(&wallet(1), &key.of, backup, &mut OsRng).await.unwrap();
    assert_eq!(wallets.len(), 2);
}

#[tokio::test]
async fn an_upload_that_stopped_half_way_leaves_nothing_in_the_way() {
    let mut nodes = TestNodes::start(3, 5).await;
    let profile_id = fresh_profile();
    nodes.set_mode(5, Mode::Forgetful);
    let half = nodes.client().create(&wallet(1), profile_id, |_| Ok(()), &mut OsRng).await;
    // Not even the key that it is sealed to came back.
    assert_eq!(shares(half.unwrap_err()).code(), "key_shares_incomplete");
    nodes.set_mode(5, Mode::Honest);
    // Nobody can tell whether a statement names what is stored: it stays, and another key is shared among the same nodes in another order.
    let mut keys = Vec::new();
    for _ in 0..5 {
        let mut tried = Vec::new();
        let before = |set: &NodeSet| {
            tried.push(set.clone());
            Ok(())
        };
        let created = nodes.client().create(&wallet(1), profile_id, before, &mut OsRng).await.unwrap();
        assert_eq!(tried.last(), Some(&created.node_set), "it was told before shares were sent");
        keys.push(created);
    }
    let sixth = nodes.client().create(&wallet(1), profile_id, |_| Ok(()), &mut OsRng).await;
    assert_eq!(shares(sixth.unwrap_err()).code(), "exists");
    for (created, other) in keys.iter().zip(keys.iter().cycle().skip(1)) {
        let client = KeyShareNodes::new(created.node_set.clone(), &nodes.clock()).unwrap();
        let of = KeyOfProfile {
            profile_id,
            stored_by: wallet(1).account(),
            encryption_key: created.secret.public(),
            shared: created.shared,
        };
        let recovered = client.recover(&wallet(1), &of, Listen::UntilFound, &mut OsRng).await.unwrap();
        assert!(recovered.secret == created.secret);
        let stale = KeyOfProfile { encryption_key: other.secret.public(), ..of };
        let error =
            shares(client.recover(&wallet(1), &stale, Listen::UntilFound, &mut OsRng).await.unwrap_err());
        assert_eq!(error.code(), "wrong_key");
    }
    let gone = nodes.client().delete(&wallet(1), owned(profile_id), &mut OsRng).await.unwrap();
    assert_eq!(gone, 5);
    nodes.client().create(&wallet(1), profile_id, |_| Ok(()), &mut OsRng).await.unwrap();
}

#[tokio::test]
async fn who_may_ask_is_told_by_as_many_nodes_as_are_required() {
    let mut nodes = TestNodes::start(3, 5).await;
    let key = create(&nodes).await;
    let (owner, backup, stranger) = (wallet(1).account(), wallet(2).account(), wallet(9).account());
    nodes.client().add_wallet(&wallet(1), &key.of, backup, &mut OsRng).await.unwrap();
    // Two lie, and one of them has a good share.
    nodes.set_mode(1, lying(move |released| released["wallets"] = json!([stranger, owner])));
    let without_share = move |released: &mut Value| {
        released["wallets"] = json!([stranger]);
        released["shares"] = json!([]);
    };
    nodes.set_mode(2, lying(without_share));
    let recovered = nodes.client().recover(&wallet(1), &key.of, Listen::ToAll, &mut OsRng).await.unwrap();
    assert_eq!(recovered.wallets.len(), 2, "{:?}", recovered.wallets);
    assert!(recovered.wallets.contains(&backup) && recovered.wallets.contains(&owner));
    assert_eq!(recovered.doubtful_wallets, [stranger]);
    for index in [1, 2] {
        nodes.set_mode(index, Mode::Honest);
    }
    // A removal that two nodes missed does not bring the wallet back.
    for index in [4, 5] {
        nodes.set_mode(index, Mode::Failing);
    }
    nodes.client().remove_wallet(&wallet(1), &key.of, backup, &mut OsRng).await.unwrap_err();
    for index in [4, 5] {
        nodes.set_mode(index, Mode::Honest);
    }
    let recovered = nodes.client().recover(&wallet(1), &key.of, Listen::ToAll, &mut OsRng).await.unwrap();
    assert_eq!((recovered.wallets, recovered.doubtful_wallets), (vec![owner], vec![backup]));
}

#[tokio::test]
async fn the_same_key_moves_to_other_nodes_and_is_deleted_at_the_old_ones() {
    let (old, new) = (TestNodes::start(3, 5).await, TestNodes::start(2, 3).await);
    let key = create(&old).await;
    let recovered = old.client().recover(&wallet(1), &key.of, Listen::UntilFound, &mut OsRng).await.unwrap();
    let moved = new
        .client()
        .share_anew(&wallet(1), key.of.profile_id, &recovered, |_| Ok(()), &mut OsRng)
        .await
        .unwrap();
    assert!(moved.secret == key.secret);
    for deleted in [5, 0] {
        let done = old.client().delete(&wallet(1), owned(key.of.profile_id), &mut OsRng).await.unwrap();
        assert_eq!(done, deleted);
    }
    let error =
        shares(old.client().recover(&wallet(1), &key.of, Listen::UntilFound, &mut OsRng).await.unwrap_err());
    assert!(matches!(error, KeySharesError::TooFew { good: 0, .. }), "{error}");
    let of = KeyOfProfile { shared: moved.shared, ..key.of };
    assert!(
        new.client().recover(&wallet(1), &of, Listen::UntilFound, &mut OsRng).await.unwrap().secret
            == key.secret
    );
    // The old nodes are not those that the statement names any more.
    let error =
        shares(old.client().recover(&wallet(1), &of, Listen::UntilFound, &mut OsRng).await.unwrap_err());
    assert_eq!(error, KeySharesError::OtherNodes);
}

#[tokio::test]
async fn another_node_at_the_address_gets_no_share() {
    let nodes = TestNodes::start(2, 3).await;
    let mut set = serde_json::to_value(nodes.set()).unwrap();
    let stranger = ed25519_dalek::SigningKey::from_bytes(&[0x77; 32]).verifying_key();
    set["nodes"][1]["did"] = json!(idos_wallets::NodeDid::from_key(stranger.as_bytes()).unwrap());
    let client =
        idos_client::key_shares::KeyShareNodes::new(serde_json::from_value(set).unwrap(), &nodes.clock())
            .unwrap();
    let error = client.create(&wallet(1), fresh_profile(), |_| Ok(()), &mut OsRng).await.unwrap_err();
    let error = shares(error);
    assert!(matches!(outcome(error.nodes(), 2), NodeOutcome::Bad { .. }), "{error}");
}
