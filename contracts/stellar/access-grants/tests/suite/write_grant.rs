use access_grants::WriteGrant;
use idos_stellar_protocol::{Account, KeySignature, Refusal};
use idos_stellar_testing::{
    Key, World,
    text::NETWORK_ID,
    world::{CONTRACT, name},
};
use soroban_sdk::{
    IntoVal, Symbol,
    testutils::{AuthorizedFunction, AuthorizedInvocation},
};

use crate::support::{Done, NOW, Verbs, client, done, keys, world};

fn write_grant(world: &World, owner: &Account, grantee: &Account) -> WriteGrant {
    WriteGrant {
        credential_id: world.bytes(5),
        data_id: world.bytes(1),
        grantee: grantee.clone(),
        issuer_key: world.bytes(6),
        locked_until: NOW + 10_000,
        nonce: world.bytes(9),
        not_after: NOW + 600,
        not_before: NOW + 60,
        owner: owner.clone(),
    }
}

fn text(world: &World, it: &WriteGrant) -> String {
    let hex = |bytes: &soroban_sdk::BytesN<32>| hex::encode(bytes.to_array());
    let text = world.text("write grant").line("Owner", name(&it.owner)).line("Grantee", name(&it.grantee));
    let text = text.line("Issuer Key", hex(&it.issuer_key)).line("Credential Id", hex(&it.credential_id));
    let text = text.line("Data Id", hex(&it.data_id)).line("Locked Until", it.locked_until);
    let text = text.line("Not Before", it.not_before).line("Not After", it.not_after);
    text.line("Nonce", hex(&it.nonce)).on(CONTRACT, NETWORK_ID)
}

fn send(world: &World, it: &WriteGrant, signature: Option<KeySignature>) -> Done {
    done(client(world).try_create_grant_by_write_grant(it, &signature))
}

fn sign(world: &World, key: &Key, it: &WriteGrant) -> Option<KeySignature> {
    Some(world.signature(&key.sign(&text(world, it))))
}

#[test]
fn creates_the_issuers_grant_once_in_its_window() {
    for key in keys() {
        let world = world();
        let (owner, issuer) = (world.account(&key), world.native());
        let it = write_grant(&world, &owner, &issuer);
        let signature = sign(&world, &key, &it);
        for (name, at, expected) in [
            ("too early", NOW + 59, Err(Some(Refusal::SignatureNotYetValid))),
            ("too late", NOW + 601, Err(Some(Refusal::SignatureExpired))),
            ("its last second", NOW + 600, Ok(())),
            ("again", NOW + 600, Err(Some(Refusal::NonceUsed))),
        ] {
            assert_eq!(send(world.at(at), &it, signature.clone()), expected, "{}: {name}", key.curve());
        }
        assert_eq!(world.grant_of(&owner, &issuer, 1), Some((NOW + 600, NOW + 10_000)));
        let early = WriteGrant { nonce: world.bytes(8), data_id: world.bytes(2), ..it };
        assert_eq!(send(world.at(NOW + 60), &early, sign(&world, &key, &early)), Ok(()), "its first second");
    }
}

#[test]
fn a_native_owner_authorizes_it_and_may_cancel_its_nonce() {
    let world = world();
    let env = &world.env;
    let address = world.address();
    let (owner, issuer) = (Account::Native(address.clone()), world.native());
    let it = write_grant(&world, &owner, &issuer);
    world.at(NOW + 60);
    assert_eq!(send(&world, &it, None), Err(None), "not authorized");
    env.mock_all_auths();
    send(&world, &it, None).unwrap();
    let args = (&it, None::<KeySignature>).into_val(env);
    let function = AuthorizedFunction::Contract((
        world.id.clone(),
        Symbol::new(env, "create_grant_by_write_grant"),
        args,
    ));
    assert_eq!(env.auths(), [(address.clone(), AuthorizedInvocation { function, sub_invocations: vec![] })]);
    let again = WriteGrant { data_id: world.bytes(2), ..it.clone() };
    assert_eq!(send(&world, &again, None), Err(Some(Refusal::NonceUsed)));

    let cancelled = WriteGrant { nonce: world.bytes(8), ..again };
    client(&world).cancel_nonce(&address, &world.bytes(8));
    assert!(client(&world).is_nonce_used(&owner, &world.bytes(8)));
    assert_eq!(send(&world, &cancelled, None), Err(Some(Refusal::NonceUsed)));
    assert_eq!(
        done(client(&world).try_cancel_nonce(&address, &world.bytes(8))),
        Err(Some(Refusal::NonceUsed))
    );
}

