use credential_status::{Purpose, Status, WordChange};
use idos_stellar_protocol::{Account, KeyProof, Refusal};
use idos_stellar_testing::{Key, World, text::Text, world::name};
use soroban_sdk::{
    Address, IntoVal, Symbol, Val, Vec,
    testutils::{AuthorizedFunction, AuthorizedInvocation},
};

use crate::support::{Done, LIST, NONE, NOW, Verbs, bit, client, done, word_changes, world};

const DEADLINE: u64 = NOW + 600;

#[test]
fn the_issuer_authorizes_the_call_with_all_its_arguments() {
    let world = world();
    let env = &world.env;
    let issuer: Address = world.address();
    let kyc = Account::Native(issuer.clone());
    let asked = |function: &str, args: Vec<Val>| {
        let function = AuthorizedFunction::Contract((world.id.clone(), Symbol::new(env, function), args));
        assert_eq!(
            env.auths(),
            [(issuer.clone(), AuthorizedInvocation { function, sub_invocations: vec![] })]
        );
    };
    env.mock_all_auths();
    client(&world).set_status(&kyc, &LIST, &522, &Status::Revoked, &NONE);
    asked("set_status", (&kyc, LIST, 522_u32, Status::Revoked, NONE).into_val(env));
    let changes: Vec<WordChange> = word_changes(&world, &[(1, bit(1), [0; 32])]);
    client(&world).set_status_words(&kyc, &LIST, &Purpose::Suspension, &changes, &NONE);
    asked("set_status_words", (&kyc, LIST, Purpose::Suspension, &changes, NONE).into_val(env));
}

#[test]
fn nobody_else_writes_an_issuers_list() {
    let world = world();
    let kyc = world.native();
    let unauthorized = client(&world).try_set_status(&kyc, &LIST, &522, &Status::Revoked, &NONE);
    assert_eq!(done(unauthorized), Err(None));
    let changes = word_changes(&world, &[(1, bit(1), [0; 32])]);
    let unauthorized =
        client(&world).try_set_status_words(&kyc, &LIST, &Purpose::Revocation, &changes, &NONE);
    assert_eq!(done(unauthorized), Err(None));
    assert_eq!((world.status(&kyc, 522), world.head()), (Status::Valid, [0; 32]));
}

fn keys() -> [Key; 3] {
    ["ed25519", "secp256k1", "secp256r1"].map(|curve| Key::of(curve, &[0x33; 32]))
}

fn status_text(world: &World, issuer: &Account, index: u32, status: &str) -> Text {
    let text = world.text("set a status").line("Issuer", name(issuer)).line("List", LIST);
    text.line("Index", index).line("Status", status)
}

fn set(world: &World, issuer: &Account, index: u32, status: Status, proof: &KeyProof) -> Done {
    done(client(world).try_set_status(issuer, &LIST, &index, &status, &Some(proof.clone())))
}

#[test]
fn a_bare_key_signs_what_it_says() {
    for key in keys() {
        let world = world();
        let issuer = world.account(&key);
        let proof =
            |status, nonce| world.proof(&key, status_text(&world, &issuer, 522, status), nonce, DEADLINE);
        for (nonce, word, status) in [
            (1, "suspended", Status::Suspended),
            (2, "valid", Status::Valid),
            (3, "revoked", Status::Revoked),
        ] {
            set(&world, &issuer, 522, status, &proof(word, nonce)).unwrap();
            assert_eq!(world.status(&issuer, 522), status);
            assert!(client(&world).is_nonce_used(&issuer, &world.bytes(nonce)));
        }
        let changes = [(1, bit(1), [0; 32]), (2, [0; 32], bit(255))];
        let hex = |word: [u8; 32]| hex::encode(word);
        let text = world.text("set status words").line("Issuer", name(&issuer)).line("List", LIST);
        let text = text.line("Purpose", "suspension").line("Changes", 2);
        let text = changes.iter().fold(text, |text, (index, set, clear)| {
            text.line("Word Index", index).line("Set", hex(*set)).line("Clear", hex(*clear))
        });
        let proof = Some(world.proof(&key, text, 4, DEADLINE));
        let changes = word_changes(&world, &changes);
        client(&world).set_status_words(&issuer, &LIST, &Purpose::Suspension, &changes, &proof);
        assert_eq!(world.word(&issuer, Purpose::Suspension, 1), bit(1));
        assert_eq!(world.env.auths(), []);
    }
}

#[test]
fn a_bare_keys_signature_is_good_for_one_use_and_for_nothing_else() {
    for key in keys() {
        let world = world();
        let issuer = world.account(&key);
        let proof = world.proof(&key, status_text(&world, &issuer, 522, "suspended"), 1, DEADLINE);
        for (name, index, status) in
            [("another position", 523, Status::Suspended), ("another status", 522, Status::Revoked)]
        {
            let sent = set(&world, &issuer, index, status, &proof);
            assert!(
                matches!(sent, Err(None | Some(Refusal::InvalidSignature))),
                "{}: {name}: {sent:?}",
                key.curve()
            );
        }
        let late = world.at(DEADLINE + 1);
        assert_eq!(set(late, &issuer, 522, Status::Suspended, &proof), Err(Some(Refusal::SignatureExpired)));
        set(world.at(DEADLINE), &issuer, 522, Status::Suspended, &proof).unwrap();
        assert_eq!(set(&world, &issuer, 522, Status::Suspended, &proof), Err(Some(Refusal::NonceUsed)));
    }
}

#[test]
fn a_native_issuer_with_a_proof_and_a_bare_key_without_one_are_not_heard() {
    let world = world();
    world.env.mock_all_auths();
    for key in keys() {
        let issuer = world.account(&key);
        let proof = world.proof(&key, status_text(&world, &issuer, 522, "revoked"), 1, DEADLINE);
        let none = client(&world).try_set_status(&issuer, &LIST, &522, &Status::Revoked, &NONE);
        assert_eq!(done(none), Err(Some(Refusal::NotOwner)));
        assert_eq!(set(&world, &world.native(), 522, Status::Revoked, &proof), Err(Some(Refusal::NotOwner)));
    }
}

#[test]
fn who_speaks_comes_before_what_is_said_and_size_before_who() {
    let world = world();
    let issuer = Account::Ed25519(world.bytes(1));
    let said = client(&world).try_set_status(&issuer, &LIST, &u32::MAX, &Status::Revoked, &NONE);
    assert_eq!(done(said), Err(Some(Refusal::NotOwner)));
    let none = word_changes(&world, &[]);
    let said = client(&world).try_set_status_words(&issuer, &LIST, &Purpose::Revocation, &none, &NONE);
    assert_eq!(done(said), Err(Some(Refusal::EmptyBatch)));
}
