//! A share whose grant failed goes on with the copy that is stored.

use idos_grants::Namespace;
use idos_tests::role::RoleKey;
use serde_json::{Value, json};

use crate::cast::{Cast, text, when_no_longer};

#[tokio::test(flavor = "multi_thread")]
async fn a_share_whose_grant_failed_goes_on_with_the_same_copy() {
    let folder = tempfile::tempdir().unwrap();
    let cast = Cast::enter(folder.path(), Namespace::Eip155).await;
    let chain = cast.stage.first().unwrap().key(2).unwrap().chain;
    // Nobody has given this account anything to pay with.
    let key = RoleKey { chain, account_id: None, private_key: format!("0x{}", "5a".repeat(32)) };
    let poor = cast.stage.role_with(&key, "poor").unwrap();
    poor.done(&["profile", "create", "--key", "random"]).unwrap();
    let added = poor.done(&["credential", "add", "--claims", &cast.claims()]).unwrap();
    let (id, own) = (text(&added["data_id"]), text(&added["issuer"]));
    let copies = || -> Vec<Value> {
        let listed = poor.done(&["credential", "list"]).unwrap();
        let rows = listed.as_array().unwrap().iter();
        rows.filter(|row| !row["original"].is_null()).cloned().collect()
    };

    let share = ["share", &id, "--with", &cast.bank_profile, "--grantee", &cast.bank.account];
    let refused = poor.run(&share).unwrap();
    let idos_tests::binary::Answer::Refused(refused) = refused else { panic!("it cannot pay: {refused:?}") };
    let [stored] = &copies()[..] else { panic!("one copy is stored") };
    let copy = text(&stored["data_id"]);
    assert!(refused.message.contains(&format!("--copy {copy}")), "{refused:?}");
    assert_eq!(stored["shared"], "not_granted");

    let with = |copy: &str| [&share[..], &["--sign-only", "--copy", copy]].concat().join(" ");
    let go_on = |copy: &str| poor.run(&with(copy).split(' ').collect::<Vec<_>>()).unwrap();
    go_on(&id).refused("malformed").unwrap();
    let signed = go_on(&copy).done().unwrap();
    assert_eq!(text(&signed["data_id"]), copy);
    let file = cast.write("signed.json", &signed["signed_call"]);
    cast.bank.done(&["grants", "relay", &file]).unwrap();
    let fetch = ["fetch", &copy, "--trust", &own];
    let fetched = when_no_longer(&["grant_not_final", "not_found"], &cast.bank, &fetch);
    assert_eq!(fetched["good"], true, "{fetched}");
    let granted: Vec<_> = copies().iter().map(|row| row["shared"].clone()).collect();
    assert_eq!(granted, [json!("granted")], "no other copy was made");
}
