//! Signatures for somewhere else, and writes that came to something else.

use idos_client::{EvmWallet, owner};
use idos_grants::DataId;
use idos_tests::{hostile_node::OnTheWay, vault_house::CHAIN};
use rand_core::OsRng;

use crate::world::{Rewriting, World, forged, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_signed_for_another_host() {
    let world = World::new().await;
    world.hostility.begin(|answer| {
        if answer.path == "/v1/sign-in/challenges" {
            answer.rewrite(|json| json["domain"] = "bank.example.com".into());
        }
    });
    let reason = "it asks for a signature for another host than the one it was reached by";
    let wallet = EvmWallet::generate(CHAIN, &mut OsRng).unwrap();
    let signed_in = world.node.sign_in(&wallet, 3600, &mut OsRng).await;
    assert_eq!(refusal("sign-in", signed_in), forged(reason));
    let linked = world.alice.session.link_wallet(world.alice.profile_id, &wallet).await;
    assert_eq!(refusal("wallet link", linked), forged(reason));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_came_to_something_else_is_noticed() {
    let world = World::new().await;
    let original = world.original("London", &world.subject()).await.data_id;
    let (alice, key) = (&world.alice, world.bank.secret.public());
    let other = DataId([9; 32]).to_string();
    let on = |method: &'static str, prefix: &'static str, field: &'static str, to: String| {
        move |answer: &mut OnTheWay| {
            if answer.method == method && answer.path.starts_with(prefix) {
                answer.rewrite(|json| json[field] = to.clone().into());
            }
        }
    };
    let table: Vec<(&str, Rewriting, &str)> = vec![
        (
            "the data id of something else",
            Box::new(on("POST", "/v1/credentials", "data_id", other)),
            "an answer about another data id than was asked about",
        ),
        (
            "other content than was sent",
            Box::new(on("PUT", "/v1/uploads", "sha256", "ab".repeat(32))),
            "an upload of other content than was sent",
        ),
    ];
    for (name, rewriting, reason) in table {
        world.hostility.begin(rewriting);
        let copy = owner::store_copy(&alice.session, original, &alice.opening(), &key, &mut OsRng).await;
        assert_eq!(refusal(name, copy), forged(reason), "{name}");
    }
}
