//! NEAR wallets: NEP-413 messages (vectors made with near-api-js 7.2), and what the chain says of the key.

use ed25519_dalek::{Signer, SigningKey};
use idos_grants::{Account, DataId, account::NearAccountId};
use idos_wallets::{nep413::CALLBACK_URL_MAX, *};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    name: String,
    account: Account,
    message: String,
    recipient: String,
    signature: Signature,
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[0x46; 32])
}

fn account() -> Account {
    "near:mainnet:alice.near".parse().unwrap()
}

fn implicit_account() -> Account {
    format!("near:mainnet:{}", NearAccountId::implicit(&key().verifying_key().to_bytes())).parse().unwrap()
}

fn message() -> Message {
    Message::new("a message", "node.example")
}

fn signed(message: &Message, callback_url: Option<&str>) -> Vec<u8> {
    let signature = key().sign(&nep413::signing_hash(message, callback_url)).to_bytes();
    let key = key().verifying_key().to_bytes();
    nep413::signature_of(&key, &signature, callback_url).unwrap().as_bytes().to_vec()
}

fn check(account: &Account, signature: &[u8]) -> AccessKeyCheck {
    match verify_message(account, &message(), signature) {
        Ok(Proof::AccessKey(check)) => check,
        other => panic!("{other:?} is no question about a key"),
    }
}

#[test]
fn a_message_is_signed_as_nep413_says() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("../../vectors/nep413.json")).unwrap();
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let message = Message::new(vector.message, vector.recipient);
        let proof = verify_message(&vector.account, &message, vector.signature.as_bytes());
        let Ok(Proof::AccessKey(check)) = proof else { panic!("{}: {proof:?}", vector.name) };
        assert_eq!(check.key(), key().verifying_key().to_bytes(), "{}", vector.name);
        assert_eq!(check.account(), vector.account, "{}", vector.name);
    }
}

#[test]
fn what_is_no_signature_over_the_message_is_refused() {
    let good = signed(&message(), None);
    let mut other_kind = good.clone();
    other_kind[0] = 1;
    let with_callback = [&good[..], b"https://app.example"].concat();
    let not_text = [&signed(&message(), None)[..], &[0xff]].concat();
    let table = [
        ("empty", vec![], SignatureError::Empty),
        ("another kind of key", other_kind, SignatureError::WrongKeyType),
        ("key only", good[..33].to_vec(), SignatureError::NotNep413),
        ("a byte short", good[..96].to_vec(), SignatureError::NotNep413),
        ("callback that was not signed", with_callback, SignatureError::OtherSigner),
        ("callback that is no text", not_text, SignatureError::NotNep413),
        ("callback too long", [&good[..], &[b'a'; CALLBACK_URL_MAX + 1]].concat(), SignatureError::TooLong),
        ("other text", signed(&Message::new("a messagf", "node.example"), None), SignatureError::OtherSigner),
        (
            "other recipient",
            signed(&Message::new("a message", "evil.example"), None),
            SignatureError::OtherSigner,
        ),
        ("an EVM signature", [&[27; 65][..], &[0; 32]].concat(), SignatureError::WrongKeyType),
    ];
    for (name, signature, error) in table {
        assert_eq!(verify_message(&account(), &message(), &signature), Err(error), "{name}");
    }
    assert!(verify_message(&account(), &message(), &good).is_ok());
}

#[test]
fn a_key_of_small_order_signs_nothing() {
    // The identity point as key and as R, and s = 0: it satisfies the unstrict equation for every message.
    let mut identity = [0; 32];
    identity[0] = 1;
    let signature = [&[0][..], &identity, &identity, &[0; 32]].concat();
    assert_eq!(verify_message(&account(), &message(), &signature), Err(SignatureError::OtherSigner));
}

#[test]
fn a_near_account_signs_no_typed_data() {
    assert_eq!(verify_digest(&account(), &[1; 32], &[0; 97]), Err(SignatureError::NoTypedData));
}

