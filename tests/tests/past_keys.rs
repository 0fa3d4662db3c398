//! A copy that was received stays readable after its reader has changed her key, again and again; elsewhere, by the password of then.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here is a failed test")]

use std::{fs, time::Duration};

use idos_devnet_evm::BlockTime;
use idos_grants::Namespace;
use idos_tests::{binary::Answer, role::Role, stage::Stage};
use serde_json::{Value, json};

/// Three passwords that are strong enough, one after the other.
const PASSWORDS: [&str; 3] =
    ["correct horse battery staple", "staple battery horse correct", "horse staple correct battery"];

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// What a reader finds in a copy, once its grant is final.
fn read(stage: &Stage, reader: &Role, copy: &str) -> Value {
    let file = stage.file("read.json");
    let fetch = ["fetch", copy, "--output", file.to_str().unwrap()];
    for _ in 0..300 {
        match reader.run(&fetch).unwrap() {
            Answer::Done(_) => {
                let opened: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
                return opened["credentialSubject"]["colour"].clone();
            }
            Answer::Refused(refusal) if refusal.code == "grant_not_final" || refusal.code == "not_found" => {
                std::thread::sleep(Duration::from_millis(100));
            }
            Answer::Refused(refusal) => panic!("{refusal:?}"),
        }
    }
    panic!("its grant never became final");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_received_before_a_change_of_keys_is_read_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let every_second = BlockTime::EverySecs(1);
    let mut stage = Stage::set_up_on(folder.path(), &[Namespace::Eip155], every_second, "").await.unwrap();
    stage.node.wait_ready().unwrap();
    let owner = stage.role("owner", 2).unwrap();
    owner.done(&["profile", "create", "--key", "random"]).unwrap();
    let bank = stage.role("bank", 3).unwrap().with_password(PASSWORDS[0]);
    let profile = text(&bank.done(&["profile", "create", "--key", "password"]).unwrap()["id"]);
    let claims = stage.write_json("claims.json", &json!({"colour": "green"})).unwrap();
    let stored = owner.done(&["credential", "add", "--type", "Preferences", "--claims", &claims]).unwrap();
    let share = ["share", &text(&stored["data_id"]), "--with", &profile, "--grantee", &bank.account];
    let copy = text(&owner.done(&share).unwrap()["data_id"]);
    assert_eq!(read(&stage, &bank, &copy), "green");

    // From password to password, to a random key, to a password.
    let change = |bank: &Role, to: &str| bank.done(&["profile", "change-key", "--key", to]).unwrap();
    change(&bank.clone().with_new_password(PASSWORDS[1]), "password");
    let bank = bank.with_password(PASSWORDS[1]);
    assert_eq!(read(&stage, &bank, &copy), "green", "after one change");
    change(&bank, "random");
    assert_eq!(read(&stage, &bank, &copy), "green", "after two changes");
    change(&bank.clone().with_new_password(PASSWORDS[2]), "password");
    let bank = bank.with_password(PASSWORDS[2]);
    assert_eq!(read(&stage, &bank, &copy), "green", "after three changes");
    let archive = stage.file("bank.zip");
    let exported = bank.done(&["profile", "export", archive.to_str().unwrap()]).unwrap();
    assert_eq!((&exported["credentials"], &exported["not_exported"]), (&json!(1), &json!([])));

    // In another folder, where nothing is kept, the password of then opens it, and no other.
    let key = stage.first().unwrap().key(3).unwrap();
    let elsewhere = stage.role_with(key, "bank elsewhere").unwrap().with_password(PASSWORDS[2]);
    let fetch = ["fetch", &copy];
    elsewhere.run(&fetch).unwrap().refused("failed").unwrap();
    for wrong in [PASSWORDS[1], PASSWORDS[2]] {
        let elsewhere = elsewhere.clone().with_past_password(wrong);
        elsewhere.run(&fetch).unwrap().refused("wrong_key").unwrap();
    }
    assert_eq!(read(&stage, &elsewhere.with_past_password(PASSWORDS[0]), &copy), "green");
}
