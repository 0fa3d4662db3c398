//! Owners without accounts: the contract as wasm renders the text, and the host's own cryptography verifies it.

use idos_contracts_stellar::{
    KeyProof, Refusal,
    access_grants::{CreateGrant, CreateGrantByWriteGrant, RevokeGrant, WriteGrant},
    credential_status::{SetStatus, Status, StatusOf},
};

use crate::{
    keys::{Key, Signed, with_high_s},
    world::{World, account_of, data, id, keys, signature, verb_text},
};

const DEADLINE: u64 = 2_100_000_000;

fn create(key: &Key, proof: KeyProof) -> CreateGrant {
    let (owner, grantee) = (account_of(key), id("bank"));
    CreateGrant { owner, grantee, data_id: data(1), locked_until: 0, proof: Some(proof) }
}

fn create_text(key: &Key) -> String {
    verb_text("create a grant", &account_of(key), &id("bank"), 1, Some(0))
}

#[test]
fn each_kind_of_key_grants_and_revokes_and_no_signature_works_twice() {
    for key in keys() {
        let mut world = World::new();
        let (grants, owner) = (world.grants, account_of(&key));
        let call = create(&key, world.proof(&key, grants, &create_text(&key), 1, DEADLINE));
        let done = world.call("relayer", grants, &call).unwrap();
        assert_eq!(done.grant_events(grants).len(), 1, "{}", key.curve());
        let text = verb_text("revoke a grant", &owner, &id("bank"), 1, None);
        let proof = Some(world.proof(&key, grants, &text, 2, DEADLINE));
        let revoke = RevokeGrant { owner, grantee: id("bank"), data_id: data(1), proof };
        world.call("mallory", grants, &revoke).unwrap();
        let replayed = world.call("relayer", grants, &call).unwrap_err();
        assert_eq!(replayed.refusal, Some(Refusal::NonceUsed), "{}: {}", key.curve(), replayed.error);
    }
}

#[test]
fn a_signature_for_another_contract_or_network_is_refused() {
    for key in keys() {
        let mut world = World::new();
        let twin = world.deploy(idos_contracts_stellar::access_grants::WASM, 9, Vec::new());
        let for_twin = create(&key, world.proof(&key, twin, &create_text(&key), 1, DEADLINE));
        let other = World::on("Some Other Network ; 2026");
        let elsewhere = create(&key, other.proof(&key, world.grants, &create_text(&key), 1, DEADLINE));
        for (name, call) in [("another contract", &for_twin), ("another network", &elsewhere)] {
            let refused = world.call("relayer", world.grants, call).unwrap_err();
            assert_eq!(
                refused.refusal,
                Some(Refusal::InvalidSignature),
                "{}: {name}: {}",
                key.curve(),
                refused.error
            );
        }
        world.call("relayer", twin, &for_twin).unwrap();
    }
}

#[test]
fn a_late_or_spoilt_signature_is_refused_by_name() {
    for key in keys() {
        let mut world = World::new();
        let grants = world.grants;
        let late = create(&key, world.proof(&key, grants, &create_text(&key), 1, world.now() - 1));
        let refused = world.call("relayer", grants, &late).unwrap_err();
        assert_eq!(refused.refusal, Some(Refusal::SignatureExpired), "{}", refused.error);

        let text = format!(
            "{}\nNonce: {}\nDeadline: {DEADLINE}{}",
            create_text(&key),
            hex::encode([1; 32]),
            world.ending(grants)
        );
        let signed = key.sign(&text);
        let spoilt = match signed.clone() {
            Signed::Ed25519(mut signature) => {
                signature[0] ^= 1;
                Signed::Ed25519(signature)
            }
            Signed::Secp256k1(mut signature, recovery_id) => {
                signature[40] ^= 1;
                Signed::Secp256k1(signature, recovery_id)
            }
            Signed::Secp256r1(mut assertion) => {
                assertion.signature[40] ^= 1;
                Signed::Secp256r1(assertion)
            }
        };
        let mut table = vec![("spoilt", spoilt)];
        if key.curve() != "ed25519" {
            table.push(("high s", with_high_s(&signed)));
        }
        for (name, signed) in table {
            let proof = KeyProof { deadline: DEADLINE, nonce: [1; 32], signature: signature(&signed) };
            let refused = world.call("relayer", grants, &create(&key, proof)).unwrap_err();
            assert_eq!(
                refused.refusal,
                Some(Refusal::InvalidSignature),
                "{}: {name}: {}",
                key.curve(),
                refused.error
            );
        }
        let proof = KeyProof { deadline: DEADLINE, nonce: [1; 32], signature: signature(&signed) };
        world.call("relayer", grants, &create(&key, proof)).unwrap();
    }
}

