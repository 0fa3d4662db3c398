use std::time::Instant;

use serde_json::json;

use super::*;
use crate::{Check, Expectations, IssuerKey, KnownKey, Outcome, Verdict, proof::encode_signature, verify};

const NOW: u64 = 1_700_000_000;
const VCDM_1: &str = "https://www.w3.org/2018/credentials/v1";
const VCDM_2: &str = "https://www.w3.org/ns/credentials/v2";
const ED25519_2020: &str = "https://w3id.org/security/suites/ed25519-2020/v1";
const EXAMPLES_2: &str = "https://www.w3.org/ns/credentials/examples/v2";

fn key() -> IssuerKey {
    IssuerKey::from_seed(&[7; 32]).unwrap()
}

/// Signs as an issuer with an RDF suite does, whatever it is that gets signed.
fn sign(
    mut credential: Value,
    contexts: &Contexts,
    suite: &str,
    method: &str,
) -> Result<Vec<u8>, ProofError> {
    let mut proof = match suite {
        "Ed25519Signature2020" => json!({"type": suite}),
        _ => json!({"type": "DataIntegrityProof", "cryptosuite": suite}),
    };
    proof["created"] = "2023-11-14T22:13:20Z".into();
    proof["proofPurpose"] = "assertionMethod".into();
    proof["verificationMethod"] = method.into();
    let signed = signed(credential.as_object().unwrap(), proof.as_object().unwrap(), contexts)?;
    proof["proofValue"] = encode_signature(&key().sign(&signed.hash)).into();
    credential["proof"] = proof;
    Ok(credential.to_string().into_bytes())
}

fn verdict(credential: &[u8]) -> Verdict {
    verify(credential, NOW, &Expectations::default())
}

fn vcdm_2(subject: Value) -> Value {
    json!({
        "@context": [VCDM_2, EXAMPLES_2],
        "id": "urn:uuid:0b5e7a10-6f0d-4b5c-9a51-3d1f0c2e4a77",
        "type": ["VerifiableCredential"],
        "issuer": key().did(),
        "validFrom": "2023-01-01T00:00:00Z",
        "credentialSubject": subject,
    })
}

fn sign_rdfc(subject: Value) -> Result<Vec<u8>, ProofError> {
    sign(vcdm_2(subject), &Contexts::bundled(), "eddsa-rdfc-2022", &key().did().verification_method())
}

#[test]
fn claims_of_every_kind_are_covered() {
    let subject = json!({
        "id": "did:example:ada",
        "name": "Ada \"the first\"\nLovelace \\ é 🔑",
        "adult": true,
        "children": 3,
        "height": 1.65,
        "tiny": 0.000001,
        "whole": 2.0,
        "addresses": [{"city": "London"}, {"city": "Ockham", "since": {"year": 1835}}],
    });
    let verdict = verdict(&sign_rdfc(subject.clone()).unwrap());
    assert!(verdict.is_valid(), "{:?}", verdict.failures().collect::<Vec<_>>());
    let mut claims = subject;
    claims.as_object_mut().unwrap().remove("id");
    assert_eq!(Value::Object(verdict.credential.unwrap().claims), claims);
}

#[test]
fn claims_that_json_ld_drops_are_noticed() {
    let table = [
        ("a null", json!({"spouse": null})),
        ("an empty list", json!({"sanctions": []})),
        ("an empty object", json!({"address": {}})),
        ("a null in a list", json!({"names": ["Ada", null]})),
        ("a doubled value", json!({"names": ["Ada", "Ada"]})),
        ("an identifier that is no IRI", json!({"friend": {"id": "bob", "name": "Bob"}})),
    ];
    for (name, subject) in table {
        // Refused by JSON-LD itself, or signed with a hole; never valid.
        let Ok(credential) = sign_rdfc(subject) else { continue };
        let verdict = verdict(&credential);
        assert_eq!(verdict.outcome(Check::Proof), Some(&Outcome::Pass), "{name}");
        assert!(matches!(verdict.outcome(Check::Claims), Some(Outcome::Fail { .. })), "{name}");
        assert!(!verdict.is_valid(), "{name}");
    }
}

#[test]
fn a_term_without_a_definition_is_refused() {
    let mut credential = vcdm_2(json!({"id": "did:example:ada", "shoeSize": 37}));
    credential["@context"] = json!([VCDM_2]);
    let error = sign(credential, &Contexts::bundled(), "eddsa-rdfc-2022", "did:x#y").err();
    assert!(matches!(error, Some(ProofError::Canonical(_))), "{error:?}");
}

#[test]
fn keywords_and_blank_nodes_are_refused() {
    let table = [
        ("a keyword", json!({"@graph": [{"name": "Ada"}]})),
        ("a keyword inside", json!({"a": {"@reverse": {"name": "Ada"}}})),
        ("a made-up keyword, which JSON-LD drops", json!({"@secret": "Ada"})),
        ("a blank node by name", json!({"id": "_:b0"})),
        ("a blank property", json!({"_:p": "Ada"})),
    ];
    for (name, subject) in table {
        assert!(matches!(sign_rdfc(subject).err(), Some(ProofError::TooComplex(_))), "{name}");
    }
}

#[test]
fn what_would_take_for_ever_to_canonicalise_is_refused() {
    let alike = |n: usize| json!({"a": vec![json!({"b": {"c": {"name": "x"}}}); n]});
    assert!(sign_rdfc(alike(2)).is_ok());
    for (name, subject) in [("alike", alike(12)), ("many alike", alike(400))] {
        assert!(matches!(sign_rdfc(subject).err(), Some(ProofError::TooComplex(_))), "{name}");
    }
    let flat: Map<String, Value> = (0..MAX_VALUES).map(|n| (format!("f{n}"), json!("x"))).collect();
    assert!(matches!(sign_rdfc(flat.into()).err(), Some(ProofError::TooComplex(_))));
}

