use idos_stellar_protocol::{Account, KeyProof, Refusal};
use idos_stellar_testing::{
    Key, Signed, World,
    keys::{Assertion, sign_assertion, with_high_s},
    text::{NETWORK_ID, Text},
    world::{CONTRACT, bytes_n, name},
};

use crate::support::{
    NOW, Verbs, client, create_by_key, done, grant_refs, item_text, keys, new_grants, verb_text, world,
};

const DEADLINE: u64 = NOW + 600;

fn create_text(world: &World, key: &Key, grantee: &Account) -> Text {
    verb_text(world, "create a grant", &world.account(key), grantee, 1, Some(0))
}

fn proof_of(world: &World, signed: &Signed) -> Option<KeyProof> {
    Some(KeyProof { deadline: DEADLINE, nonce: world.bytes(9), signature: world.signature(signed) })
}

/// Signs what creates the grant, and lets it be changed before it is sent.
fn send(
    world: &World,
    key: &Key,
    grantee: &Account,
    change: impl FnOnce(Signed) -> Signed,
) -> Result<(), Option<Refusal>> {
    let text = world.signed_text(create_text(world, key, grantee), 9, DEADLINE);
    create_by_key(world, grantee, key, proof_of(world, &change(key.sign(&text))))
}

#[test]
fn a_key_does_with_its_signature_what_an_account_does_with_its_authorization() {
    for key in keys() {
        let world = world();
        let (owner, bank) = (world.account(&key), world.native());
        let it = client(&world);
        let data_id = world.bytes(1);
        let text = |title, lock| verb_text(&world, title, &owner, &bank, 1, lock);
        let proof = |text, nonce| Some(world.proof(&key, text, nonce, DEADLINE));

        it.create_grant(&owner, &bank, &data_id, &0, &proof(text("create a grant", Some(0)), 1));
        assert_eq!(world.grant_of(&owner, &bank, 1), Some((NOW, 0)));
        let lock = NOW + 60;
        it.extend_timelock(&owner, &bank, &data_id, &lock, &proof(text("extend a timelock", Some(lock)), 2));
        assert_eq!(world.grant_of(&owner, &bank, 1), Some((NOW, lock)));
        world.at(lock + 1);
        it.revoke_grant(&owner, &bank, &data_id, &proof(text("revoke a grant", None), 3));
        assert_eq!(world.grant_of(&owner, &bank, 1), None);

        let shop = Account::Secp256k1(bytes_n(&world.env, &[2; 33]));
        let lock = lock + 60;
        let grants = new_grants(&world, &[(&bank, 1, 0), (&shop, 2, lock)]);
        let created = world.text("create grants").line("Owner", name(&owner)).line("Grants", 2);
        let created = item_text(created, &bank, 1).line("Locked Until", 0);
        let created = item_text(created, &shop, 2).line("Locked Until", lock);
        it.create_grants(&owner, &grants, &proof(created, 4));
        assert_eq!(world.grant_of(&owner, &shop, 2), Some((lock - 59, lock)));

        let revoked = world.text("revoke grants").line("Owner", name(&owner)).line("Grants", 1);
        let revoked = item_text(revoked, &bank, 1);
        it.revoke_grants(&owner, &grant_refs(&world, &[(&bank, 1)]), &proof(revoked, 5));
        assert_eq!(world.grant_of(&owner, &bank, 1), None);
        for nonce in 1..=6 {
            assert_eq!(it.is_nonce_used(&owner, &world.bytes(nonce)), nonce < 6, "{nonce}");
        }
        assert_eq!(world.env.auths(), [], "no account was asked");
    }
}

#[test]
fn a_long_batch_is_signed_as_one_text() {
    for key in keys() {
        let world = world();
        let (owner, bank) = (world.account(&key), world.native());
        let ids: Vec<u8> = (0..50).collect();
        let grants: Vec<(&Account, u8, u64)> = ids.iter().map(|id| (&bank, *id, 0)).collect();
        let text = world.text("create grants").line("Owner", name(&owner)).line("Grants", 50);
        let text = ids.iter().fold(text, |text, id| item_text(text, &bank, *id).line("Locked Until", 0));
        let proof = Some(world.proof(&key, text, 1, DEADLINE));
        client(&world).create_grants(&owner, &new_grants(&world, &grants), &proof);
        assert!(world.grant_of(&owner, &bank, 49).is_some(), "{}", key.curve());
    }
}

