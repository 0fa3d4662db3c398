//! Who may bring the key back, and who is linked to the profile, are two lists, and the owner is told where they differ.

use idos_tests::role::Role;
use serde_json::{Value, json};

use crate::scene::{Scene, text};

const PASSWORD: &str = "staple battery horse correct";

/// How many wallets may bring the key back.
fn let_in(owner: &Role) -> usize {
    owner.done(&["key", "recover"]).unwrap()["wallets"].as_array().unwrap().len()
}

/// The wallet of an account, as the store names it.
fn linked(owner: &Role, account: &str) -> Option<String> {
    let profile = owner.done(&["profile", "show"]).unwrap();
    let wallets = profile["wallets"].as_array().unwrap().iter().map(text);
    let address = account.rsplit(':').next().unwrap().to_owned();
    wallets.into_iter().find(|wallet| wallet.ends_with(&address))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_is_unlinked_at_the_store_first_and_where_that_is_refused_the_nodes_let_it_in_as_before() {
    let scene = Scene::enter().await;
    let owner = scene.role("owner", 2);
    owner.done(&["profile", "create"]).unwrap();
    let [second, third] = [3, 4].map(|key| scene.import(&owner, key));
    for account in [&second, &third] {
        owner.done(&["profile", "link-wallet", account, "--with-key"]).unwrap();
    }
    let id = scene.store(&owner);
    scene.lock(&owner, &second, &id);
    let wallet = |account: &str| linked(&owner, account).unwrap();

    let unlink = |wallet: &str| owner.run(&["profile", "unlink-wallet", wallet, "--with-key"]).unwrap();
    unlink(&wallet(&second)).refused("timelocked").unwrap();
    assert_eq!(let_in(&owner), 3, "nothing was done half");
    unlink(&wallet(&owner.account)).refused("own_wallet").unwrap();
    assert_eq!(let_in(&owner), 3);

    let name = wallet(&third);
    unlink(&name).done().unwrap();
    assert_eq!((linked(&owner, &third), let_in(&owner)), (None, 2));
    owner.done(&["profile", "link-wallet", &third, "--with-key"]).unwrap();
    owner.done(&["profile", "unlink-wallet", &name]).unwrap();
    assert_eq!((linked(&owner, &third), let_in(&owner)), (None, 3), "interrupted between store and nodes");
    unlink(&name).done().unwrap();
    assert_eq!(let_in(&owner), 2, "and finished by the same call");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_that_the_store_does_not_link_is_not_let_in_by_the_nodes() {
    let scene = Scene::enter().await;
    let owner = scene.role("owner", 2);
    owner.done(&["profile", "create"]).unwrap();
    let taken = scene.role("another", 5);
    taken.done(&["profile", "create", "--key", "random"]).unwrap();
    scene.import(&owner, 5);
    let link = owner.run(&["profile", "link-wallet", &taken.account, "--with-key"]).unwrap();
    link.refused("wallet_taken").unwrap();
    assert_eq!(let_in(&owner), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_that_is_removed_at_the_nodes_is_said_to_be_linked_still() {
    let scene = Scene::enter().await;
    let owner = scene.role("owner", 2);
    owner.done(&["profile", "create"]).unwrap();
    let second = scene.import(&owner, 3);
    owner.done(&["profile", "link-wallet", &second, "--with-key"]).unwrap();
    let removed = owner.done(&["key", "remove-wallet", &second]).unwrap();
    assert_eq!(removed["still_linked"], json!(linked(&owner, &second).unwrap()));
    owner.done(&["profile", "unlink-wallet", &text(&removed["still_linked"])]).unwrap();
    let again = owner.done(&["key", "remove-wallet", &second]).unwrap();
    assert_eq!(again["still_linked"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_to_a_shared_key_lets_in_the_wallets_of_the_folder_and_names_those_that_are_elsewhere() {
    let scene = Scene::enter().await;
    let owner = scene.role("owner", 2).with_password(PASSWORD);
    owner.done(&["profile", "create", "--key", "password"]).unwrap();
    let [second, third] = [3, 4].map(|key| scene.import(&owner, key));
    for account in [&second, &third] {
        owner.done(&["profile", "link-wallet", account]).unwrap();
    }
    let id = scene.store(&owner);
    let later = scene.role("later", 2).with_password(PASSWORD);
    scene.import(&later, 3);
    let changed = later.command_for_people(&["key", "change-to-mpc"]).unwrap().output().unwrap();
    let said = String::from_utf8(changed.stderr).unwrap();
    assert!(changed.status.success(), "{said}");
    let missing = linked(&owner, &third).unwrap();
    assert!(said.contains(&missing) && said.contains("idos key add-wallet"), "{said}");
    assert!(!said.contains(&linked(&owner, &second).unwrap()), "{said}");

    assert_eq!(let_in(&owner), 2);
    scene.assert_opens(&owner, &id);
    for (account, comes_back) in [(&second, true), (&third, false)] {
        let recovered = owner.run(&["--wallet", account, "key", "recover"]).unwrap();
        assert_eq!(recovered.done().is_ok(), comes_back, "{account}");
    }
}
