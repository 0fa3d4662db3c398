//! What proves nothing.

use crate::support::{EXAMPLE_KEY, Key, mirrored};
use idos_grants::Account;
use idos_wallets::{signature::MAX_SIGNATURE_BYTES, *};
use proptest::prelude::*;

fn message() -> Message {
    Message::new("a message", "node.example")
}

fn key() -> Key {
    Key::new(&EXAMPLE_KEY)
}

/// The error that a caller ends up with if the account is a key's and not a contract's.
fn refusal(account: &Account, signature: &[u8]) -> Option<SignatureError> {
    match verify_message(account, &message(), signature) {
        Ok(Proof::Key(_)) => None,
        Ok(Proof::ContractCall(call)) => call.accept(&[]).err(),
        Ok(Proof::AccessKey(check)) => panic!("{check:?} is no question to an EVM chain"),
        Err(error) => Some(error),
    }
}

fn with(signature: [u8; 65], range: std::ops::Range<usize>, byte: u8) -> Vec<u8> {
    let mut changed = signature;
    changed[range].fill(byte);
    changed.to_vec()
}

#[test]
fn a_signature_that_is_not_the_accounts_own_is_refused_with_its_reason() {
    let account = key().account(1);
    let good = key().sign_message(&message());
    let other = Key::new(&[7; 32]).sign_message(&message());
    let not_deployed = [&good[..], &[0x64, 0x92].repeat(16)].concat();
    let table = [
        ("its own", good.to_vec(), None),
        ("its own, with v from 0", with(good, 64..65, good[64] - 27), None),
        ("empty", vec![], Some(SignatureError::Empty)),
        ("64 bytes", good[..64].to_vec(), Some(SignatureError::WrongLength)),
        ("66 bytes", [&good[..], &[0]].concat(), Some(SignatureError::WrongLength)),
        ("too long", vec![1; MAX_SIGNATURE_BYTES + 1], Some(SignatureError::TooLong)),
        ("v = 29", with(good, 64..65, 29), Some(SignatureError::WrongRecoveryId)),
        ("v = 2", with(good, 64..65, 2), Some(SignatureError::WrongRecoveryId)),
        ("v of a transaction on mainnet", with(good, 64..65, 37), Some(SignatureError::WrongRecoveryId)),
        ("the other parity", with(good, 64..65, 55 - good[64]), Some(SignatureError::OtherSigner)),
        ("r = 0", with(good, 0..32, 0), Some(SignatureError::Malformed)),
        ("s = 0", with(good, 32..64, 0), Some(SignatureError::Malformed)),
        ("r beyond the order", with(good, 0..32, 0xff), Some(SignatureError::Malformed)),
        ("s beyond the order", with(good, 32..64, 0xff), Some(SignatureError::Malformed)),
        ("high s", mirrored(&good).to_vec(), Some(SignatureError::HighS)),
        ("another wallet's", other.to_vec(), Some(SignatureError::OtherSigner)),
        (
            "over another message",
            key().sign_message(&Message::new("", "node.example")).to_vec(),
            Some(SignatureError::OtherSigner),
        ),
        ("over the bare digest", key().sign_digest(&[9; 32]).to_vec(), Some(SignatureError::OtherSigner)),
        ("of a contract to be deployed", not_deployed, Some(SignatureError::NotDeployed)),
    ];
    for (name, signature, error) in table {
        assert_eq!(refusal(&account, &signature), error, "{name}");
    }
}

#[test]
fn a_high_s_signature_is_refused_without_asking_the_chain() {
    let signature = mirrored(&key().sign_message(&message()));
    assert_eq!(verify_message(&key().account(1), &message(), &signature), Err(SignatureError::HighS));
}

fn contract_call(account: &Account, signature: &[u8]) -> Erc1271Call {
    match verify_message(account, &message(), signature).unwrap() {
        Proof::ContractCall(call) => call,
        other => panic!("{other:?} is no question to a contract"),
    }
}

