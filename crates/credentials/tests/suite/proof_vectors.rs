//! Credentials that another implementation signed: `vectors/proofs.json`, made by `vectors/generate.mjs`.

use std::collections::BTreeMap;

use idos_credentials::{
    Check, Contexts, Expectations, IssuerDid, IssuerKey, KnownKey, Outcome, Verdict, verify,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::alterations::alterations;

const NOW: u64 = 1_700_000_000;

#[derive(Deserialize)]
struct Vector {
    name: String,
    key: IssuerDid,
    known_key: Option<KnownMethod>,
    contexts: BTreeMap<String, Value>,
    document: Value,
    proof: Value,
    fails: Vec<String>,
}

#[derive(Deserialize)]
struct KnownMethod {
    verification_method: String,
    issuer: String,
}

impl Vector {
    fn credential(&self) -> Value {
        let mut credential = self.document.clone();
        credential["proof"] = self.proof.clone();
        credential
    }

    /// The verdict of somebody who trusts `trusted`, and knows what has to be known beforehand.
    fn verdict(&self, credential: &Value, trusted: &IssuerDid) -> Verdict {
        let known_key = |known: &KnownMethod| KnownKey {
            verification_method: known.verification_method.clone(),
            issuer: known.issuer.clone(),
            key: self.key.clone(),
        };
        let known_keys: Vec<_> = self.known_key.iter().map(known_key).collect();
        let contexts = self.contexts.iter().fold(Contexts::bundled(), |known, (url, context)| {
            known.with(url, &context.to_string()).unwrap()
        });
        let expectations = Expectations {
            issuers: Some(std::slice::from_ref(trusted)),
            subject: Some("did:example:mira"),
            known_keys: &known_keys,
            contexts: Some(&contexts),
            ..Expectations::default()
        };
        verify(&serde_json::to_vec(credential).unwrap(), NOW, &expectations)
    }

    /// An RDF dataset is a set: there is no order in it to sign.
    fn signs_order(&self) -> bool {
        self.proof["cryptosuite"] == "eddsa-jcs-2022"
    }
}

fn vectors() -> Vec<Vector> {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("../../vectors/proofs.json")).unwrap();
    assert_eq!(vectors.len(), 9);
    vectors
}

fn failed(verdict: &Verdict) -> Value {
    verdict.failures().map(|(check, _)| json!(check)).collect()
}

#[test]
fn credentials_of_another_implementation_verify_and_say_what_they_said_there() {
    for vector in vectors() {
        let name = &vector.name;
        let verdict = vector.verdict(&vector.credential(), &vector.key);
        assert_eq!(failed(&verdict), json!(vector.fails), "{name}: {verdict:?}");
        let mut claims = vector.document["credentialSubject"].clone();
        claims.as_object_mut().unwrap().remove("id");
        assert_eq!(Value::Object(verdict.credential.unwrap().claims), claims, "{name}");
    }
}

#[test]
fn a_good_signature_over_another_issuers_name_fails_the_issuer_check() {
    let others: Vec<_> = vectors().into_iter().filter(|vector| vector.fails == ["issuer"]).collect();
    assert_eq!(others.len(), 3, "one a suite");
    for vector in others {
        let verdict = vector.verdict(&vector.credential(), &vector.key);
        assert_eq!(verdict.outcome(Check::Proof), Some(&Outcome::Pass), "{}", vector.name);
        let Some(Outcome::Fail { reason }) = verdict.outcome(Check::Issuer) else { unreachable!() };
        assert!(reason.contains("https://harbour.example"), "{reason}");
    }
}

#[test]
fn a_proof_holds_only_with_what_its_verifier_knows_beforehand() {
    let stranger = IssuerKey::from_seed(&[8; 32]).unwrap().did();
    for mut vector in vectors() {
        let credential = vector.credential();
        let trust = vector.verdict(&credential, &stranger);
        assert!(matches!(trust.outcome(Check::Trust), Some(Outcome::Fail { .. })), "{}", vector.name);
        if vector.known_key.is_none() {
            continue;
        }
        let key = std::mem::replace(&mut vector.key, stranger.clone());
        assert_eq!(
            failed(&vector.verdict(&credential, &key)),
            json!(["proof"]),
            "another key under that URL"
        );
        vector.known_key = None;
        assert_eq!(failed(&vector.verdict(&credential, &key)), json!(["proof"]), "no key under that URL");
        vector.contexts.clear();
        assert_eq!(failed(&vector.verdict(&credential, &key)), json!(["form"]), "no text of the context");
    }
}

#[test]
fn nothing_that_another_implementation_signed_can_be_altered() {
    for vector in vectors() {
        let alterations = alterations(&vector.credential());
        assert!(alterations.len() > 75, "{}", vector.name);
        for (place, altered) in alterations {
            if place.ends_with(" reversed") && !vector.signs_order() {
                continue;
            }
            let verdict = vector.verdict(&altered, &vector.key);
            assert_ne!(verdict.outcome(Check::Proof), Some(&Outcome::Pass), "{}: {place}", vector.name);
        }
    }
}
