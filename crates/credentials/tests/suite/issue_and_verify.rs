//! What an issuer issues, anybody verifies; whatever was changed since, nobody does.

use std::time::Instant;

use base64::{Engine, engine::general_purpose::STANDARD};
use idos_credentials::{
    Check, CredentialDraft, CredentialSchema, Expectations, IssuerDid, IssuerKey, JsonError,
    MAX_CREDENTIAL_LEN, Outcome, PublicNotes, Requirements, Schema, StatusEntry, Verdict, draft::IssueError,
    issue, verify,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::alterations::alterations;

const NOW: u64 = 1_700_000_000;
const SUBJECT: &str = "did:example:ada";
const STATUS: &str = "caip10:eip155:31337:0x00000000000000000000000000000000000000c0\
                      ?issuer=0x00000000000000000000000000000000000000a1&list=0&index=7";

fn key() -> IssuerKey {
    IssuerKey::from_seed(&[7; 32]).unwrap()
}

fn draft() -> CredentialDraft {
    let claims = json!({
        "givenName": "Ada",
        "adult": true,
        "children": 3,
        "height": 1.65,
        "spouse": null,
        "sanctions": [],
        "name": "a term of the base context",
        "proof": "a claim by an unlucky name",
        "type": "Person",
        "addresses": [{"city": "London", "since": 1835}, {"city": "Ockham"}],
        "a term with \"quotes\" and é": {"inside": ["x", ["y"]]},
        "document": format!("data:application/pdf;base64,{}", STANDARD.encode(b"%PDF-1.4")),
    });
    let Value::Object(claims) = claims else { unreachable!() };
    CredentialDraft {
        types: vec!["ProofOfResidence".to_owned()],
        valid_until: Some(NOW + 1000),
        claims,
        status: Some(StatusEntry {
            reference: STATUS.parse().unwrap(),
            lists_url: "https://node.example/v1/status-lists".to_owned(),
        }),
        schema: Some(Schema {
            id: "https://issuer.example/schema.json".to_owned(),
            kind: "JsonSchema".to_owned(),
        }),
        ..CredentialDraft::new(Uuid::from_u128(7), SUBJECT.to_owned(), NOW)
    }
}

fn issued() -> Value {
    issue(draft(), &key(), NOW).unwrap()
}

fn verdict(credential: &Value) -> Verdict {
    verify(&serde_json::to_vec(credential).unwrap(), NOW, &Expectations::default())
}

fn failed(verdict: &Verdict) -> Vec<Check> {
    verdict.failures().map(|(check, _)| check).collect()
}

#[test]
fn an_issued_credential_is_valid_and_says_what_was_drafted() {
    let trusted = [key().did()];
    let required = requirements("ProofOfResidence", &["/addresses/1/city"], &trusted);
    let expectations = Expectations {
        issuers: Some(&trusted),
        subject: Some(SUBJECT),
        requirements: Some(&required),
        ..Expectations::default()
    };
    let json = serde_json::to_vec_pretty(&issued()).unwrap();
    let verdict = verify(&json, NOW, &expectations);

    assert!(verdict.is_valid(), "{verdict:?}");
    let mut asked = verdict.checks.iter().filter(|result| result.check != Check::Schema);
    assert!(asked.all(|result| result.outcome == Outcome::Pass));
    assert_eq!(verdict.outcome(Check::Schema), Some(&Outcome::NotAsked));
    let credential = verdict.credential.unwrap();
    assert_eq!(credential.id, Some(Uuid::from_u128(7).urn().to_string()));
    assert_eq!(credential.types, ["VerifiableCredential", "ProofOfResidence"]);
    assert_eq!(credential.issuer, key().did().to_string());
    assert_eq!((credential.valid_from, credential.valid_until), (Some(NOW), Some(NOW + 1000)));
    assert_eq!(credential.status.unwrap().to_string(), STATUS);
    assert_eq!(credential.claims, draft().claims);
}

#[test]
fn no_claim_and_no_other_part_can_be_altered() {
    let credential = issued();
    let alterations = alterations(&credential);
    assert!(alterations.len() > 100);
    for (place, altered) in alterations {
        assert!(!verdict(&altered).is_valid(), "{place}");
    }
}

fn requirements(kind: &str, fields: &[&str], issuers: &[IssuerDid]) -> Requirements {
    let fields = fields.iter().map(|field| field.parse().unwrap()).collect();
    Requirements::new(
        vec!["Other".to_owned(), kind.to_owned()],
        fields,
        issuers.iter().cloned().map(Into::into).collect(),
    )
    .unwrap()
}

#[test]
fn a_verdict_says_what_a_request_asks_for_in_vain() {
    let stranger = [IssuerKey::from_seed(&[8; 32]).unwrap().did()];
    let own = [key().did()];
    let json = serde_json::to_vec(&issued()).unwrap();
    type Row<'a> = (&'a str, Requirements, Option<&'a [IssuerDid]>, &'a [Check]);
    let table: [Row<'_>; 6] = [
        ("met", requirements("ProofOfResidence", &["givenName"], &[]), None, &[]),
        ("another type", requirements("Diploma", &[], &own), None, &[Check::Type]),
        (
            "a field that is null",
            requirements("ProofOfResidence", &["givenName", "spouse"], &[]),
            None,
            &[Check::Fields],
        ),
        ("another issuer", requirements("ProofOfResidence", &[], &stranger), None, &[Check::Trust]),
        (
            "another issuer than the caller trusts",
            requirements("ProofOfResidence", &[], &own),
            Some(&stranger),
            &[Check::Trust],
        ),
        (
            "nothing",
            requirements("Diploma", &["x"], &stranger),
            None,
            &[Check::Trust, Check::Type, Check::Fields],
        ),
    ];
    for (name, required, issuers, expected) in table {
        let expectations = Expectations { issuers, requirements: Some(&required), ..Expectations::default() };
        assert_eq!(failed(&verify(&json, NOW, &expectations)), expected, "{name}");
    }
}