#[test]
fn a_write_grant_creates_the_issuers_grant_once() {
    for key in keys() {
        let mut world = World::new();
        let write_grant = WriteGrant {
            owner: account_of(&key),
            grantee: id("kyc"),
            issuer_key: [3; 32],
            credential_id: [4; 32],
            data_id: data(5),
            locked_until: DEADLINE,
            not_before: 0,
            not_after: DEADLINE,
            nonce: [6; 32],
        };
        let WriteGrant { owner, grantee, .. } = write_grant;
        let hex = |byte: u8| hex::encode([byte; 32]);
        let text = format!(
            "idOS AccessGrants: write grant\n\nOwner: {owner}\nGrantee: {grantee}\nIssuer Key: {}\nCredential Id: {}\nData Id: {}\nLocked Until: {DEADLINE}\nNot Before: 0\nNot After: {DEADLINE}\nNonce: {}{}",
            hex(3),
            hex(4),
            hex(5),
            hex(6),
            world.ending(world.grants)
        );
        let signature = Some(signature(&key.sign(&text)));
        let call = CreateGrantByWriteGrant { write_grant, signature };
        world.call("kyc", world.grants, &call).unwrap();
        let again = world.call("kyc", world.grants, &call).unwrap_err();
        assert_eq!(again.refusal, Some(Refusal::NonceUsed), "{}: {}", key.curve(), again.error);
    }
}

#[test]
fn a_native_owner_authorizes_a_write_grant_that_the_issuer_sends() {
    let mut world = World::new();
    let write_grant = WriteGrant {
        owner: id("alice"),
        grantee: id("kyc"),
        issuer_key: [3; 32],
        credential_id: [4; 32],
        data_id: data(5),
        locked_until: 0,
        not_before: 0,
        not_after: DEADLINE,
        nonce: [6; 32],
    };
    let call = CreateGrantByWriteGrant { write_grant, signature: None };
    world.relay("alice", world.grants, &call).unwrap();
    assert!(world.has_access("alice", "kyc", 5));
    let again = world.relay("alice", world.grants, &call).unwrap_err();
    assert_eq!(again.refusal, Some(Refusal::NonceUsed), "{}", again.error);
}

#[test]
fn a_bare_key_is_an_issuer_too() {
    for key in keys() {
        let mut world = World::new();
        let (statuses, issuer) = (world.statuses, account_of(&key));
        let text = format!(
            "idOS CredentialStatus: set a status\n\nIssuer: {issuer}\nList: 7\nIndex: 522\nStatus: revoked"
        );
        let proof = Some(world.proof(&key, statuses, &text, 1, DEADLINE));
        let call = SetStatus { issuer, list: 7, index: 522, status: Status::Revoked, proof };
        world.call("relayer", statuses, &call).unwrap();
        let question = StatusOf { issuer, list: 7, index: 522 };
        assert_eq!(world.view(statuses, &question).unwrap(), Status::Revoked, "{}", key.curve());
        let again = world.call("relayer", statuses, &call).unwrap_err();
        assert_eq!(again.refusal, Some(Refusal::NonceUsed), "{}", again.error);
    }
}