#[test]
fn a_contract_is_asked_with_the_hash_and_the_signature() {
    let contract = Account::evm(42161, [0xc0; 20]);
    let signature = key().sign_message(&message());
    let call = contract_call(&contract, &signature);
    // Selector, hash, offset of the bytes, their length, the bytes padded to words.
    let expected = [
        &[0x16, 0x26, 0xba, 0x7e][..],
        &personal_sign_hash(b"a message"),
        &[&[0; 31][..], &[0x40]].concat(),
        &[&[0; 31][..], &[65]].concat(),
        &signature,
        &[0; 31],
    ]
    .concat();
    assert_eq!(call.data(), expected);
    assert_eq!((call.account(), call.to()), (contract, [0xc0; 20]));
}

#[test]
fn a_contract_wallet_is_accepted_only_by_the_exact_magic_value() {
    let contract = Account::evm(42161, [0xc0; 20]);
    let call = contract_call(&contract, &[1, 2, 3]);
    let magic = [&[0x16, 0x26, 0xba, 0x7e][..], &[0; 28]].concat();
    let dirty = [&magic[..31], &[1]].concat();
    let right_aligned = [&[0; 28][..], &magic[..4]].concat();
    let refused = Err(SignatureError::RefusedByContract);
    let table = [
        ("magic value", magic.clone(), Ok(Wallet::on_chain(&contract))),
        ("no code", vec![], Err(SignatureError::WrongLength)),
        ("magic value only", magic[..4].to_vec(), refused),
        ("three bytes", magic[..3].to_vec(), refused),
        ("33 bytes", [&magic[..], &[0]].concat(), refused),
        ("rest not zero", dirty, refused),
        ("right aligned", right_aligned, refused),
        ("false", vec![0; 32], refused),
        ("all ones", vec![0xff; 32], refused),
    ];
    for (name, returned, answer) in table {
        assert_eq!(call.accept(&returned), answer, "{name}");
    }
}

fn sign_in() -> SignIn {
    SignIn {
        domain: "node.example".parse().unwrap(),
        account: key().account(1),
        uri: "https://node.example".parse().unwrap(),
        nonce: "abcdefgh".parse().unwrap(),
        issued_at: 1_000_000,
        expires_at: 1_003_600,
        session_key: [5; 32],
    }
}

#[test]
fn a_sign_in_counts_only_at_its_node_and_in_its_time() {
    let table = [
        ("just issued", sign_in(), 1_000_000, Ok(())),
        ("a minute of skew", sign_in(), 999_940, Ok(())),
        ("not yet valid", sign_in(), 999_939, Err(MessageError::NotYetValid)),
        ("last second", sign_in(), 1_003_599, Ok(())),
        ("expired", sign_in(), 1_003_600, Err(MessageError::Expired)),
        (
            "other node",
            SignIn { domain: "evil.example".parse().unwrap(), ..sign_in() },
            1_000_000,
            Err(MessageError::WrongDomain),
        ),
        (
            "other port",
            SignIn { domain: "node.example:81".parse().unwrap(), ..sign_in() },
            1_000_000,
            Err(MessageError::WrongDomain),
        ),
        (
            "ends at once",
            SignIn { expires_at: 1_000_000, ..sign_in() },
            1_000_000,
            Err(MessageError::WrongLifetime),
        ),
        (
            "ends before",
            SignIn { expires_at: 999_999, ..sign_in() },
            999_999,
            Err(MessageError::WrongLifetime),
        ),
        (
            "too long",
            SignIn { expires_at: 1_003_601, ..sign_in() },
            1_000_000,
            Err(MessageError::WrongLifetime),
        ),
        (
            "for ever",
            SignIn { expires_at: u64::MAX, ..sign_in() },
            1_000_000,
            Err(MessageError::WrongLifetime),
        ),
    ];
    let domain: Domain = "node.example".parse().unwrap();
    for (name, sign_in, now, answer) in table {
        assert_eq!(sign_in.check(now, &domain, 3_600), answer, "{name}");
    }
}

#[test]
fn a_sign_in_signed_for_one_chain_does_not_count_for_another() {
    let signed = sign_in();
    let signature = key().sign_message(&signed.message().unwrap());
    let claimed = SignIn { account: key().account(42161), ..signed };
    let proof = verify_message(&claimed.account, &claimed.message().unwrap(), &signature).unwrap();
    let Proof::ContractCall(call) = proof else { panic!("counted for another chain") };
    assert_eq!(call.accept(&[]), Err(SignatureError::OtherSigner));
}

