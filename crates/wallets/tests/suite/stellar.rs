//! Stellar and XRPL wallets: SEP-53 (its own examples), XRPL messages (vectors made with ripple-keypairs 2.0), and the texts that bare keys sign for the
//! contracts (the contracts' own vectors).

use std::collections::BTreeMap;

use ed25519_dalek::{Signer, SigningKey};
use idos_grants::{
    Account, Address,
    account::{PublicKey, StellarAddress},
};
use idos_wallets::{bare_key::ContractSignature, *};
use k256::ecdsa::Signature as EcdsaSignature;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    name: String,
    account: Account,
    message: String,
    signature: Signature,
}

fn vectors(json: &str) -> Vec<Vector> {
    serde_json::from_str(json).unwrap()
}

fn sep53_vectors() -> Vec<Vector> {
    vectors(include_str!("../../vectors/sep53.json"))
}

fn xrpl_vectors() -> Vec<Vector> {
    vectors(include_str!("../../vectors/xrpl.json"))
}

fn message(text: &str) -> Message {
    Message::new(text, "node.example")
}

#[test]
fn a_message_is_signed_as_sep53_says() {
    assert_eq!(sep53_vectors().len(), 2);
    for vector in sep53_vectors() {
        let proof = verify_message(&vector.account, &message(&vector.message), vector.signature.as_bytes());
        let Ok(Proof::AccessKey(check)) = proof else { panic!("{}: {proof:?}", vector.name) };
        let Address::Stellar(StellarAddress::Account(key)) = vector.account.address() else {
            panic!("no account")
        };
        assert_eq!((check.key(), check.account()), (key, vector.account), "{}", vector.name);
    }
}

#[test]
fn the_accounts_word_on_the_key_decides() {
    use KeyPermission::*;
    let vector = &sep53_vectors()[0];
    let account = vector.account;
    let other = SigningKey::from_bytes(&[5; 32]);
    let signature = other.sign(&sep53::signing_hash(&message("a message"))).to_bytes();
    let by_other = sep53::signature_of(&other.verifying_key().to_bytes(), &signature).unwrap();
    let wallet = Ok(Wallet::on_chain(&account));
    let table = [
        ("its key", &vector.message, &vector.signature, FullAccess, wallet),
        ("its key, no account yet", &vector.message, &vector.signature, NoAccount, wallet),
        ("its key, given up", &vector.message, &vector.signature, NoKey, Err(SignatureError::NotItsKey)),
        ("another signer", &"a message".into(), &by_other, FullAccess, wallet),
        ("one of several", &"a message".into(), &by_other, Limited, Err(SignatureError::NotFullAccess)),
        (
            "a stranger, no account yet",
            &"a message".into(),
            &by_other,
            NoAccount,
            Err(SignatureError::NotItsKey),
        ),
    ];
    for (name, text, signature, permission, proven) in table {
        let Ok(Proof::AccessKey(check)) = verify_message(&account, &message(text), signature.as_bytes())
        else {
            panic!("{name}")
        };
        assert_eq!(check.accept(permission), proven, "{name}");
    }
}

#[test]
fn an_xrpl_wallets_message_proves_its_account_and_the_key_that_holds_its_grants() {
    assert_eq!(xrpl_vectors().len(), 4);
    for Vector { name, account, message: text, signature } in xrpl_vectors() {
        let Ok(Proof::Key(wallet)) = verify_message(&account, &message(&text), signature.as_bytes()) else {
            panic!("{name}")
        };
        assert!(wallet.controls(&account), "{name}");
        let Address::Stellar(StellarAddress::Key(key)) = wallet.address() else { panic!("{name}") };
        let on_stellar: Account = format!("stellar:pubnet:{key}").parse().unwrap();
        assert!(wallet.controls(&on_stellar), "{name}");
        let bare = verify_message(&on_stellar, &message(&text), signature.as_bytes());
        let Ok(Proof::Key(bare)) = bare else { panic!("{name}: {bare:?}") };
        assert!(bare.is_same_as(&wallet), "{name}");
    }
}

