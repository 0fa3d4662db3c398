use credential_status::{LIST_SIZE, Purpose, Status, StatusChanged};
use idos_stellar_protocol::Refusal;
use soroban_sdk::{BytesN, Event as _, testutils::Events as _};

use crate::support::{LIST, Verbs, bit, client, world};

#[test]
fn a_suspension_is_lifted_and_a_revocation_is_final() {
    let world = world();
    let kyc = world.native();
    let table = [
        ("suspended", Status::Suspended, true, Status::Suspended),
        ("again", Status::Suspended, false, Status::Suspended),
        ("lifted", Status::Valid, true, Status::Valid),
        ("again", Status::Valid, false, Status::Valid),
        ("suspended again", Status::Suspended, true, Status::Suspended),
        ("revoked", Status::Revoked, true, Status::Revoked),
        ("again", Status::Revoked, false, Status::Revoked),
    ];
    for (name, status, changes, after) in table {
        let head = world.head();
        world.set(&kyc, 522, status).unwrap();
        assert_eq!(world.env.events().all().events().len(), usize::from(changes), "{name}");
        assert_eq!((world.status(&kyc, 522), world.head() != head), (after, changes), "{name}");
    }
    for status in [Status::Valid, Status::Suspended] {
        assert_eq!(world.set(&kyc, 522, status), Err(Some(Refusal::CredentialRevoked)));
    }
    assert_eq!(
        world.word(&kyc, Purpose::Suspension, 2),
        bit(10),
        "under the revocation the suspension stays"
    );
}

#[test]
fn the_event_carries_the_words_new_value() {
    let world = world();
    let kyc = world.native();
    world.set(&kyc, 522, Status::Revoked).unwrap();
    let event = |purpose, word_index, word: [u8; 32]| {
        let word = BytesN::from_array(&world.env, &word);
        let event = StatusChanged { issuer: kyc.clone(), list: LIST, purpose, word, word_index };
        [event.to_xdr(&world.env, &world.id)]
    };
    assert_eq!(world.env.events().all().events(), event(Purpose::Revocation, 2, bit(10)));
    world.set(&kyc, 521, Status::Revoked).unwrap();
    let mut both = bit(10);
    both[30] |= 2;
    assert_eq!(world.env.events().all().events(), event(Purpose::Revocation, 2, both));
    world.set(&kyc, LIST_SIZE - 1, Status::Suspended).unwrap();
    assert_eq!(world.env.events().all().events(), event(Purpose::Suspension, 511, bit(255)));
}

#[test]
fn positions_issuers_and_lists_are_apart() {
    let world = world();
    let [kyc, other] = std::array::from_fn(|_| world.native());
    world.set(&kyc, 522, Status::Revoked).unwrap();
    for index in [521, 523, 522 - 256, 522 + 256, 0, LIST_SIZE - 1] {
        assert_eq!(world.status(&kyc, index), Status::Valid, "{index}");
    }
    assert_eq!(world.status(&other, 522), Status::Valid);
    assert_eq!(client(&world).status_of(&kyc, &(LIST + 1), &522), Status::Valid);
}

#[test]
fn a_position_is_below_the_end_of_the_list() {
    let world = world();
    let kyc = world.native();
    for index in [LIST_SIZE, LIST_SIZE + 1, u32::MAX] {
        for status in [Status::Valid, Status::Suspended, Status::Revoked] {
            assert_eq!(world.set(&kyc, index, status), Err(Some(Refusal::IndexOutOfRange)), "{index}");
        }
        let asked = client(&world).try_status_of(&kyc, &LIST, &index);
        assert_eq!(asked.unwrap_err(), Ok(Refusal::IndexOutOfRange));
    }
    world.set(&kyc, LIST_SIZE - 1, Status::Revoked).unwrap();
}

#[test]
fn a_suspension_that_is_lifted_leaves_no_entry() {
    let world = world();
    let kyc = world.native();
    let entries = || {
        world.env.as_contract(&world.id, || {
            use soroban_sdk::testutils::storage::Persistent as _;
            world.env.storage().persistent().all().len()
        })
    };
    world.set(&kyc, 1, Status::Suspended).unwrap();
    assert_eq!(entries(), 2, "the head and the word");
    world.set(&kyc, 1, Status::Valid).unwrap();
    assert_eq!(entries(), 1, "the head");
}