#[test]
fn a_wallet_link_counts_only_at_its_node_and_while_fresh() {
    let link = WalletLink {
        domain: "node.example".parse().unwrap(),
        profile_id: uuid::Uuid::nil(),
        account: key().account(1),
        nonce: "abcdefgh".parse().unwrap(),
        issued_at: 1_000_000,
    };
    let here = "node.example".parse().unwrap();
    let elsewhere = "evil.example".parse().unwrap();
    let table = [
        ("fresh", 1_000_300, &here, Ok(())),
        ("too old", 1_000_301, &here, Err(MessageError::Expired)),
        ("from the future", 999_939, &here, Err(MessageError::NotYetValid)),
        ("other node", 1_000_000, &elsewhere, Err(MessageError::WrongDomain)),
    ];
    for (name, now, domain, answer) in table {
        assert_eq!(link.check(now, domain, 300), answer, "{name}");
    }
}

fn profile_consent() -> ProfileConsent {
    ProfileConsent {
        domain: "node.example".parse().unwrap(),
        profile_id: uuid::Uuid::nil(),
        account: key().account(1),
        encryption_key: [1; 32],
        kdf: KdfText::random_key(),
        issuer: format!("did:key:z6Mk{}", "s".repeat(44)).parse().unwrap(),
        nonce: "abcdefgh".parse().unwrap(),
        issued_at: 1_000_000,
        expires_at: 1_003_600,
    }
}

#[test]
fn a_profile_consent_counts_only_at_its_node_and_within_a_bounded_time() {
    let here: Domain = "node.example".parse().unwrap();
    let elsewhere: Domain = "evil.example".parse().unwrap();
    let lasting = |secs: u64| ProfileConsent { expires_at: 1_000_000 + secs, ..profile_consent() };
    let backwards = ProfileConsent { expires_at: 999_999, ..profile_consent() };
    let table = [
        ("in its time", profile_consent(), 1_000_000, &here, Ok(())),
        ("its last second", profile_consent(), 1_003_599, &here, Ok(())),
        ("expired", profile_consent(), 1_003_600, &here, Err(MessageError::Expired)),
        ("from the future", profile_consent(), 999_939, &here, Err(MessageError::NotYetValid)),
        ("other node", profile_consent(), 1_000_000, &elsewhere, Err(MessageError::WrongDomain)),
        ("as long as allowed", lasting(86_400), 1_000_000, &here, Ok(())),
        ("too long", lasting(86_401), 1_000_000, &here, Err(MessageError::WrongLifetime)),
        ("no time at all", lasting(0), 1_000_000, &here, Err(MessageError::WrongLifetime)),
        ("backwards", backwards, 1_000_000, &here, Err(MessageError::WrongLifetime)),
    ];
    for (name, consent, now, domain, answer) in table {
        assert_eq!(consent.check(now, domain, 86_400), answer, "{name}");
    }
}

#[test]
fn a_profile_consent_is_bound_to_every_field() {
    let good = profile_consent();
    let changed = [
        good.clone(),
        ProfileConsent { domain: "other.example".parse().unwrap(), ..good.clone() },
        ProfileConsent { profile_id: uuid::Uuid::max(), ..good.clone() },
        ProfileConsent { account: key().account(2), ..good.clone() },
        ProfileConsent { encryption_key: [2; 32], ..good.clone() },
        ProfileConsent { kdf: "scrypt".parse().unwrap(), ..good.clone() },
        ProfileConsent { issuer: format!("did:key:z6Mk{}", "t".repeat(44)).parse().unwrap(), ..good.clone() },
        ProfileConsent { nonce: "abcdefgi".parse().unwrap(), ..good.clone() },
        ProfileConsent { issued_at: 1_000_001, ..good.clone() },
        ProfileConsent { expires_at: 1_003_601, ..good },
    ];
    let digests: std::collections::HashSet<_> =
        changed.iter().map(|consent| consent.message().unwrap().digest()).collect();
    assert_eq!(digests.len(), changed.len());
}

#[test]
fn a_key_statement_from_the_future_does_not_count() {
    let statement = key_statement();
    assert_eq!(statement.check(999_940), Ok(()));
    assert_eq!(statement.check(999_939), Err(MessageError::NotYetValid));
}