#[test]
fn a_signature_works_once_and_never_again_after_a_revoke() {
    for key in keys() {
        let world = world();
        let (owner, bank) = (world.account(&key), world.native());
        let unchanged = |signed| signed;
        send(&world, &key, &bank, unchanged).unwrap();
        let revoke = verb_text(&world, "revoke a grant", &owner, &bank, 1, None);
        let revoke = Some(world.proof(&key, revoke, 1, DEADLINE));
        client(&world).revoke_grant(&owner, &bank, &world.bytes(1), &revoke);
        let head = world.head();
        assert_eq!(send(&world, &key, &bank, unchanged), Err(Some(Refusal::NonceUsed)), "{}", key.curve());
        assert_eq!((world.grant_of(&owner, &bank, 1), world.head()), (None, head));
        // Another key's nonce of the same bytes is another nonce.
        let other = Key::of(key.curve(), &[0x44; 32]);
        send(&world, &other, &bank, unchanged).unwrap();
    }
}

#[test]
fn a_refused_call_leaves_the_nonce_usable() {
    let world = world();
    let [key, ..] = keys();
    let owner = world.account(&key);
    assert_eq!(send(&world, &key, &owner, |signed| signed), Err(Some(Refusal::InvalidGrantee)));
    assert!(!client(&world).is_nonce_used(&owner, &world.bytes(9)));
    send(&world, &key, &world.native(), |signed| signed).unwrap();
    assert!(client(&world).is_nonce_used(&owner, &world.bytes(9)));
}

#[test]
fn a_signature_over_anything_else_is_refused() {
    for key in keys() {
        let world = world();
        let (bank, shop) = (world.native(), world.native());
        let owner = world.account(&key);
        let text = |grantee| create_text(&world, &key, grantee).line("Nonce", "09".repeat(32));
        let right = text(&bank).line("Deadline", DEADLINE);
        let other_contract = "CABQGAYDAMBQGAYDAMBQGAYDAMBQGAYDAMBQGAYDAMBQGAYDAMBQGCK3";
        let status = Text::new("CredentialStatus", "create a grant").line("Owner", name(&owner));
        let status = item_text(status, &bank, 1).line("Locked Until", 0).line("Nonce", "09".repeat(32));
        let table = [
            ("another contract", right.clone().on(other_contract, NETWORK_ID)),
            ("another network", right.clone().on(CONTRACT, &"7a".repeat(32))),
            ("another grantee", text(&shop).line("Deadline", DEADLINE).on(CONTRACT, NETWORK_ID)),
            ("another deadline", text(&bank).line("Deadline", DEADLINE + 1).on(CONTRACT, NETWORK_ID)),
            (
                "another nonce",
                create_text(&world, &key, &bank)
                    .line("Nonce", "0a".repeat(32))
                    .line("Deadline", DEADLINE)
                    .on(CONTRACT, NETWORK_ID),
            ),
            (
                "another verb",
                verb_text(&world, "extend a timelock", &owner, &bank, 1, Some(0))
                    .line("Nonce", "09".repeat(32))
                    .line("Deadline", DEADLINE)
                    .on(CONTRACT, NETWORK_ID),
            ),
            ("the other contract's words", status.line("Deadline", DEADLINE).on(CONTRACT, NETWORK_ID)),
            ("a newline more", format!("{}\n", right.clone().on(CONTRACT, NETWORK_ID))),
        ];
        for (name, text) in table {
            let sent = create_by_key(&world, &bank, &key, proof_of(&world, &key.sign(&text)));
            assert!(
                matches!(sent, Err(None | Some(Refusal::InvalidSignature))),
                "{}: {name}: {sent:?}",
                key.curve()
            );
        }
        let other = Key::of(key.curve(), &[0x44; 32]);
        let signed = other.sign(&right.clone().on(CONTRACT, NETWORK_ID));
        let sent = create_by_key(&world, &bank, &key, proof_of(&world, &signed));
        assert!(matches!(sent, Err(None | Some(Refusal::InvalidSignature))), "another key: {sent:?}");
        assert_eq!((world.head(), client(&world).is_nonce_used(&owner, &world.bytes(9))), ([0; 32], false));
        let signed = key.sign(&right.on(CONTRACT, NETWORK_ID));
        assert_eq!(create_by_key(&world, &bank, &key, proof_of(&world, &signed)), Ok(()));
    }
}

