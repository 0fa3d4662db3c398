//! What an issuer's schema does not allow is not issued.

use std::fs;

use idos_grants::Namespace;
use serde_json::{Value, json};

use crate::cast::Cast;

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
        let open = ["credential", "open", &id, "--trust", &cast.issuer_did, "--schema", schema];
        cast.owner.done(&open).unwrap()["good"].clone()
    };
    assert_eq!((good(&schema("givenName")), good(&schema("familyName"))), (json!(true), json!(false)));
}