fn key_statement() -> KeyStatement {
    KeyStatement {
        profile_id: uuid::Uuid::nil(),
        account: key().account(1),
        encryption_key: [1; 32],
        kdf: KdfText::random_key(),
        version: 1,
        issued_at: 1_000_000,
    }
}

#[test]
fn a_password_key_never_reads_as_a_random_one() {
    let described = KeyStatement { kdf: "random bytes".parse().unwrap(), ..key_statement() };
    assert_ne!(described.message(), key_statement().message());
}

#[test]
fn a_time_in_milliseconds_is_refused() {
    let statement = KeyStatement { issued_at: 1_760_000_000_000, ..key_statement() };
    assert_eq!(statement.message(), Err(MessageError::TimeOutOfRange));
}

fn write_grant() -> WriteGrant {
    WriteGrant {
        owner: key().account(1),
        grantee: Account::evm(1, [2; 20]),
        issuer_key: [3; 32],
        credential_id: idos_grants::DataId([4; 32]),
        data_id: idos_grants::DataId([5; 32]),
        locked_until: 0,
        not_before: 1_000_000,
        not_after: 1_003_600,
        nonce: KeyedNonce([0; 32]),
    }
}

#[test]
fn a_struct_with_accounts_of_another_chain_has_no_digest() {
    let contract = Account::evm(1, [9; 20]);
    assert!(write_grant().signable(&contract).is_ok());
    let owner = WriteGrant { owner: key().account(2), ..write_grant() };
    let grantee = WriteGrant { grantee: Account::evm(2, [2; 20]), ..write_grant() };
    for elsewhere in [owner, grantee] {
        assert_eq!(elsewhere.signable(&contract), Err(TypedDataError::OtherChain));
    }
}

#[test]
fn a_digest_is_bound_to_every_field_chain_and_contract() {
    let original = write_grant();
    let contract = Account::evm(1, [9; 20]);
    let other_id = idos_grants::DataId([6; 32]);
    let on_chain_2 =
        WriteGrant { owner: key().account(2), grantee: Account::evm(2, [2; 20]), ..original.clone() };
    let mut digests = vec![
        original.signable(&contract),
        original.signable(&Account::evm(1, [8; 20])),
        on_chain_2.signable(&Account::evm(2, [9; 20])),
    ];
    let changed = [
        WriteGrant { owner: Account::evm(1, [1; 20]), ..original.clone() },
        WriteGrant { grantee: Account::evm(1, [1; 20]), ..original.clone() },
        WriteGrant { issuer_key: [9; 32], ..original.clone() },
        WriteGrant { credential_id: other_id, ..original.clone() },
        WriteGrant { data_id: other_id, ..original.clone() },
        WriteGrant { locked_until: 1, ..original.clone() },
        WriteGrant { not_before: 1, ..original.clone() },
        WriteGrant { not_after: 1, ..original.clone() },
        WriteGrant { nonce: KeyedNonce([1; 32]), ..original },
    ];
    digests.extend(changed.iter().map(|grant| grant.signable(&contract)));
    let distinct: std::collections::HashSet<[u8; 32]> =
        digests.iter().map(|signable| signable.as_ref().unwrap().digest()).collect();
    assert_eq!(distinct.len(), digests.len());
}

#[test]
fn a_write_grant_is_usable_between_its_times() {
    let table = [
        ("first second", 1_000_000, 0, true),
        ("too early", 999_999, 0, false),
        ("early within the skew", 999_940, 60, true),
        ("last second", 1_003_600, 0, true),
        ("too late", 1_003_601, 0, false),
        ("late within the skew", 1_003_660, 60, true),
        ("too late for the skew", 1_003_661, 60, false),
    ];
    for (name, now, skew, usable) in table {
        assert_eq!(write_grant().is_usable(now, skew), usable, "{name}");
    }
}

proptest! {
    #[test]
    fn no_bytes_but_the_accounts_signature_prove_a_key(signature in prop::collection::vec(any::<u8>(), 0..100)) {
        let is_key = matches!(verify_message(&key().account(1), &message(), &signature), Ok(Proof::Key(_)));
        prop_assert!(!is_key);
    }

    #[test]
    fn a_flipped_bit_proves_nothing(bit in 0_usize..64 * 8) {
        let mut signature = key().sign_message(&message());
        signature[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(refusal(&key().account(1), &signature).is_some());
    }
}