#[test]
fn only_a_full_access_key_proves_the_account() {
    use KeyPermission::*;
    let (named, implicit) = (account(), implicit_account());
    let of_another: Account = format!("near:mainnet:{}", "ab".repeat(32)).parse().unwrap();
    let wallet = |account: &Account| Ok(Wallet::on_chain(account));
    let table = [
        ("full access", named, FullAccess, wallet(&named)),
        ("function call", named, Limited, Err(SignatureError::NotFullAccess)),
        ("no such key", named, NoKey, Err(SignatureError::NotItsKey)),
        ("no such account", named, NoAccount, Err(SignatureError::NotItsKey)),
        ("implicit, full access", implicit, FullAccess, wallet(&implicit)),
        ("implicit, not there yet", implicit, NoAccount, wallet(&implicit)),
        ("implicit, its key was removed", implicit, NoKey, Err(SignatureError::NotItsKey)),
        ("somebody else's implicit account", of_another, NoAccount, Err(SignatureError::NotItsKey)),
    ];
    for (name, account, permission, proven) in table {
        assert_eq!(check(&account, &signed(&message(), None)).accept(permission), proven, "{name}");
    }
}

#[test]
fn a_sign_in_names_chain_and_account_as_near_does() {
    let sign_in = SignIn {
        domain: "node.example".parse().unwrap(),
        account: account(),
        uri: "https://node.example".parse().unwrap(),
        nonce: "a1B2c3D4e5F6g7H8".parse().unwrap(),
        issued_at: 1_760_000_000,
        expires_at: 1_760_086_400,
        session_key: [1; 32],
    };
    let message = sign_in.message().unwrap();
    assert_eq!(message.recipient(), "node.example");
    let expected = "node.example wants you to sign in with your NEAR account:\n\
                    alice.near\n\
                    \n\
                    Sign in to idOS node node.example. This signature lets the session key below act for your wallet \
                    until it expires. It costs nothing.\n\
                    \n\
                    URI: https://node.example\n\
                    Version: 1\n\
                    Chain ID: mainnet\n\
                    Nonce: a1B2c3D4e5F6g7H8\n\
                    Issued At: 2025-10-09T08:53:20Z\n\
                    Expiration Time: 2025-10-10T08:53:20Z\n\
                    Resources:\n\
                    - urn:idos:session-key:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
    assert_eq!(message.text(), expected);
}

fn write_grant() -> WriteGrant {
    WriteGrant {
        owner: account(),
        grantee: "near:mainnet:issuer.near".parse().unwrap(),
        issuer_key: [3; 32],
        credential_id: DataId([4; 32]),
        data_id: DataId([5; 32]),
        locked_until: 0,
        not_before: 1_760_000_000,
        not_after: 1_760_086_400,
        nonce: KeyedNonce([6; 32]),
    }
}

#[test]
fn a_write_grant_on_near_is_a_text_bound_to_every_field_and_the_contract() {
    let contract = |id: &str| format!("near:mainnet:{id}").parse::<Account>().unwrap();
    let grants = contract("grants.near");
    let original = write_grant();
    let other = contract("other.near");
    let changed = [
        original.clone(),
        WriteGrant { owner: other, ..original.clone() },
        WriteGrant { grantee: other, ..original.clone() },
        WriteGrant { issuer_key: [9; 32], ..original.clone() },
        WriteGrant { credential_id: DataId([9; 32]), ..original.clone() },
        WriteGrant { data_id: DataId([9; 32]), ..original.clone() },
        WriteGrant { locked_until: 1_770_000_000, ..original.clone() },
        WriteGrant { not_before: 1, ..original.clone() },
        WriteGrant { not_after: 1, ..original.clone() },
        WriteGrant { nonce: KeyedNonce([9; 32]), ..original.clone() },
    ];
    let mut signables = changed.iter().map(|grant| grant.signable(&grants).unwrap()).collect::<Vec<_>>();
    signables.push(original.signable(&contract("grants2.near")).unwrap());
    let distinct = signables.iter().map(Signable::digest).collect::<std::collections::HashSet<_>>();
    assert_eq!(distinct.len(), signables.len());

    let elsewhere: Account = "near:testnet:grants.testnet".parse().unwrap();
    assert_eq!(original.signable(&elsewhere), Err(TypedDataError::OtherChain));
    let Signable::Message(message) = &signables[0] else { panic!("not a text") };
    assert_eq!(message.recipient(), "grants.near");
    assert!(message.text().contains("\nCopy Locked Until: no lock\n"), "{}", message.text());
}