#[test]
fn what_is_no_signature_of_the_account_is_refused() {
    let (stellar, secp, ed) = (&sep53_vectors()[0], &xrpl_vectors()[0], &xrpl_vectors()[2]);
    let bytes = |vector: &Vector| vector.signature.as_bytes().to_vec();
    let with = |vector: &Vector, change: &dyn Fn(&mut Vec<u8>)| {
        let mut changed = bytes(vector);
        change(&mut changed);
        changed
    };
    let contract = "stellar:pubnet:CA3D5KRYM6CB7OWQ6TWYRR3Z4T7GNZLKERYNZGGA5SOAOPIFY6YQGAXE".parse().unwrap();
    let passkey: Account = format!("stellar:pubnet:secp256r1-02{}", "ab".repeat(32)).parse().unwrap();
    let table = [
        ("SEP-53, other message", stellar.account, "Hello", bytes(stellar), SignatureError::OtherSigner),
        (
            "SEP-53, short",
            stellar.account,
            &stellar.message,
            bytes(stellar)[..95].to_vec(),
            SignatureError::NotSep53,
        ),
        (
            "SEP-53, long",
            stellar.account,
            &stellar.message,
            with(stellar, &|s| s.push(0)),
            SignatureError::NotSep53,
        ),
        ("SEP-53, empty", stellar.account, &stellar.message, vec![], SignatureError::Empty),
        ("a contract", contract, &stellar.message, bytes(stellar), SignatureError::ContractCannotSign),
        ("a passkey", passkey, &secp.message, bytes(secp), SignatureError::NoMessages),
        ("XRPL, other message", ed.account, "b message", bytes(ed), SignatureError::OtherSigner),
        (
            "XRPL, secp256k1, other message",
            secp.account,
            "b message",
            bytes(secp),
            SignatureError::OtherSigner,
        ),
        ("XRPL, another's key", secp.account, &ed.message, bytes(ed), SignatureError::NotMasterKey),
        ("XRPL, an unknown key", ed.account, &ed.message, with(ed, &|s| s[0] = 4), SignatureError::NotXrpl),
        ("XRPL, key only", ed.account, &ed.message, bytes(ed)[..33].to_vec(), SignatureError::NotXrpl),
        ("XRPL, short key", ed.account, &ed.message, bytes(ed)[..32].to_vec(), SignatureError::NotXrpl),
        ("XRPL, no DER", secp.account, &secp.message, with(secp, &|s| s[33] = 0), SignatureError::NotXrpl),
        ("XRPL, high s", secp.account, &secp.message, with(secp, &mirror), SignatureError::HighS),
        ("bare key, SEP-53's form", bare(ed), &ed.message, bytes(stellar), SignatureError::NotXrpl),
        ("bare key, another's", bare(ed), &secp.message, bytes(secp), SignatureError::OtherSigner),
    ];
    for (name, account, text, signature, refused) in table {
        assert_eq!(verify_message(&account, &message(text), &signature), Err(refused), "{name}");
    }
    assert_eq!(verify_digest(&stellar.account, &[1; 32], &[0; 96]), Err(SignatureError::NoTypedData));
}

/// The bare key of an XRPL vector, on Stellar.
fn bare(vector: &Vector) -> Account {
    let key = PublicKey::Ed25519(vector.signature.as_bytes()[1..33].try_into().unwrap());
    format!("stellar:pubnet:{key}").parse().unwrap()
}

/// The other signature of the same message, which anybody can make: n - s.
fn mirror(signature: &mut Vec<u8>) {
    let parsed = EcdsaSignature::from_der(&signature[33..]).unwrap();
    let (r, s) = parsed.split_scalars();
    let mirrored = EcdsaSignature::from_scalars(r, -*s).unwrap();
    signature.truncate(33);
    signature.extend(mirrored.to_der().as_bytes());
}

#[test]
fn a_key_of_small_order_signs_nothing() {
    // The identity point as key and as R, and s = 0: it satisfies the unstrict equation for every message.
    let mut identity = [0; 32];
    identity[0] = 1;
    let account: Account = format!("stellar:pubnet:ed25519-{}", hex::encode(identity)).parse().unwrap();
    let signature = [&[0xed][..], &identity, &identity, &[0; 32]].concat();
    assert_eq!(verify_message(&account, &message("a message"), &signature), Err(SignatureError::OtherSigner));
}

