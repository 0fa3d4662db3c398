//! An issuer's side, through the binary: issuing that is killed and goes on, notes and statuses that outlive the original, and shares that move to what
//! replaces a credential.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

use std::{
    fs,
    process::Stdio,
    time::{Duration, Instant},
};

use idos_devnet_evm::BlockTime;
use idos_grants::Namespace;
use idos_tests::{binary::Answer, role::Role, stage::Stage};
use rand::{Rng, RngCore, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

const KILLS: usize = 12;
const LOCK_SECS: u64 = 20;
const STATUS_INDEX: &str = "42";

struct Cast {
    stage: Stage,
    issuer: Role,
    issuer_did: String,
    owner: Role,
    bank: Role,
    bank_profile: String,
}

impl Cast {
    async fn enter(folder: &std::path::Path, namespace: Namespace) -> Self {
        let mut stage = Stage::set_up_on(folder, &[namespace], BlockTime::EverySecs(1), "").await.unwrap();
        stage.node.wait_ready().unwrap();
        let [issuer, owner, bank] =
            [("issuer", 1), ("owner", 2), ("bank", 3)].map(|(name, key)| stage.role(name, key).unwrap());
        let [_, _, bank_profile] = [&issuer, &owner, &bank]
            .map(|role| text(&role.done(&["profile", "create", "--key", "random"]).unwrap()["id"]));
        let issuer_did = text(&issuer.done(&["issuer", "create"]).unwrap()["issuer"]);
        Self { stage, issuer, issuer_did, owner, bank, bank_profile }
    }

    /// A fresh consent, as a file; and the ids of original and issuer's copy.
    fn consent(&self) -> (String, String, String) {
        let arguments = ["consent", "--issuer", &self.issuer_did, "--issuer-account", &self.issuer.account];
        let consent = self.owner.done(&arguments).unwrap();
        let terms = &consent["write_grant"]["write_grant"];
        let (id, copy) = (text(&terms["credential_id"]), text(&terms["data_id"]));
        (self.write(&format!("consent-{id}.json"), &consent), id, copy)
    }

    fn write(&self, name: &str, value: &Value) -> String {
        let path = self.stage.file(name);
        fs::write(&path, value.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn claims(&self) -> String {
        self.write("claims.json", &json!({"givenName": "Ada", "birthDate": "1815-12-10"}))
    }

    /// Issues a credential; its id and that of the issuer's copy.
    fn issue(&self, more: &[&str]) -> (String, String) {
        let (consent, id, copy) = self.consent();
        let claims = self.claims();
        let arguments = ["credential", "issue", "--consent", &consent, "--claims", &claims];
        let issued = self.issuer.done(&[&arguments[..], more].concat()).unwrap();
        assert_eq!((text(&issued["data_id"]), &issued["done"]), (id.clone(), &json!(true)));
        (id, copy)
    }

    fn share(&self, id: &str, more: &[&str]) -> String {
        let arguments =
            ["share", id, "--with", &self.bank_profile, "--grantee", &self.bank.account, "--wait", "final"];
        text(&self.owner.done(&[&arguments[..], more].concat()).unwrap()["data_id"])
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// What a command answers once it no longer refuses with one of these.
fn when_no_longer(refused_with: &[&str], role: &Role, arguments: &[&str]) -> Value {
    let start = Instant::now();
    loop {
        match role.run(arguments).unwrap() {
            Answer::Done(value) => return value,
            Answer::Refused(refusal) => {
                assert!(refused_with.contains(&refusal.code.as_str()), "{refusal:?}");
                assert!(start.elapsed().as_secs() < 60, "it never ended: {refusal:?}");
                std::thread::sleep(Duration::from_millis(200));
            }
        }
    }
}

/// Runs a command and kills it after a while, if it has not ended.
fn run_and_kill(role: &Role, arguments: &[&str], after: Duration) {
    let mut command = role.command(arguments).unwrap();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuing_that_is_killed_again_and_again_ends_with_one_credential_and_one_grant() {
    let folder = tempfile::tempdir().unwrap();
    let cast = Cast::enter(folder.path(), Namespace::Eip155).await;
    let seed = std::env::var("IDOS_SEED").ok().and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| rand::rng().next_u64());
    println!("IDOS_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let (consent, id, copy) = cast.consent();
    let claims = cast.claims();
    let issue = ["credential", "issue", "--consent", &consent, "--claims", &claims];
    for _ in 0..KILLS {
        let is_pending = !cast.issuer.done(&["issuer", "pending"]).unwrap().as_array().unwrap().is_empty();
        let arguments: &[&str] = if is_pending { &["issuer", "resume", &id] } else { &issue };
        run_and_kill(&cast.issuer, arguments, Duration::from_millis(random.random_range(20..1500)));
    }
    let pending = cast.issuer.done(&["issuer", "pending"]).unwrap();
    if !pending.as_array().unwrap().is_empty() {
        assert_eq!(text(&pending[0]["data_id"]), id);
        cast.issuer.done(&["issuer", "resume", "--all"]).unwrap();
    } else if cast.owner.run(&["credential", "show", &id]).unwrap().done().is_err() {
        // Killed each time before anything was written down.
        cast.issuer.done(&issue).unwrap();
    }
    assert_eq!(cast.issuer.done(&["issuer", "pending"]).unwrap(), json!([]));
    let stored = cast.owner.done(&["credential", "list"]).unwrap();
    assert_eq!(stored.as_array().unwrap().len(), 2, "an original and a copy: {stored}");
    let verdict = when_no_longer(&["grant_not_final", "not_found"], &cast.issuer, &["fetch", &copy]);
    assert_eq!(verdict["good"], true, "{verdict}");
    let grants = cast.owner.done(&["grants", "list", "--data-id", &copy]).unwrap();
    assert_eq!(grants.as_array().unwrap().len(), 1, "{grants}");
    let issuances = cast.issuer.done(&["issuer", "issuances"]).unwrap();
    assert_eq!((issuances.as_array().unwrap().len(), &issuances[0]["grant"]), (1, &json!("final")));
    let again = cast.issuer.run(&issue).unwrap().refused("write_grant_used").unwrap();
    assert!(again.message.contains("used already"), "{again:?}");
    assert_eq!(
        cast.issuer.done(&["issuer", "pending"]).unwrap(),
        json!([]),
        "what is refused for good is not kept"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_without_its_grant_is_pending_until_it_is_resumed_or_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let cast = Cast::enter(folder.path(), Namespace::Eip155).await;
    let claims = cast.claims();
    let store = |consent: &str| {
        let arguments = ["credential", "issue", "--no-grant", "--consent", consent, "--claims", &claims];
        cast.issuer.run(&arguments).unwrap()
    };
    let (consent, id, copy) = cast.consent();
    assert_eq!(store(&consent).done().unwrap()["done"], false);
    store(&consent).refused("issuance_pending").unwrap();
    let pending = cast.issuer.done(&["issuer", "pending"]).unwrap();
    assert_eq!((text(&pending[0]["data_id"]), &pending[0]["step"]), (id.clone(), &json!("stored")));
    let resumed = cast.issuer.done(&["issuer", "resume", &id]).unwrap();
    assert!(resumed["grant"]["transaction"].is_string(), "{resumed}");
    cast.issuer.run(&["issuer", "resume", &id]).unwrap().refused("not_found").unwrap();
    when_no_longer(&["grant_not_final", "not_found"], &cast.issuer, &["fetch", &copy]);

    let (consent, id, copy) = cast.consent();
    store(&consent).done().unwrap();
    cast.issuer.done(&["issuer", "abandon", &id]).unwrap();
    assert_eq!(cast.issuer.done(&["issuer", "pending"]).unwrap(), json!([]));
    assert_eq!(cast.owner.done(&["credential", "open", &id]).unwrap()["good"], true, "it is its owner's");
    cast.issuer.run(&["fetch", &copy]).unwrap().refused("not_found").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn on_near_the_owner_signs_the_issuers_grant_too() {
    let folder = tempfile::tempdir().unwrap();
    let cast = Cast::enter(folder.path(), Namespace::Near).await;
    let (consent, id, copy) = cast.consent();
    let read: Value = serde_json::from_slice(&fs::read(&consent).unwrap()).unwrap();
    assert_eq!(read["grant_call"]["kind"], "delegate_action");
    // Another's call under this consent would be paid for, too.
    let (other, ..) = cast.consent();
    let mut swapped: Value = serde_json::from_slice(&fs::read(&other).unwrap()).unwrap();
    swapped["write_grant"] = read["write_grant"].clone();
    let swapped = cast.write("swapped.json", &swapped);
    let claims = cast.claims();
    let issue = |consent: &str| {
        cast.issuer.run(&["credential", "issue", "--consent", consent, "--claims", &claims]).unwrap()
    };
    issue(&swapped).refused("unsupported").unwrap();
    let issued = issue(&consent).done().unwrap();
    assert_eq!((text(&issued["data_id"]), &issued["done"]), (id, &json!(true)));
    let verdict = when_no_longer(&["grant_not_final", "not_found"], &cast.issuer, &["fetch", &copy]);
    assert_eq!(verdict["good"], true, "{verdict}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_outlives_its_original_with_its_status_and_notes_to_be_seen() {
    let folder = tempfile::tempdir().unwrap();
    let cast = Cast::enter(folder.path(), Namespace::Eip155).await;
    let (id, _) = cast.issue(&["--status-index", STATUS_INDEX, "--notes", r#"{"level":"plus"}"#]);
    let copy = cast.share(&id, &[]);
    cast.owner.done(&["credential", "delete", &id]).unwrap();

    let judged = |more: &[&str]| cast.bank.done(&[&["fetch", copy.as_str()], more].concat()).unwrap();
    let by_list = || judged(&["--status-from", "list"]);
    assert_eq!((&by_list()["status"], &by_list()["good"]), (&json!("valid"), &json!(true)));
    let renewed = cast.issuer.done(&["credential", "notes", &id, "--notes", r#"{"level":"best"}"#]).unwrap();
    assert_eq!(renewed["version"], 2);
    assert_eq!(judged(&["--min-notes-version", "2"])["notes_version"], 2);
    let outdated = judged(&["--min-notes-version", "3"]);
    assert_eq!((&outdated["notes"], &outdated["good"]), (&json!("outdated"), &json!(false)));

    let set = |status: &str| cast.issuer.run(&["status", "set", "--index", STATUS_INDEX, status]).unwrap();
    for (said, seen) in
        [("suspended", "suspended"), ("valid", "valid"), ("suspended", "suspended"), ("revoked", "revoked")]
    {
        set(said).done().unwrap();
        assert_eq!(judged(&["--status-from", "chain"])["status"], seen);
        let start = Instant::now();
        while by_list()["status"] != seen {
            assert!(start.elapsed().as_secs() < 30, "the list never said {seen}");
            std::thread::sleep(Duration::from_millis(200));
        }
        assert_eq!(judged(&["--status-from", "node"])["status"], seen);
    }
    for status in ["valid", "suspended"] {
        set(status).refused("CredentialRevoked").unwrap();
    }
    let other = "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH";
    let arguments = ["fetch", &copy, "--status-from", "list", "--node-did", other];
    let forged = cast.bank.run(&arguments).unwrap().refused("forged").unwrap();
    assert!(forged.message.contains("somebody else than the node"), "{forged:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn shares_move_to_the_credential_that_replaces_another() {
    let folder = tempfile::tempdir().unwrap();
    let cast = Cast::enter(folder.path(), Namespace::Eip155).await;
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
    let verdict = when_no_longer(&["grant_not_final", "not_found"], &cast.bank, &["fetch", &new_copy]);
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
async fn claims_that_do_not_follow_their_schema_are_not_issued() {
    let folder = tempfile::tempdir().unwrap();
    let cast = Cast::enter(folder.path(), Namespace::Eip155).await;
    let schema = |required: &str| {
        let schema = json!({
            "$id": format!("https://issuer.example/{required}.json"),
            "properties": {"credentialSubject": {"required": [required]}},
        });
        cast.write(&format!("{required}.json"), &schema)
    };
    let (consent, id, _) = cast.consent();
    let claims = cast.claims();
    let issue = |schema: &str| {
        let arguments =
            ["credential", "issue", "--consent", &consent, "--claims", &claims, "--schema", schema];
        cast.issuer.run(&arguments).unwrap()
    };
    let refused = issue(&schema("familyName")).refused("malformed").unwrap();
    assert!(refused.message.contains("/credentialSubject"), "{refused:?}");
    let remote =
        cast.write("remote.json", &json!({"$id": "https://x.example/1", "$ref": "http://127.0.0.1:1/x"}));
    issue(&remote).refused("failed").unwrap();
    issue(&schema("givenName")).done().unwrap();
    let path = cast.stage.file("opened.json");
    cast.owner.done(&["credential", "open", &id, "-o", path.to_str().unwrap()]).unwrap();
    let opened: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    assert_eq!(
        opened["credentialSchema"],
        json!({"id": "https://issuer.example/givenName.json", "type": "JsonSchema"})
    );
    let good = |schema: &str| {
        cast.owner.done(&["credential", "open", &id, "--schema", schema]).unwrap()["good"].clone()
    };
    assert_eq!((good(&schema("givenName")), good(&schema("familyName"))), (json!(true), json!(false)));
}