#[test]
fn a_verdict_says_which_check_failed() {
    let stranger = [IssuerKey::from_seed(&[8; 32]).unwrap().did()];
    let none = Expectations::default();
    let table: [(&str, u64, Expectations<'_>, &[Check]); 7] = [
        ("good", NOW, none, &[]),
        ("the last second", NOW + 1000, none, &[]),
        ("expired", NOW + 1001, none, &[Check::Period]),
        ("not yet", NOW - 1, none, &[Check::Period]),
        ("another issuer trusted", NOW, Expectations { issuers: Some(&stranger), ..none }, &[Check::Trust]),
        ("nobody trusted", NOW, Expectations { issuers: Some(&[]), ..none }, &[Check::Trust]),
        (
            "another subject",
            NOW,
            Expectations { subject: Some("did:example:bob"), ..none },
            &[Check::Subject],
        ),
    ];
    let json = serde_json::to_vec(&issued()).unwrap();
    for (name, now, expectations, expected) in table {
        assert_eq!(failed(&verify(&json, now, &expectations)), expected, "{name}");
    }
    assert_eq!(verdict(&issued()).outcome(Check::Trust), Some(&Outcome::NotAsked));
}

#[test]
fn a_verdict_is_json_for_scripts() {
    let json = serde_json::to_vec(&issued()).unwrap();
    let verdict = serde_json::to_value(verify(&json, NOW - 1, &Expectations::default())).unwrap();
    assert_eq!(verdict["checks"][0], json!({"check": "form", "outcome": "pass"}));
    assert_eq!(
        verdict["checks"][5],
        json!({"check": "period", "outcome": "fail", "reason": "the credential is valid from 2023-11-14T22:13:20Z on"})
    );
    assert_eq!(verdict["checks"][6], json!({"check": "subject", "outcome": "not_asked"}));
    assert_eq!(verdict["credential"]["status"], STATUS);
}

#[test]
fn another_key_cannot_sign_for_an_issuer() {
    let forger = IssuerKey::from_seed(&[8; 32]).unwrap();
    let mut forged = issue(draft(), &forger, NOW).unwrap();
    forged["issuer"] = json!(key().did());
    assert_eq!(failed(&verdict(&forged)), [Check::Proof], "the issuer is signed");
    let mut forged = issue(draft(), &forger, NOW).unwrap();
    forged["proof"]["verificationMethod"] = json!(key().did().verification_method());
    assert_eq!(failed(&verdict(&forged)), [Check::Proof], "the method is signed");
}

#[test]
fn what_is_no_credential_fails_the_form_check_alone() {
    let with = |pointer: &str, value: Value| {
        let mut credential = issued();
        *credential.pointer_mut(pointer).unwrap() = value;
        credential
    };
    let table = [
        ("unknown context", with("/@context/1", json!("https://evil.example/")), "https://evil.example/"),
        ("inline context", with("/@context/1", json!({"a": "b:c"})), "@context"),
        (
            "other base context",
            with("/@context/0", json!("https://www.w3.org/2018/credentials/v3")),
            "@context",
        ),
        ("not a credential", with("/type", json!("VerifiablePresentation")), "VerifiableCredential"),
        ("issuer no IRI", with("/issuer", json!("ada")), "issuer"),
        ("id no IRI", with("/id", json!(7)), "id"),
        ("time no time", with("/validFrom", json!("2023-11-14")), "validFrom"),
        ("two subjects", with("/credentialSubject", json!([{}, {}])), "credentialSubject"),
        ("status spoilt", with("/credentialStatus/0/statusListIndex", json!("8")), "caip10:"),
    ];
    for (name, credential, reason) in table {
        let verdict = verdict(&credential);
        let failures: Vec<_> = verdict.failures().collect();
        assert!(matches!(failures[..], [(Check::Form, why)] if why.contains(reason)), "{name}: {failures:?}");
        assert_eq!((verdict.checks.len(), verdict.is_valid()), (1, false), "{name}");
    }
}

#[test]
fn drafts_that_nobody_could_verify_are_not_issued() {
    type Change = fn(&mut CredentialDraft);
    let draft_error = |field| IssueError::Draft { field };
    let table: [(&str, Change, IssueError); 10] = [
        ("an id among the claims", |d| _ = d.claims.insert("id".into(), json!("x:y")), draft_error("claims")),
        ("a keyword", |d| _ = d.claims.insert("@context".into(), json!({})), draft_error("claims")),
        ("a subject that is no IRI", |d| d.subject = "ada".into(), draft_error("subject")),
        ("a type with a space", |d| d.types.push("Proof Of".into()), draft_error("types")),
        ("the type twice", |d| d.types.push("VerifiableCredential".into()), draft_error("types")),
        (
            "a period that ends before it begins",
            |d| d.valid_until = Some(NOW - 1),
            draft_error("valid_until"),
        ),
        (
            "a lists URL that is none",
            |d| d.status.as_mut().unwrap().lists_url = "node".into(),
            draft_error("status"),
        ),
        (
            "a schema that is no IRI",
            |d| d.schema.as_mut().unwrap().id = "schema".into(),
            draft_error("schema"),
        ),
        ("milliseconds", |d| d.valid_until = Some(NOW * 1000), IssueError::Time),
        (
            "a number that loses digits",
            |d| _ = d.claims.insert("n".into(), json!(u64::MAX)),
            IssueError::Json(JsonError::Malformed(
                "the number 18446744073709551615 is beyond 2^53 - 1: write it as a string".into(),
            )),
        ),
    ];
    for (name, change, expected) in table {
        let mut draft = draft();
        change(&mut draft);
        let error = issue(draft, &key(), NOW).unwrap_err();
        match (&error, &expected) {
            (IssueError::Json(JsonError::Malformed(why)), IssueError::Json(JsonError::Malformed(part))) => {
                assert!(why.starts_with(part.as_str()), "{name}: {why}");
            }
            _ => assert_eq!(error, expected, "{name}"),
        }
    }
}

#[test]
fn a_document_of_two_megabytes_is_signed_and_verified() {
    let photo: Vec<u8> = (0..2_u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut draft = draft();
    draft
        .claims
        .insert("document".into(), json!(format!("data:image/jpeg;base64,{}", STANDARD.encode(photo))));
    let started = Instant::now();
    let json = serde_json::to_vec(&issue(draft, &key(), NOW).unwrap()).unwrap();
    let signed = started.elapsed();
    assert!(verify(&json, NOW, &Expectations::default()).is_valid());
    println!("{} bytes: issued in {signed:?}, verified in {:?}", json.len(), started.elapsed() - signed);

    let mut altered = json;
    let middle = altered.len() / 2;
    altered[middle] = if altered[middle] == b'A' { b'B' } else { b'A' };
    assert_eq!(failed(&verify(&altered, NOW, &Expectations::default())), [Check::Proof]);
}

#[test]
fn too_long_a_credential_is_neither_issued_nor_read() {
    let mut draft = draft();
    draft.claims.insert("document".into(), json!("x".repeat(MAX_CREDENTIAL_LEN)));
    let too_long = JsonError::TooLong { max_len: MAX_CREDENTIAL_LEN };
    assert_eq!(issue(draft, &key(), NOW), Err(IssueError::Json(too_long)));
    assert_eq!(
        failed(&verify(&vec![b' '; MAX_CREDENTIAL_LEN + 1], NOW, &Expectations::default())),
        [Check::Form]
    );
}

#[test]
fn notes_describe_the_credential_they_were_made_for() {
    let credential = verdict(&issued()).credential.unwrap();
    let more: Map<String, Value> = [("level".to_owned(), json!("plus"))].into_iter().collect();
    let notes = PublicNotes::of(&credential, more).unwrap();
    assert!(notes.describe(&credential));
    assert_eq!(notes.types(), ["ProofOfResidence"]);
    assert!(!notes.as_str().contains("Ada"));

    let mut other = draft();
    other.id = Uuid::from_u128(8);
    let other = verdict(&issue(other, &key(), NOW).unwrap()).credential.unwrap();
    assert!(!notes.describe(&other));
    let reserved = [("status".to_owned(), json!(STATUS))].into_iter().collect();
    assert!(PublicNotes::of(&credential, reserved).is_err());
}

proptest! {
    #[test]
    fn a_spoilt_byte_never_panics_and_never_verifies(position: prop::sample::Index, byte: u8) {
        let credential = issued();
        let mut json = serde_json::to_vec(&credential).unwrap();
        let position = position.index(json.len());
        json[position] = byte;
        let same = serde_json::from_slice::<Value>(&json).is_ok_and(|altered| altered == credential);
        prop_assert_eq!(verify(&json, NOW, &Expectations::default()).is_valid(), same);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(!verify(&bytes, NOW, &Expectations::default()).is_valid());
    }

    #[test]
    fn arbitrary_values_anywhere_never_panic(place in 0_usize..14, suite in 0_usize..3, value in arbitrary_json()) {
        let mut credential = issued();
        match suite {
            0 => {}
            1 => credential["proof"]["cryptosuite"] = json!("eddsa-rdfc-2022"),
            _ => credential["proof"] = json!({
                "type": "Ed25519Signature2020",
                "proofPurpose": "assertionMethod",
                "verificationMethod": key().did().verification_method(),
                "proofValue": credential["proof"]["proofValue"],
            }),
        }
        let fields = ["@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialStatus",
            "credentialSchema", "credentialSubject", "proof", "evidence", "termsOfUse", "relatedResource", "name"];
        credential[fields[place]] = value;
        prop_assert!(!verdict(&credential).is_valid());
    }
}

fn arbitrary_json() -> impl Strategy<Value = Value> {
    let texts = [
        "",
        "x",
        "id",
        "_:b",
        "a:b",
        "https://x.example/ü",
        "@type",
        "VerifiableCredential",
        "2023-01-01T00:00:00Z",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(texts.to_vec()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let names =
        ["id", "type", "@id", "@type", "@value", "@context", "@graph", "issuer", "name", "proof", "x"];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(
                prop::sample::select(names.to_vec()).prop_map(str::to_owned),
                inner,
                0..4
            )
            .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

#[test]
fn a_reader_asks_for_a_schema() {
    let schema = |city: &str| {
        let schema = json!({
            "$id": "https://issuer.example/schema.json",
            "properties": {"credentialSubject": {"required": [city]}},
        });
        CredentialSchema::parse(&serde_json::to_vec(&schema).unwrap()).unwrap()
    };
    let json = serde_json::to_vec(&issued()).unwrap();
    for (required, failures) in [("givenName", vec![]), ("familyName", vec![Check::Schema])] {
        let schema = schema(required);
        let expectations = Expectations { schema: Some(&schema), ..Expectations::default() };
        assert_eq!(failed(&verify(&json, NOW, &expectations)), failures, "{required}");
    }
}
