//! `vectors/credential_status.json`: the contract takes what wallets sign.

use credential_status::{Purpose, Status, WordChange};
use idos_stellar_protocol::{Account, KeyProof};
use idos_stellar_testing::{
    Key,
    snapshot::compare,
    text::{NETWORK_ID, Text},
    vectors::{SignedCall, read},
    world::{CONTRACT, bytes_n},
};
use soroban_sdk::{Env, Vec as HostVec};

use crate::support::{NAME, NOW, client, done, world};

const PATH: &str = "../vectors/credential_status.json";

type Lines = Vec<(&'static str, String)>;

fn verbs() -> Vec<(&'static str, &'static str, Lines)> {
    let word = |index: u32, set: u8, clear: u8| {
        vec![
            ("Word Index", index.to_string()),
            ("Set", format!("{set:02x}").repeat(32)),
            ("Clear", format!("{clear:02x}").repeat(32)),
        ]
    };
    let list = ("List", "4294967295".to_owned());
    let words = vec![list.clone(), ("Purpose", "suspension".to_owned()), ("Changes", "2".to_owned())];
    vec![
        (
            "set_status",
            "set a status",
            vec![list, ("Index", "522".to_owned()), ("Status", "revoked".to_owned())],
        ),
        ("set_status_words", "set status words", [words, word(0, 1, 2), word(511, 0xf0, 0)].concat()),
    ]
}

fn made() -> Vec<SignedCall> {
    let secret = [0x33; 32];
    let mut vectors = Vec::new();
    for curve in ["ed25519", "secp256k1", "secp256r1"] {
        let key = Key::of(curve, &secret);
        for (at, (call, title, lines)) in verbs().into_iter().enumerate() {
            let mut fields = vec![("Issuer".to_owned(), key.name())];
            fields.extend(lines.into_iter().map(|(name, value)| (name.to_owned(), value)));
            fields.push(("Nonce".to_owned(), format!("{:02x}", at + 1).repeat(32)));
            fields.push(("Deadline".to_owned(), (NOW + 600).to_string()));
            let text =
                fields.iter().fold(Text::new(NAME, title), |text, (name, value)| text.line(name, value));
            let text = text.on(CONTRACT, NETWORK_ID);
            let signature = (&key.sign(&text)).into();
            let secret_key = hex::encode(secret);
            vectors.push(SignedCall {
                call: call.to_owned(),
                fields,
                curve: curve.to_owned(),
                secret_key,
                text,
                signature,
            });
        }
    }
    vectors
}

#[test]
fn the_vectors_are_the_committed_ones() {
    let json = serde_json::to_string_pretty(&made()).unwrap();
    compare(PATH, &format!("{json}\n"));
}

fn key_of(env: &Env, name: &str) -> Account {
    let (curve, key) = name.split_once('-').unwrap();
    let key = hex::decode(key).unwrap();
    match curve {
        "ed25519" => Account::Ed25519(bytes_n(env, &key)),
        "secp256k1" => Account::Secp256k1(bytes_n(env, &key)),
        _ => Account::Secp256r1(bytes_n(env, &key)),
    }
}

#[test]
fn the_contract_takes_every_committed_signature() {
    let world = world();
    let env = &world.env;
    for vector in read(include_str!("../../../vectors/credential_status.json")) {
        let values = |name: &str| {
            let of_name = vector.fields.iter().filter(|(found, _)| found == name);
            of_name.map(|(_, value)| value.clone()).collect::<Vec<_>>()
        };
        let one = |name: &str| values(name)[0].clone();
        let bytes = |text: &str| bytes_n::<32>(env, &hex::decode(text).unwrap());
        let issuer = key_of(env, &one("Issuer"));
        let list: u32 = one("List").parse().unwrap();
        let proof = Some(KeyProof {
            deadline: one("Deadline").parse().unwrap(),
            nonce: bytes(&one("Nonce")),
            signature: world.signature(&vector.signature.signed()),
        });
        let it = client(&world);
        let sent = if vector.call == "set_status" {
            let index = one("Index").parse().unwrap();
            done(it.try_set_status(&issuer, &list, &index, &Status::Revoked, &proof))
        } else {
            let (indices, sets, clears) = (values("Word Index"), values("Set"), values("Clear"));
            let change = |at: usize| WordChange {
                clear: bytes(&clears[at]),
                set: bytes(&sets[at]),
                word_index: indices[at].parse().unwrap(),
            };
            let changes = HostVec::from_iter(env, (0..indices.len()).map(change));
            done(it.try_set_status_words(&issuer, &list, &Purpose::Suspension, &changes, &proof))
        };
        assert_eq!(sent, Ok(()), "{} {}", vector.curve, vector.call);
    }
}