/// A vector of the contracts: what they write, and a signature that they take.
#[derive(Deserialize)]
struct ContractVector {
    call: String,
    curve: String,
    fields: Vec<(String, String)>,
    text: String,
    signature: VectorSignature,
}

#[derive(Deserialize)]
struct VectorSignature {
    signature: String,
    recovery_id: Option<u8>,
}

const NETWORK: &str = "stellar:local";

fn on_network(address: &str) -> Account {
    format!("{NETWORK}:{address}").parse().unwrap()
}

/// What this crate says that the owner signs; `None` for verbs that it has no message of.
fn signable(vector: &ContractVector, contract: &Account) -> Option<Signable> {
    let fields: BTreeMap<&str, &str> =
        vector.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let number = |name: &str| fields[name].parse::<u64>().unwrap();
    let id = |name: &str| format!("0x{}", fields[name]).parse().unwrap();
    let (owner, grantee) = (on_network(fields["Owner"]), on_network(fields.get("Grantee")?));
    let (data_id, nonce) = (id("Data Id"), format!("0x{}", fields["Nonce"]).parse().unwrap());
    let call = match vector.call.as_str() {
        "create_grant" => GrantCall::CreateGrant { grantee, data_id, locked_until: number("Locked Until") },
        "extend_timelock" => {
            GrantCall::ExtendTimelock { grantee, data_id, locked_until: number("Locked Until") }
        }
        "revoke_grant" => GrantCall::RevokeGrant { grantee, data_id },
        "create_grant_by_write_grant" => {
            let write_grant = WriteGrant {
                owner,
                grantee,
                issuer_key: hex::decode(fields["Issuer Key"]).unwrap().try_into().unwrap(),
                credential_id: id("Credential Id"),
                data_id,
                locked_until: number("Locked Until"),
                not_before: number("Not Before"),
                not_after: number("Not After"),
                nonce,
            };
            return Some(write_grant.signable(contract).unwrap());
        }
        _ => return None,
    };
    let message = GrantMessage { owner, call, nonce, deadline: number("Deadline") };
    Some(message.signable(contract).unwrap())
}

#[test]
fn a_bare_key_signs_the_very_text_that_the_contract_writes() {
    let vectors: Vec<ContractVector> =
        serde_json::from_str(include_str!("../../../../contracts/stellar/vectors/access_grants.json"))
            .unwrap();
    let mut checked = BTreeMap::new();
    for vector in vectors {
        let contract = vector.text.lines().find_map(|line| line.strip_prefix("Contract: ")).unwrap();
        let Some(signable) = signable(&vector, &on_network(contract)) else { continue };
        let Signable::Message(message) = signable else { panic!("{} is no text", vector.call) };
        assert_eq!(message.text(), vector.text, "{}, {}", vector.call, vector.curve);
        check_signature(&vector, &message);
        *checked.entry(vector.call).or_insert(0) += 1;
    }
    let calls = ["create_grant", "create_grant_by_write_grant", "extend_timelock", "revoke_grant"];
    assert_eq!(checked.into_iter().collect::<Vec<_>>(), calls.map(|call| (call.to_owned(), 3)));
}

#[test]
fn a_bare_key_signs_the_very_text_of_a_status_that_the_contract_writes() {
    let vectors: Vec<ContractVector> =
        serde_json::from_str(include_str!("../../../../contracts/stellar/vectors/credential_status.json"))
            .unwrap();
    let vectors = vectors.iter().filter(|vector| vector.call == "set_status").collect::<Vec<_>>();
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let fields: BTreeMap<&str, &str> =
            vector.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let contract = vector.text.lines().find_map(|line| line.strip_prefix("Contract: ")).unwrap();
        let message = StatusMessage {
            issuer: on_network(fields["Issuer"]),
            list: fields["List"].parse().unwrap(),
            index: fields["Index"].parse().unwrap(),
            status: serde_json::from_value(fields["Status"].into()).unwrap(),
            nonce: format!("0x{}", fields["Nonce"]).parse().unwrap(),
            deadline: fields["Deadline"].parse().unwrap(),
        };
        let message = message.message(&on_network(contract)).unwrap();
        assert_eq!(message.text(), vector.text, "{}", vector.curve);
        check_signature(vector, &message);
    }
}