#[test]
fn another_contract_of_the_same_code_takes_only_texts_that_name_it() {
    let world = world();
    let [key, ..] = keys();
    let (owner, bank) = (world.account(&key), world.native());
    let twin = world.env.register(access_grants::AccessGrants, ());
    let proof = Some(world.proof(&key, create_text(&world, &key, &bank), 9, DEADLINE));
    let twin = access_grants::AccessGrantsClient::new(&world.env, &twin);
    assert_eq!(done(twin.try_create_grant(&owner, &bank, &world.bytes(1), &0, &proof)), Err(None));
    client(&world).create_grant(&owner, &bank, &world.bytes(1), &0, &proof);
}

#[test]
fn a_signature_is_usable_through_its_deadline() {
    for key in keys() {
        let world = world();
        let bank = world.native();
        let late = world.at(DEADLINE + 1);
        assert_eq!(send(late, &key, &bank, |signed| signed), Err(Some(Refusal::SignatureExpired)));
        send(world.at(DEADLINE), &key, &bank, |signed| signed).unwrap();
    }
}

#[test]
fn a_high_s_is_refused() {
    for key in keys().into_iter().skip(1) {
        let world = world();
        let sent = send(&world, &key, &world.native(), |signed| with_high_s(&signed));
        assert_eq!(sent, Err(None), "{}: the host refuses", key.curve());
    }
}

#[test]
fn a_signature_of_another_kind_of_key_is_refused_before_anything_is_verified() {
    let world = world();
    let bank = world.native();
    for key in keys() {
        for other in keys() {
            if other.curve() == key.curve() {
                continue;
            }
            let text = world.signed_text(create_text(&world, &key, &bank), 9, DEADLINE);
            let signed = other.sign(&text);
            let late = world.at(DEADLINE + 1);
            let sent = create_by_key(late, &bank, &key, proof_of(&world, &signed));
            assert_eq!(sent, Err(Some(Refusal::InvalidSignature)), "{} by {}", key.curve(), other.curve());
        }
    }
}

#[test]
fn the_deadline_is_checked_before_the_signature_and_the_signature_before_the_nonce() {
    let world = world();
    let [_, key, _] = keys();
    let bank = world.native();
    let spoilt = |signed| match signed {
        Signed::Secp256k1(signature, recovery_id) => Signed::Secp256k1(signature, recovery_id ^ 1),
        other => other,
    };
    assert_eq!(send(world.at(DEADLINE + 1), &key, &bank, spoilt), Err(Some(Refusal::SignatureExpired)));
    send(world.at(NOW), &key, &bank, |signed| signed).unwrap();
    assert_eq!(send(&world, &key, &bank, spoilt), Err(Some(Refusal::InvalidSignature)));
    assert_eq!(send(&world, &key, &bank, |signed| signed), Err(Some(Refusal::NonceUsed)));
}

#[test]
fn a_recovery_id_is_0_or_1() {
    let world = world();
    let [_, key, _] = keys();
    for more in [2, 4, u32::MAX - 1] {
        let sent = send(&world, &key, &world.native(), |signed| match signed {
            Signed::Secp256k1(signature, recovery_id) => {
                Signed::Secp256k1(signature, recovery_id.wrapping_add(more))
            }
            other => other,
        });
        assert_eq!(sent, Err(Some(Refusal::InvalidSignature)), "{more} more");
    }
}

#[test]
fn a_key_of_the_other_half_of_its_curve_is_another_key() {
    let world = world();
    let bank = world.native();
    for key in keys().into_iter().skip(1) {
        let mut public = key.public();
        public[0] ^= 1;
        let owner = match key {
            Key::Secp256k1(_) => Account::Secp256k1(bytes_n(&world.env, &public)),
            _ => Account::Secp256r1(bytes_n(&world.env, &public)),
        };
        let text = verb_text(&world, "create a grant", &owner, &bank, 1, Some(0));
        let proof = Some(world.proof(&key, text, 9, DEADLINE));
        let sent = done(client(&world).try_create_grant(&owner, &bank, &world.bytes(1), &0, &proof));
        assert_eq!(sent, Err(Some(Refusal::InvalidSignature)), "{}", key.curve());
    }
}

