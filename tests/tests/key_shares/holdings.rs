//! What is stored at nodes is deleted when it is of no use, and never before.

use idos_tests::role::Role;
use serde_json::{Value, json};

use crate::scene::{Scene, text};

const PASSWORD: &str = "staple battery horse correct";

/// She consents to a profile whose key nodes share, and an issuer makes it.
fn profile_by_an_issuer(scene: &Scene, owner: &Role) -> Value {
    let issuer = scene.role("issuer", 4);
    issuer.done(&["profile", "create", "--key", "random"]).unwrap();
    let did = text(&issuer.done(&["issuer", "create"]).unwrap()["issuer"]);
    let consented = owner.done(&["profile", "consent", "--issuer", &did]).unwrap();
    let file = scene.stage.write_json("profile-consent.json", &consented).unwrap();
    issuer.done(&["profile", "create-for", &file]).unwrap();
    consented
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_an_issuer_made_keeps_its_shares_whatever_another_wallet_of_the_folder_does() {
    let mut scene = Scene::enter().await;
    let owner = scene.role("owner", 2);
    let consented = profile_by_an_issuer(&scene, &owner);
    let another = scene.import(&owner, 3);

    owner.done(&["--wallet", &another, "profile", "create"]).unwrap();
    let cleaned = owner.done(&["--wallet", &another, "key", "clean"]).unwrap();
    assert_eq!((&cleaned["deleted"], &cleaned["left"]), (&json!([]), &json!([])));
    let [kept] = &cleaned["kept"].as_array().unwrap()[..] else { panic!("{cleaned}") };
    let statement = &consented["key_statement"]["statement"];
    for field in ["profile_id", "encryption_key"] {
        assert_eq!(kept[field], statement[field], "what it is: {kept}");
    }
    let cleaned = owner.done(&["--wallet", &another, "key", "clean", "--yes"]).unwrap();
    assert_eq!(
        cleaned["deleted"],
        json!([]),
        "not even by an explicit yes: a wallet of hers has that profile"
    );

    scene.assert_holdings(2).await;
    let recovered = owner.done(&["key", "recover"]).unwrap();
    assert_eq!(recovered["encryption_key"], statement["encryption_key"]);
    let id = scene.store(&owner);
    scene.assert_opens(&owner, &id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_is_never_used_leaves_shares_that_only_an_explicit_yes_deletes_once_it_is_over() {
    let mut scene = Scene::enter().await;
    let owner = scene.role("owner", 2);
    let issuer = scene.role("issuer", 4);
    let did = text(&issuer.done(&["issuer", "create"]).unwrap()["issuer"]);
    owner.done(&["profile", "consent", "--issuer", &did, "--valid", "5s"]).unwrap();
    owner.done(&["profile", "create"]).unwrap();
    scene.assert_holdings(2).await;
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    let cleaned = owner.done(&["key", "clean"]).unwrap();
    assert_eq!((&cleaned["deleted"], cleaned["kept"].as_array().unwrap().len()), (&json!([]), 1));
    let cleaned = owner.done(&["key", "clean", "--yes"]).unwrap();
    assert_eq!(cleaned["deleted"].as_array().unwrap().len(), 1, "{cleaned}");
    scene.assert_holdings(1).await;
    owner.done(&["key", "recover"]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn shares_of_a_deleted_profile_at_a_node_that_was_down_are_deleted_when_it_is_back() {
    let mut scene = Scene::enter().await;
    let owner = scene.role("owner", 2);
    owner.done(&["profile", "create"]).unwrap();
    scene.nodes.kill(5).unwrap();
    owner.done(&["profile", "delete", "--yes"]).unwrap();
    scene.nodes.restart(5).unwrap();
    assert_eq!(scene.nodes.holdings(5).await.unwrap().len(), 1, "it was down");
    let cleaned = owner.done(&["key", "clean"]).unwrap();
    assert_eq!((cleaned["deleted"].as_array().unwrap().len(), &cleaned["left"]), (1, &json!([])));
    scene.assert_holdings(0).await;
    let again = owner.done(&["key", "clean"]).unwrap();
    assert_eq!(again, json!({"deleted": [], "kept": [], "left": []}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_whose_deletion_was_refused_keeps_its_shares() {
    let mut scene = Scene::enter().await;
    let owner = scene.role("owner", 2);
    owner.done(&["profile", "create"]).unwrap();
    let id = scene.store(&owner);
    scene.lock(&owner, &owner.account, &id);
    owner.run(&["profile", "delete", "--yes"]).unwrap().refused("timelocked").unwrap();
    owner.done(&["key", "clean", "--yes"]).unwrap();
    scene.assert_holdings(1).await;
    scene.assert_opens(&owner, &id);
}

#[tokio::test(flavor = "multi_thread")]
async fn shares_are_deleted_by_whichever_wallet_of_the_folder_may_and_said_to_be_there_if_none_may() {
    let mut scene = Scene::enter().await;
    let owner = scene.role("owner", 2);
    owner.done(&["profile", "create"]).unwrap();
    let [second, third] = [3, 4].map(|key| scene.import(&owner, key));
    owner.done(&["profile", "link-wallet", &second, "--with-key"]).unwrap();
    owner.done(&["profile", "link-wallet", &third]).unwrap();
    owner.done(&["--wallet", &second, "key", "remove-wallet", &owner.account]).unwrap();

    // Another folder of hers, without the wallet that may ask.
    let elsewhere = scene.role("elsewhere", 2);
    scene.import(&elsewhere, 4);
    copy(&scene, "key-holdings.json");

    scene.nodes.kill(5).unwrap();
    let with_password = owner.clone().with_new_password(PASSWORD);
    with_password.done(&["--wallet", &second, "key", "change-to-password"]).unwrap();
    scene.nodes.restart(5).unwrap();
    assert_eq!(scene.nodes.holdings(5).await.unwrap().len(), 1, "it was down");

    copy(&scene, "remembered.json");
    for _ in 0..2 {
        let cleaned = elsewhere.done(&["--wallet", &third, "key", "clean"]).unwrap();
        let left = cleaned["left"].as_array().unwrap();
        assert_eq!(
            (&cleaned["deleted"], left.len()),
            (&json!([]), 1),
            "nobody of this folder may: {cleaned}"
        );
    }
    let cleaned = owner.done(&["--wallet", &third, "key", "clean"]).unwrap();
    assert_eq!(
        (cleaned["deleted"].as_array().unwrap().len(), &cleaned["left"]),
        (1, &json!([])),
        "{cleaned}"
    );
    scene.assert_holdings(0).await;
}

/// What the owner's folder knows, in the other one.
fn copy(scene: &Scene, name: &str) {
    std::fs::copy(scene.file("owner").join(name), scene.file("elsewhere").join(name)).unwrap();
}
