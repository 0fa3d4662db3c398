//! `vectors/access_grants.json`: the contract takes what wallets sign, and wallets sign what the contract takes.

use access_grants::WriteGrant;
use idos_stellar_protocol::{Account, KeyProof};
use idos_stellar_testing::{
    Key, World,
    snapshot::compare,
    text::{NETWORK_ID, Text},
    vectors::{SignedCall, read},
    world::{CONTRACT, bytes_n},
};
use soroban_sdk::{Address, BytesN, Vec as HostVec};

use crate::support::{NAME, NOW, client, done, world};

const BANK: &str = "GB6VTRLCHXKAU5FKJVNDFLDELU5T7FO25LSMEK7CKR3N22SIN5ZYFLMX";
const PATH: &str = "../vectors/access_grants.json";

type Lines = Vec<(&'static str, String)>;

/// What a vector says of a verb: title, and lines between the owner's and the nonce.
fn verbs() -> Vec<(&'static str, &'static str, Lines)> {
    let data = |byte: u8| format!("{byte:02x}").repeat(32);
    let locked = (NOW + 86_400).to_string();
    let item = |grantee: &str, byte| vec![("Grantee", grantee.to_owned()), ("Data Id", data(byte))];
    let new = |grantee: &str, byte, lock: &str| {
        [item(grantee, byte), vec![("Locked Until", lock.to_owned())]].concat()
    };
    let contract = CONTRACT;
    let key = format!("secp256k1-02{}", "79".repeat(32));
    vec![
        ("create_grant", "create a grant", new(BANK, 0xab, "0")),
        ("extend_timelock", "extend a timelock", new(BANK, 0xab, &locked)),
        ("revoke_grant", "revoke a grant", item(BANK, 0xcd)),
        (
            "create_grants",
            "create grants",
            [vec![("Grants", "2".to_owned())], new(contract, 1, &locked), new(&key, 2, "0")].concat(),
        ),
        ("revoke_grants", "revoke grants", [vec![("Grants", "1".to_owned())], item(&key, 2)].concat()),
        (
            "create_grant_by_write_grant",
            "write grant",
            vec![
                ("Grantee", BANK.to_owned()),
                ("Issuer Key", data(3)),
                ("Credential Id", data(4)),
                ("Data Id", data(5)),
                ("Locked Until", locked.clone()),
                ("Not Before", NOW.to_string()),
                ("Not After", (NOW + 600).to_string()),
            ],
        ),
    ]
}

fn made() -> Vec<SignedCall> {
    let secret = [0x33; 32];
    let mut vectors = Vec::new();
    for curve in ["ed25519", "secp256k1", "secp256r1"] {
        let key = Key::of(curve, &secret);
        for (at, (call, title, lines)) in verbs().into_iter().enumerate() {
            let mut fields = vec![("Owner".to_owned(), key.name())];
            fields.extend(lines.into_iter().map(|(name, value)| (name.to_owned(), value)));
            fields.push(("Nonce".to_owned(), format!("{:02x}", at + 1).repeat(32)));
            if call != "create_grant_by_write_grant" {
                fields.push(("Deadline".to_owned(), (NOW + 600).to_string()));
            }
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

#[test]
fn the_specifications_text_is_the_first_vector() {
    let text = &made()[0].text;
    assert!(include_str!("../../../../README.md").contains(text), "the specification lacks {text}");
}

/// The fields of a vector, in order.
struct Fields<'a> {
    world: &'a World,
    rest: std::slice::Iter<'a, (String, String)>,
}

impl Fields<'_> {
    fn next(&mut self, name: &str) -> &str {
        let (found, value) = self.rest.next().unwrap();
        assert_eq!(found, name);
        value
    }

    fn account(&mut self, name: &str) -> Account {
        let world = self.world;
        let text = self.next(name).to_owned();
        match text.split_once('-') {
            None => Account::Native(Address::from_str(&world.env, &text)),
            Some((curve, key)) => {
                let key = hex::decode(key).unwrap();
                match curve {
                    "ed25519" => Account::Ed25519(bytes_n(&world.env, &key)),
                    "secp256k1" => Account::Secp256k1(bytes_n(&world.env, &key)),
                    _ => Account::Secp256r1(bytes_n(&world.env, &key)),
                }
            }
        }
    }

    fn bytes(&mut self, name: &str) -> BytesN<32> {
        let bytes = hex::decode(self.next(name)).unwrap();
        bytes_n(&self.world.env, &bytes)
    }

    fn number(&mut self, name: &str) -> u64 {
        self.next(name).parse().unwrap()
    }

    fn new_grant(&mut self) -> access_grants::NewGrant {
        let (grantee, data_id) = (self.account("Grantee"), self.bytes("Data Id"));
        access_grants::NewGrant { data_id, grantee, locked_until: self.number("Locked Until") }
    }

    fn grant_ref(&mut self) -> access_grants::GrantRef {
        let (grantee, data_id) = (self.account("Grantee"), self.bytes("Data Id"));
        access_grants::GrantRef { data_id, grantee }
    }
}

/// Sends a vector's call as it stands.
fn send(world: &World, vector: &SignedCall) -> Result<(), Option<idos_stellar_protocol::Refusal>> {
    let it = client(world);
    let signature = world.signature(&vector.signature.signed());
    let mut fields = Fields { world, rest: vector.fields.iter() };
    let owner = fields.account("Owner");
    let proof = |fields: &mut Fields| {
        let nonce = fields.bytes("Nonce");
        Some(KeyProof { nonce, deadline: fields.number("Deadline"), signature: signature.clone() })
    };
    match vector.call.as_str() {
        "create_grant" => {
            let grant = fields.new_grant();
            let proof = proof(&mut fields);
            done(it.try_create_grant(&owner, &grant.grantee, &grant.data_id, &grant.locked_until, &proof))
        }
        "extend_timelock" => {
            let grant = fields.new_grant();
            let proof = proof(&mut fields);
            done(it.try_extend_timelock(&owner, &grant.grantee, &grant.data_id, &grant.locked_until, &proof))
        }
        "revoke_grant" => {
            let grant = fields.grant_ref();
            let proof = proof(&mut fields);
            done(it.try_revoke_grant(&owner, &grant.grantee, &grant.data_id, &proof))
        }
        "create_grants" => {
            let count = fields.number("Grants");
            let grants = HostVec::from_iter(&world.env, (0..count).map(|_| fields.new_grant()));
            let proof = proof(&mut fields);
            done(it.try_create_grants(&owner, &grants, &proof))
        }
        "revoke_grants" => {
            let count = fields.number("Grants");
            let grants = HostVec::from_iter(&world.env, (0..count).map(|_| fields.grant_ref()));
            let proof = proof(&mut fields);
            done(it.try_revoke_grants(&owner, &grants, &proof))
        }
        _ => {
            let write_grant = WriteGrant {
                owner,
                grantee: fields.account("Grantee"),
                issuer_key: fields.bytes("Issuer Key"),
                credential_id: fields.bytes("Credential Id"),
                data_id: fields.bytes("Data Id"),
                locked_until: fields.number("Locked Until"),
                not_before: fields.number("Not Before"),
                not_after: fields.number("Not After"),
                nonce: fields.bytes("Nonce"),
            };
            done(it.try_create_grant_by_write_grant(&write_grant, &Some(signature)))
        }
    }
}

#[test]
fn the_contract_takes_every_committed_signature() {
    let world = world();
    for vector in read(include_str!("../../../vectors/access_grants.json")) {
        let expected = match vector.call.as_str() {
            // There is no such grant, which is found out after the signature was found good.
            "revoke_grant" => Err(Some(idos_stellar_protocol::Refusal::GrantNotFound)),
            _ => Ok(()),
        };
        assert_eq!(send(&world, &vector), expected, "{} {}", vector.curve, vector.call);
    }
}