/// The vector's signature, in the form that wallets give, comes out in the form that the contract takes.
fn check_signature(vector: &ContractVector, message: &Message) {
    let Address::Stellar(StellarAddress::Key(key)) = on_network(&vector.fields[0].1).address() else {
        panic!("no bare key")
    };
    let raw: [u8; 64] = hex::decode(&vector.signature.signature).unwrap().try_into().unwrap();
    let (as_signed, for_contract) = match key {
        PublicKey::Ed25519(_) => (raw.to_vec(), ContractSignature::Ed25519(raw)),
        PublicKey::Secp256k1(_) => {
            let der = EcdsaSignature::from_slice(&raw).unwrap().to_der();
            let recovery_id = vector.signature.recovery_id.unwrap();
            (der.as_bytes().to_vec(), ContractSignature::Secp256k1(raw, recovery_id))
        }
        // Passkeys sign no messages here.
        PublicKey::Secp256r1(_) => return,
    };
    let signature = bare_key::signature_of(&key, &as_signed).unwrap();
    assert_eq!(bare_key::for_contract(&key, message, &signature), Ok(for_contract), "{}", vector.call);
}

#[test]
fn what_an_account_signs_for_a_contract_is_bound_to_every_field_the_contract_and_the_network() {
    let account = |network: &str, byte: u8| -> Account {
        Account::new(
            format!("stellar:{network}").parse().unwrap(),
            Address::Stellar(StellarAddress::Account([byte; 32])),
        )
        .unwrap()
    };
    let contract = |network: &str, byte: u8| -> Account {
        Account::new(
            format!("stellar:{network}").parse().unwrap(),
            Address::Stellar(StellarAddress::Contract([byte; 32])),
        )
        .unwrap()
    };
    let grant = |network: &str| WriteGrant {
        owner: account(network, 1),
        grantee: account(network, 2),
        issuer_key: [3; 32],
        credential_id: "0x0404040404040404040404040404040404040404040404040404040404040404".parse().unwrap(),
        data_id: "0x0505050505050505050505050505050505050505050505050505050505050505".parse().unwrap(),
        locked_until: 0,
        not_before: 1,
        not_after: 2,
        nonce: authorization::nonce_until(1234, KeyedNonce([6; 32])),
    };
    let base = grant("local");
    assert_eq!(authorization::entry_terms(base.nonce), (0x0606_0606_0606_0606, 1234));
    let digest = |grant: &WriteGrant, contract: &Account| grant.signable(contract).unwrap().digest();
    let changes: [&dyn Fn(&mut WriteGrant); 8] = [
        &|it| it.owner = account("local", 9),
        &|it| it.grantee = account("local", 9),
        &|it| it.issuer_key = [9; 32],
        &|it| std::mem::swap(&mut it.credential_id, &mut it.data_id),
        &|it| it.locked_until = 9,
        &|it| it.not_before = 0,
        &|it| it.not_after = 9,
        &|it| it.nonce = authorization::nonce_until(1235, it.nonce),
    ];
    let mut digests = vec![
        digest(&base, &contract("local", 7)),
        digest(&base, &contract("local", 8)),
        digest(&grant("testnet"), &contract("testnet", 7)),
    ];
    for change in changes {
        let mut changed = base.clone();
        change(&mut changed);
        digests.push(digest(&changed, &contract("local", 7)));
    }
    let count = digests.len();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), count);

    let elsewhere = base.signable(&contract("testnet", 7));
    assert_eq!(elsewhere, Err(TypedDataError::OtherChain));
    let unnamed = grant("0123456789abcdef0123456789abcdef");
    let unnamed = unnamed.signable(&contract("0123456789abcdef0123456789abcdef", 7));
    assert_eq!(unnamed, Err(TypedDataError::UnknownNetwork));
}