#[test]
fn a_nonce_that_a_signed_verb_used_is_used() {
    let world = world();
    let [key, ..] = keys();
    let (owner, issuer) = (world.account(&key), world.native());
    let it = write_grant(&world, &owner, &issuer);
    let other = crate::support::verb_text(&world, "create a grant", &owner, &issuer, 2, Some(0));
    let proof = Some(world.proof(&key, other, 9, NOW + 600));
    client(&world).create_grant(&owner, &issuer, &world.bytes(2), &0, &proof);
    assert_eq!(send(world.at(NOW + 60), &it, sign(&world, &key, &it)), Err(Some(Refusal::NonceUsed)));
}

#[test]
fn every_field_is_signed() {
    let world = world();
    world.at(NOW + 60);
    let [_, key, _] = keys();
    let (owner, issuer) = (world.account(&key), world.native());
    let it = write_grant(&world, &owner, &issuer);
    let signature = sign(&world, &key, &it);
    let other = || world.bytes(7);
    let table = [
        ("credential id", WriteGrant { credential_id: other(), ..it.clone() }),
        ("data id", WriteGrant { data_id: other(), ..it.clone() }),
        ("grantee", WriteGrant { grantee: world.native(), ..it.clone() }),
        ("issuer key", WriteGrant { issuer_key: other(), ..it.clone() }),
        ("lock", WriteGrant { locked_until: 0, ..it.clone() }),
        ("nonce", WriteGrant { nonce: other(), ..it.clone() }),
        ("end", WriteGrant { not_after: NOW + 601, ..it.clone() }),
        ("beginning", WriteGrant { not_before: NOW, ..it.clone() }),
        ("owner", WriteGrant { owner: world.account(&Key::of("secp256k1", &[0x44; 32])), ..it.clone() }),
    ];
    for (name, changed) in table {
        // A recovered key is another one; the host may also find that no key fits at all.
        let sent = send(&world, &changed, signature.clone());
        assert!(matches!(sent, Err(None | Some(Refusal::InvalidSignature))), "{name}: {sent:?}");
    }
    send(&world, &it, signature).unwrap();
}

#[test]
fn form_is_checked_before_time_and_time_before_the_signature() {
    let world = world();
    let [ed25519, secp256k1, _] = keys();
    let issuer = world.native();
    let it = write_grant(&world, &world.account(&ed25519), &issuer);
    assert_eq!(send(&world, &it, None), Err(Some(Refusal::NotOwner)), "a bare key without a signature");
    assert_eq!(send(&world, &it, sign(&world, &secp256k1, &it)), Err(Some(Refusal::InvalidSignature)));
    let wrong = WriteGrant { data_id: world.bytes(2), ..it.clone() };
    assert_eq!(send(&world, &it, sign(&world, &ed25519, &wrong)), Err(Some(Refusal::SignatureNotYetValid)));
    let late = world.at(NOW + 601);
    assert_eq!(send(late, &it, sign(&world, &ed25519, &wrong)), Err(Some(Refusal::SignatureExpired)));
    let native = WriteGrant { owner: world.native(), ..it.clone() };
    assert_eq!(send(&world, &native, sign(&world, &ed25519, &it)), Err(Some(Refusal::NotOwner)));
}

#[test]
fn a_refused_grant_leaves_the_nonce_usable() {
    let world = world();
    let [key, ..] = keys();
    let owner = world.account(&key);
    world.at(NOW + 60);
    let it = WriteGrant { grantee: owner.clone(), ..write_grant(&world, &owner, &owner) };
    assert_eq!(send(&world, &it, sign(&world, &key, &it)), Err(Some(Refusal::InvalidGrantee)));
    assert!(!client(&world).is_nonce_used(&owner, &world.bytes(9)));
}
