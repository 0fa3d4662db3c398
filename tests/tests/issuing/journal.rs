//! Issuing is all or nothing, also if it is killed.

use std::{fs, process::Stdio, time::Duration};

use idos_grants::Namespace;
use idos_tests::role::Role;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use crate::cast::{Cast, text, when_no_longer};

const KILLS: usize = 12;

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
    let mut random = StdRng::seed_from_u64(idos_tests::random::seed());
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
    let verdict = when_no_longer(
        &["grant_not_final", "not_found"],
        &cast.issuer,
        &["fetch", &copy, "--trust", &cast.issuer_did],
    );
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

    // Anybody may send the grant that the owner signed, once; then nothing is left to be sent.
    let (consent, id, copy) = cast.consent();
    store(&consent).done().unwrap();
    let relay = ["grants", "relay", &consent];
    cast.bank.done(&relay).unwrap();
    assert!(cast.bank.run(&relay).unwrap().done().is_err(), "it works once");
    let resumed = cast.issuer.done(&["issuer", "resume", &id]).unwrap();
    assert_eq!((&resumed["done"], &resumed["grant"]), (&json!(true), &json!(null)), "{resumed}");
    when_no_longer(&["grant_not_final", "not_found"], &cast.issuer, &["fetch", &copy]);
    let claims_file = cast.claims();
    cast.bank.run(&["grants", "relay", &claims_file]).unwrap().refused("failed").unwrap();

    let (consent, id, copy) = cast.consent();
    store(&consent).done().unwrap();
    cast.issuer.done(&["issuer", "abandon", &id]).unwrap();
    assert_eq!(cast.issuer.done(&["issuer", "pending"]).unwrap(), json!([]));
    assert_eq!(
        cast.owner.done(&["credential", "open", &id, "--trust", &cast.issuer_did]).unwrap()["good"],
        true,
        "it is its owner's"
    );
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
    let verdict = when_no_longer(
        &["grant_not_final", "not_found"],
        &cast.issuer,
        &["fetch", &copy, "--trust", &cast.issuer_did],
    );
    assert_eq!(verdict["good"], true, "{verdict}");
}