#[test]
fn deep_credentials_are_processed_or_refused_but_do_not_exhaust_the_stack() {
    let nested = |levels: usize| {
        (1..levels).fold(json!({"type": "VerifiableCredential", "name": "x"}), |inner, level| {
            json!({"type": "VerifiablePresentation", "id": format!("urn:level:{level}"), "holder": inner})
        })
    };
    assert!(sign_rdfc(nested(MAX_DEPTH - 1)).is_ok());
    let too_deep = Some(ProofError::TooComplex("too many levels"));
    assert_eq!(sign_rdfc(nested(MAX_DEPTH + 1)).err(), too_deep);
    let lists = (0..30).fold(json!("x"), |inner, _| json!([inner]));
    assert_eq!(sign_rdfc(json!({"a": lists})).err(), too_deep);
}

#[test]
fn a_panic_in_json_ld_processing_is_an_error() {
    let panicking = with_stack::<()>(|| panic!("from the test"));
    assert!(matches!(panicking, Err(ProofError::Canonical(_))));
}

/// The shape of the reference system's credentials: VCDM 1.1, an issuer named by URL, a context inside the subject.
fn reference_credential(
    contexts: [(&str, &str); 2],
    first_name: &str,
    family_name: &str,
) -> (Contexts, Value) {
    let [(envelope, _), (subject, _)] = contexts;
    let known =
        contexts.into_iter().fold(Contexts::bundled(), |known, (url, text)| known.with(url, text).unwrap());
    let credential = json!({
        "@context": [VCDM_1, envelope, ED25519_2020],
        "id": "https://issuer.example/credentials/1",
        "type": ["VerifiableCredential"],
        "issuer": "https://issuer.example",
        "issuanceDate": "2023-01-01T00:00:00Z",
        "expirationDate": "2033-01-01T00:00:00Z",
        "level": "plus",
        "credentialSubject": {
            "@context": subject,
            "id": "uuid:ada",
            "firstName": first_name,
            "familyName": family_name,
            "idDocumentFrontFile": "x".repeat(2_800_000),
        },
    });
    (known, credential)
}

const METHOD: &str = "https://issuer.example/keys/1";
const ENVELOPE: (&str, &str) =
    ("https://older.example/envelope", r#"{"@context":{"level":"https://older.example/#level"}}"#);

fn verify_reference(credential: &[u8], contexts: &Contexts) -> Verdict {
    let known = KnownKey {
        verification_method: METHOD.to_owned(),
        issuer: "https://issuer.example".to_owned(),
        key: key().did(),
    };
    let trusted = [key().did()];
    let expectations = Expectations {
        issuers: Some(&trusted),
        subject: Some("uuid:ada"),
        known_keys: &[known],
        contexts: Some(contexts),
        ..Expectations::default()
    };
    verify(credential, NOW, &expectations)
}

#[test]
fn a_credential_of_vcdm_1_1_verifies_with_added_contexts_and_a_known_key() {
    let subject = (
        "https://older.example/subject",
        r#"{"@context":{"firstName":"https://older.example/#first","familyName":"https://older.example/#family",
            "idDocumentFrontFile":"https://older.example/#front"}}"#,
    );
    let (contexts, credential) = reference_credential([ENVELOPE, subject], "Ada", "Lovelace");
    let json = sign(credential, &contexts, "Ed25519Signature2020", METHOD).unwrap();

    let started = Instant::now();
    let verdict = verify_reference(&json, &contexts);
    println!("{} bytes: verified in {:?}", json.len(), started.elapsed());
    assert!(verdict.is_valid(), "{:?}", verdict.failures().collect::<Vec<_>>());
    assert_eq!(verdict.credential.unwrap().valid_from, Some(1_672_531_200));

    let text = String::from_utf8(json.clone()).unwrap();
    for (altered, check) in [("Grace", Check::Proof), ("Ada\",\"lastName\":\"x", Check::Proof)] {
        let altered = text.replace("\"Ada", &format!("\"{altered}"));
        assert_eq!(verify_reference(altered.as_bytes(), &contexts).failures().next().unwrap().0, check);
    }
    let unknown = verify(&json, NOW, &Expectations::default());
    let (check, reason) = unknown.failures().next().unwrap();
    assert_eq!((check, reason.contains("https://older.example/envelope")), (Check::Form, true), "{reason}");
}

#[test]
fn a_context_that_mixes_up_fields_leaves_their_names_unsigned_and_that_is_noticed() {
    let subject = (
        "https://older.example/subject",
        r#"{"@context":{"xsd":"http://www.w3.org/2001/XMLSchema#","firstName":"xsd:string","familyName":"xsd:string",
            "idDocumentFrontFile":"xsd:string"}}"#,
    );
    let (contexts, credential) = reference_credential([ENVELOPE, subject], "Ada", "Lovelace");
    let json = sign(credential, &contexts, "Ed25519Signature2020", METHOD).unwrap();
    let swapped =
        String::from_utf8(json.clone()).unwrap().replace("firstName", "F").replace("familyName", "firstName");
    let swapped = swapped.replace("\"F\"", "\"familyName\"");
    for json in [json, swapped.into_bytes()] {
        let verdict = verify_reference(&json, &contexts);
        assert_eq!(verdict.outcome(Check::Proof), Some(&Outcome::Pass));
        let failures: Vec<_> = verdict.failures().map(|(check, _)| check).collect();
        assert_eq!(failures, [Check::Claims]);
    }
}
