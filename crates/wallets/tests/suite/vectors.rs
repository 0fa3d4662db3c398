//! Every message against `vectors/*.json`, which were made with another implementation (ethers v6).

use crate::support::{EXAMPLE_KEY, Key};
use idos_grants::Account;
use idos_wallets::*;
use serde::{Deserialize, de::DeserializeOwned};

fn read<T: DeserializeOwned>(text: &str) -> Vec<T> {
    serde_json::from_str(text).unwrap()
}

#[derive(Deserialize)]
struct PersonalSign {
    name: String,
    private_key: String,
    account: Account,
    message: String,
    hash: String,
    signature: Signature,
}

#[test]
fn a_message_hashes_as_eip191_says_and_its_signature_proves_the_account() {
    for vector in read::<PersonalSign>(include_str!("../../vectors/eip191.json")) {
        let name = &vector.name;
        let hash = personal_sign_hash(vector.message.as_bytes());
        assert_eq!(format!("0x{}", hex::encode(hash)), vector.hash, "{name}");
        let message = Message::new(vector.message, "");
        assert_proves(&vector.account, &message, &vector.signature, name);

        let key = Key::new(&hex::decode(&vector.private_key).unwrap());
        assert_eq!(key.sign_message(&message), vector.signature.as_bytes(), "{name}");
    }
}

fn assert_proves(account: &Account, message: &Message, signature: &Signature, name: &str) {
    let proof = verify_message(account, message, signature.as_bytes());
    assert_eq!(proof, Ok(Proof::Key(Wallet::by_key(account.address()))), "{name}");
}

#[derive(Deserialize)]
struct Rendered<T> {
    name: String,
    fields: T,
    message: String,
    signature: Signature,
}

#[test]
fn a_sign_in_reads_exactly_as_the_vectors() {
    for vector in read::<Rendered<SignIn>>(include_str!("../../vectors/sign_in.json")) {
        let message = vector.fields.message().unwrap();
        assert_eq!(message.text(), vector.message, "{}", vector.name);
        assert_proves(&vector.fields.account, &message, &vector.signature, &vector.name);
    }
}

#[test]
fn a_key_statement_reads_exactly_as_the_vectors() {
    for vector in read::<Rendered<KeyStatement>>(include_str!("../../vectors/key_statement.json")) {
        let message = vector.fields.message().unwrap();
        assert_eq!(message.text(), vector.message, "{}", vector.name);
        assert_proves(&vector.fields.account, &message, &vector.signature, &vector.name);
    }
}

#[test]
fn a_wallet_link_reads_exactly_as_the_vectors() {
    for vector in read::<Rendered<WalletLink>>(include_str!("../../vectors/wallet_link.json")) {
        let message = vector.fields.message().unwrap();
        assert_eq!(message.text(), vector.message, "{}", vector.name);
        assert_proves(&vector.fields.account, &message, &vector.signature, &vector.name);
    }
}

#[derive(Deserialize)]
struct TypedData {
    name: String,
    contract: Account,
    fields: serde_json::Value,
    digest: String,
    signature: Signature,
}

impl TypedData {
    fn digest(&self) -> [u8; 32] {
        let fields = self.fields.clone();
        let contract = &self.contract;
        let signable = match self.name.as_str() {
            "CreateGrant" | "ExtendTimelock" | "RevokeGrant" => {
                from_json::<GrantMessage>(fields).signable(contract)
            }
            "WriteGrant" => from_json::<WriteGrant>(fields).signable(contract),
            other => panic!("no such struct: {other}"),
        };
        signable.unwrap().digest()
    }
}

fn from_json<T: DeserializeOwned>(json: serde_json::Value) -> T {
    serde_json::from_value(json).unwrap()
}

#[test]
fn a_struct_hashes_as_eip712_says_and_its_signature_proves_the_owner() {
    let vectors = read::<TypedData>(include_str!("../../vectors/typed_data.json"));
    let names: Vec<&str> = vectors.iter().map(|vector| vector.name.as_str()).collect();
    assert_eq!(names, ["CreateGrant", "ExtendTimelock", "RevokeGrant", "WriteGrant"]);
    for vector in vectors {
        let digest = vector.digest();
        assert_eq!(format!("0x{}", hex::encode(digest)), vector.digest, "{}", vector.name);

        let owner: Account = from_json(vector.fields["owner"].clone());
        let proof = verify_digest(&owner, &digest, vector.signature.as_bytes());
        assert_eq!(proof, Ok(Proof::Key(Wallet::by_key(owner.address()))), "{}", vector.name);
        assert_eq!(
            Key::new(&EXAMPLE_KEY).sign_digest(&digest),
            vector.signature.as_bytes(),
            "{}",
            vector.name
        );
    }
}
