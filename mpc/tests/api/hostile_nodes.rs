//! A node that abuses what it is asked: it passes it on, or makes up what nobody asked for.

use std::sync::Arc;

use idos_api::key_shares::{ReleasedShare, ShareState};
use idos_client::{Signer, key_shares::Listen};
use idos_keys::{
    EncryptionKey,
    shares::{SealedShare, SharedSecret, Terms, Threshold, deal},
};
use idos_wallets::{ShareOperation, ShareRequest, SignedShareRequest};
use rand_core::OsRng;
use serde_json::{Value, json};

use crate::{
    keys::create,
    support::{Mode, TestNodes, sign, wallet},
};

#[tokio::test]
async fn a_node_that_passes_requests_on_before_the_owner_reaches_the_others_is_in_nobodys_way() {
    let mut nodes = TestNodes::start(3, 5).await;
    let key = create(&nodes).await;
    let others = nodes.nodes[1..].iter().map(|node| node.address).collect();
    nodes.set_mode(1, Mode::Relaying(others));
    for index in 2..=5 {
        nodes.set_mode(index, Mode::Far);
    }
    let client = nodes.client();
    let backup = wallet(2).account();
    let recovered = client.recover(&wallet(1), &key.of, Listen::ToAll, &mut OsRng).await.unwrap();
    assert!(recovered.secret == key.secret);
    assert!(recovered.nodes.iter().all(|node| node.outcome.is_done()), "{:?}", recovered.nodes);
    assert_eq!(client.add_wallet(&wallet(1), &key.of, backup, &mut OsRng).await.unwrap().len(), 2);
    assert_eq!(client.refresh(&wallet(1), &key.of, &mut OsRng).await.unwrap().epoch, 2);
    let owner = wallet(1).account();
    assert_eq!(client.remove_wallet(&wallet(2), &key.of, owner, &mut OsRng).await.unwrap(), [backup]);
    let recovered = client.recover(&wallet(2), &key.of, Listen::ToAll, &mut OsRng).await.unwrap();
    assert!(recovered.secret == key.secret);
}

/// A share of a dealing that the node made itself, sealed to whoever asks, with a request that a wallet of the node's signed.
fn made_up(asked: &Value) -> Value {
    let signed: SignedShareRequest = serde_json::from_value(asked.clone()).unwrap();
    let request = signed.request;
    let set = &request.node_set;
    let threshold = Threshold::new(set.threshold(), set.node_count()).unwrap();
    let terms = Terms { profile_id: request.profile_id, node_set: set.digest(), threshold, epoch: 2 };
    let dealt = deal(&SharedSecret::generate(&mut OsRng), terms, &mut OsRng).unwrap();
    let reply = EncryptionKey::from_bytes(request.reply_key).unwrap();
    let operation = ShareOperation::PrepareRefresh { dealing: dealt.dealing.digest() };
    let forged = ShareRequest { operation, account: wallet(7).account(), ..request };
    let share = ReleasedShare {
        state: ShareState::Pending,
        share: SealedShare::seal(&dealt.shares[0], &reply, &mut OsRng).unwrap(),
        dealing: dealt.dealing,
        signed: sign(&wallet(7), forged),
    };
    serde_json::to_value(share).unwrap()
}

#[tokio::test]
async fn a_refresh_that_a_node_made_up_keeps_nobody_from_a_real_one() {
    let mut nodes = TestNodes::start(3, 5).await;
    let key = create(&nodes).await;
    let lie = |asked: &Value, released: &mut Value| {
        let shares = released["shares"].as_array_mut().unwrap();
        shares.push(made_up(asked));
    };
    nodes.set_mode(1, Mode::Lying("/v1/shares/release", Arc::new(lie)));
    let refreshed = nodes.client().refresh(&wallet(1), &key.of, &mut OsRng).await.unwrap();
    assert_eq!((refreshed.epoch, refreshed.resumed), (2, false));
}

#[tokio::test]
async fn who_may_ask_after_a_change_is_not_told_by_one_node() {
    let mut nodes = TestNodes::start(3, 5).await;
    let key = create(&nodes).await;
    let stranger = wallet(9).account();
    let lie = move |_: &Value, holding: &mut Value| {
        holding["wallets"].as_array_mut().unwrap().push(json!(stranger));
    };
    nodes.set_mode(1, Mode::Lying("/v1/wallets/add", Arc::new(lie)));
    let (owner, backup) = (wallet(1).account(), wallet(2).account());
    let told = nodes.client().add_wallet(&wallet(1), &key.of, backup, &mut OsRng).await.unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.contains(&owner) && told.contains(&backup));
}
