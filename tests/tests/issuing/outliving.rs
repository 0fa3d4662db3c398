//! Copies outlive their original, and still say what their issuer says.

use std::time::{Duration, Instant};

use idos_grants::Namespace;
use serde_json::json;

use crate::cast::Cast;

const STATUS_INDEX: &str = "42";

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_outlives_its_original_with_its_status_and_notes_to_be_seen() {
    let folder = tempfile::tempdir().unwrap();
    let cast = Cast::enter(folder.path(), Namespace::Eip155).await;
    let (id, _) = cast.issue(&["--status-index", STATUS_INDEX, "--notes", r#"{"level":"plus"}"#]);
    let copy = cast.share(&id, &[]);
    cast.owner.done(&["credential", "delete", &id]).unwrap();

    let judged = |more: &[&str]| {
        let fetch = ["fetch", copy.as_str(), "--trust", &cast.issuer_did];
        cast.bank.done(&[&fetch[..], more].concat()).unwrap()
    };
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