#[test]
fn an_assertion_must_be_one_about_this_text_by_a_user_who_was_there() {
    let Key::Secp256r1(secret) = Key::of("secp256r1", &[0x33; 32]) else { panic!("another curve") };
    let key = Key::Secp256r1(secret.clone());
    let swap = |assertion: &mut Assertion, from: &str, to: &str| {
        let client_data = String::from_utf8(assertion.client_data_json.clone()).unwrap();
        assert!(client_data.contains(from));
        assertion.client_data_json = client_data.replace(from, to).into_bytes();
    };
    type Spoil<'a> = Box<dyn Fn(&mut Assertion) + 'a>;
    let table: [(&str, Spoil, Option<Refusal>); 11] = [
        (
            "a registration",
            Box::new(|it| swap(it, "webauthn.get", "webauthn.create")),
            Some(Refusal::InvalidSignature),
        ),
        (
            "members in another order",
            Box::new(|it| {
                let challenge = String::from_utf8(it.client_data_json[36..79].to_vec()).unwrap();
                it.client_data_json =
                    format!(r#"{{"challenge":"{challenge}","type":"webauthn.get"}}"#).into_bytes();
            }),
            Some(Refusal::InvalidSignature),
        ),
        (
            "a challenge that goes on",
            Box::new(|it| it.client_data_json.splice(79..79, *b"A").for_each(drop)),
            Some(Refusal::InvalidSignature),
        ),
        ("another challenge", Box::new(|it| it.client_data_json[36] ^= 1), Some(Refusal::InvalidSignature)),
        (
            "another end of the challenge",
            Box::new(|it| it.client_data_json[78] ^= 4),
            Some(Refusal::InvalidSignature),
        ),
        ("no client data", Box::new(|it| it.client_data_json.clear()), Some(Refusal::InvalidSignature)),
        ("nobody present", Box::new(|it| it.authenticator_data[32] &= !1), Some(Refusal::InvalidSignature)),
        ("nobody verified", Box::new(|it| it.authenticator_data[32] &= !4), Some(Refusal::InvalidSignature)),
        (
            "short authenticator data",
            Box::new(|it| it.authenticator_data.truncate(36)),
            Some(Refusal::InvalidSignature),
        ),
        (
            "no authenticator data",
            Box::new(|it| it.authenticator_data.clear()),
            Some(Refusal::InvalidSignature),
        ),
        ("authenticator data with extensions", Box::new(|it| it.authenticator_data.extend([0xa0])), None),
    ];
    for (name, spoil, error) in table {
        let world = world();
        let sent = send(&world, &key, &world.native(), |signed| {
            let Signed::Secp256r1(mut assertion) = signed else { panic!("another curve") };
            spoil(&mut assertion);
            // Signed anew, so that nothing but what was spoilt is wrong.
            sign_assertion(&secret, &mut assertion);
            Signed::Secp256r1(assertion)
        });
        assert_eq!(sent, error.map_or(Ok(()), |error| Err(Some(error))), "{name}");
    }
    let table: [(&str, Spoil); 4] = [
        ("another signature", Box::new(|it| it.signature[40] ^= 1)),
        ("changed after it was signed", Box::new(|it| it.authenticator_data[0] ^= 1)),
        ("another origin", Box::new(|it| swap(it, "node.example", "evil.example"))),
        ("a point off the curve", Box::new(|it| it.public_key_y[0] ^= 1)),
    ];
    for (name, spoil) in table {
        let world = world();
        let sent = send(&world, &key, &world.native(), |signed| {
            let Signed::Secp256r1(mut assertion) = signed else { panic!("another curve") };
            spoil(&mut assertion);
            Signed::Secp256r1(assertion)
        });
        assert_eq!(sent, Err(None), "{name}: the host refuses");
        assert_eq!(world.head(), [0; 32], "{name}");
    }
}
