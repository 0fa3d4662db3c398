//! A profile of idOS is brought along with its password.

use idos_keys::EncryptionSecret;
use serde_json::Value;

use crate::scene::{Scene, text};

#[tokio::test(flavor = "multi_thread")]
async fn the_password_of_a_profile_that_is_brought_along_makes_the_key_that_it_had() {
    let vectors: Value =
        serde_json::from_str(include_str!("../../../crates/keys/vectors/password.json")).unwrap();
    let vector = &vectors[0];
    assert_eq!(vector["name"], "the reference system's vector");
    let (password, id) = (text(&vector["password"]), text(&vector["profile_id"]));
    let secret: EncryptionSecret = text(&vector["secret"]).parse().unwrap();

    let scene = Scene::enter().await;
    let owner = scene.role("owner", 2).with_password(&password);
    let create = ["profile", "create", "--key", "password", "--kdf", "0.1", "--profile-id", &id];
    let profile = owner.done(&create).unwrap();
    assert_eq!(profile["id"], id);
    let statement = &profile["key_statement"]["statement"];
    assert_eq!(statement["encryption_key"], secret.public().to_string());
    let data = scene.store(&owner);
    scene.assert_opens(&owner, &data);

    owner.done(&["key", "change-to-mpc"]).unwrap();
    let after = scene.role("owner, later", 2);
    scene.assert_opens(&after, &data);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_password_key_is_only_for_who_brings_a_profile_along() {
    let scene = Scene::enter().await;
    let owner = scene.role("owner", 2);
    let id = "9f51b3b2-4cbe-4c2b-8ea3-0b0c1b2f1a11";
    for (key, more) in [
        ("password", &["--kdf", "0.1"][..]),
        ("password", &["--profile-id", id]),
        ("password", &["--kdf", "1", "--profile-id", id]),
        ("random", &["--kdf", "0.1", "--profile-id", id]),
        ("mpc", &["--kdf", "0.1", "--profile-id", id]),
    ] {
        let create = [&["profile", "create", "--key", key], more].concat();
        let refused = owner.command(&create).unwrap().output().unwrap();
        assert!(!refused.status.success(), "{create:?}");
    }
    assert!(owner.done(&["profile", "show"]).unwrap().is_null());
}
