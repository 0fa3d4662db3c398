//! Shares move to the credential that replaces another.

use std::time::Duration;

use idos_grants::Namespace;
use idos_tests::binary::Answer;
use serde_json::{Value, json};

use crate::cast::{Cast, text, when_no_longer};

const LOCK_SECS: u64 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn shares_move_to_the_credential_that_replaces_another() {
    shares_move_on(Namespace::Eip155).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shares_move_on_near() {
    shares_move_on(Namespace::Near).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shares_move_on_stellar() {
    shares_move_on(Namespace::Stellar).await;
}

async fn shares_move_on(namespace: Namespace) {
    let folder = tempfile::tempdir().unwrap();
    let cast = Cast::enter(folder.path(), namespace).await;
    let (old, old_issuer_copy) = cast.issue(&[]);
    let old_id = {
        let shown = cast.owner.done(&["credential", "show", &old]).unwrap();
        let notes: Value = serde_json::from_str(&text(&shown["public_notes"])).unwrap();
        text(&notes["id"])
    };
    let open = cast.share(&old, &[]);
    let (unrelated, _) =
        cast.issue(&["--notes", r#"{"replaces":"urn:uuid:9f51b3b2-4cbe-4c2b-8ea3-0b0c1b2f1a11"}"#]);
    let (new, _) = cast.issue(&["--notes", &json!({ "replaces": old_id }).to_string()]);

    cast.owner
        .run(&["credential", "replace", &old, &unrelated, "--yes"])
        .unwrap()
        .refused("malformed")
        .unwrap();
    cast.owner
        .run(&["credential", "replace", &open, &new, "--yes"])
        .unwrap()
        .refused("copy_of_copy")
        .unwrap();
    cast.owner.run(&["credential", "replace", &old, &new]).unwrap().refused("failed").unwrap();
    let locked = cast.share(&old, &["--lock", &format!("{LOCK_SECS}s")]);
    let replaced = cast.owner.done(&["credential", "replace", &old, &new, "--yes"]).unwrap();
    assert_eq!((&replaced["replacement"], &replaced["failed"]), (&json!("stated"), &json!([])));
    let moved = |old_copy: &str| {
        let moved = replaced["moved"].as_array().unwrap();
        moved.iter().find(|one| one["old_copy"] == old_copy).unwrap_or_else(|| panic!("{replaced}")).clone()
    };
    assert_eq!(moved(&open)["old_grant"]["state"], "revoked");
    assert_eq!(moved(&locked)["old_grant"]["state"], "locked");
    assert_eq!(
        moved(&old_issuer_copy)["old_grant"]["state"],
        "revoked",
        "the issuer has the new one already"
    );
    let new_copy = text(&moved(&open)["new_copy"]);
    let verdict = when_no_longer(
        &["grant_not_final", "not_found"],
        &cast.bank,
        &["fetch", &new_copy, "--trust", &cast.issuer_did],
    );
    assert_eq!(verdict["good"], true);
    let revoked = cast.bank.run(&["fetch", &open]).unwrap();
    assert!(matches!(revoked, Answer::Refused(_)), "{revoked:?}");

    std::thread::sleep(Duration::from_secs(LOCK_SECS));
    let rest = cast.owner.done(&["credential", "replace", &old, &new, "--yes"]).unwrap();
    let rest = rest["moved"].as_array().unwrap();
    assert_eq!(rest.len(), 1, "{rest:?}");
    assert_eq!((text(&rest[0]["old_copy"]), &rest[0]["old_grant"]["state"]), (locked, &json!("revoked")));
    assert_eq!(rest[0]["granted"], Value::Null, "it was moved before");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_with_another_wallet_than_stated_the_key_needs_that_wallets_word_and_moves_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let cast = Cast::enter(folder.path(), Namespace::Eip155).await;
    let second = cast.bank.import(cast.stage.first().unwrap().key(4).unwrap()).unwrap();
    cast.bank.done(&["profile", "link-wallet", &second]).unwrap();
    let (old, _) = cast.issue(&[]);
    let share = ["share", &old, "--with", &cast.bank_profile, "--grantee", &second];
    let refused = cast.owner.run(&share).unwrap().refused("forged").unwrap();
    assert!(refused.message.contains("state the key by the named one"), "{refused:?}");
    let by_first = cast.write("first.json", &cast.bank.done(&["profile", "key-statement"]).unwrap());
    let by_second = cast.bank.done(&["--wallet", &second, "profile", "key-statement"]).unwrap();
    let by_second = cast.write("second.json", &by_second);
    let with = |file: &str| cast.owner.run(&[&share[..], &["--key-statement", file]].concat()).unwrap();
    with(&by_first).refused("forged").unwrap();
    let copy = text(&with(&by_second).done().unwrap()["data_id"]);
    let fetched = when_no_longer(
        &["grant_not_final", "not_found"],
        &cast.bank,
        &["fetch", &copy, "--trust", &cast.issuer_did],
    );
    assert_eq!(fetched["good"], true, "{fetched}");

    let (new, _) = cast.issue(&[]);
    let replace = ["credential", "replace", &old, &new, "--yes"];
    let moved = cast.owner.run(&replace).unwrap();
    assert!(matches!(moved, Answer::Refused(_)), "the share with the second wallet cannot move: {moved:?}");
    let moved = cast.owner.done(&[&replace[..], &["--key-statement", &by_second]].concat()).unwrap();
    let moved = moved["moved"].as_array().unwrap();
    let moved = moved.iter().find(|one| one["old_copy"] == copy.as_str()).unwrap();
    assert_eq!(moved["old_grant"]["state"], "revoked", "{moved}");
    let new_copy = text(&moved["new_copy"]);
    let fetched = when_no_longer(
        &["grant_not_final", "not_found"],
        &cast.bank,
        &["fetch", &new_copy, "--trust", &cast.issuer_did],
    );
    assert_eq!(fetched["good"], true, "{fetched}");
}
