use credential_status::{Purpose, Status};
use idos_stellar_protocol::Refusal;
use soroban_sdk::testutils::Events as _;

use crate::support::{LIST, Verbs, bit, client, world};

const NONE: [u8; 32] = [0; 32];

#[test]
fn changes_up_to_256_positions_at_once_and_emits_only_what_changes() {
    let world = world();
    let kyc = world.native();
    world.set_words(&kyc, Purpose::Suspension, &[(2, [0xff; 32], NONE), (3, NONE, NONE)]).unwrap();
    assert_eq!(world.env.events().all().events().len(), 1);
    assert_eq!((world.status(&kyc, 512), world.status(&kyc, 767)), (Status::Suspended, Status::Suspended));
    world.set_words(&kyc, Purpose::Suspension, &[(2, NONE, bit(10)), (2, NONE, bit(11))]).unwrap();
    assert_eq!(world.env.events().all().events().len(), 2);
    assert_eq!((world.status(&kyc, 522), world.status(&kyc, 523)), (Status::Valid, Status::Valid));
    assert_eq!(world.status(&kyc, 524), Status::Suspended);
}

#[test]
fn suspensions_may_change_under_a_revocation() {
    let world = world();
    let kyc = world.native();
    world.set(&kyc, 522, Status::Revoked).unwrap();
    world.set_words(&kyc, Purpose::Suspension, &[(2, bit(10), NONE)]).unwrap();
    assert_eq!(world.word(&kyc, Purpose::Suspension, 2), bit(10));
    assert_eq!(world.status(&kyc, 522), Status::Revoked);
    world.set_words(&kyc, Purpose::Suspension, &[(2, NONE, bit(10))]).unwrap();
    assert_eq!(world.status(&kyc, 522), Status::Revoked);
}

#[test]
fn a_refused_word_refuses_the_batch() {
    let table = [
        ("beyond the end", Purpose::Suspension, (512, bit(0), NONE), Refusal::IndexOutOfRange),
        ("far beyond the end", Purpose::Suspension, (u32::MAX, bit(0), NONE), Refusal::IndexOutOfRange),
        ("both set and cleared", Purpose::Suspension, (1, [3; 32], [1; 32]), Refusal::InvalidWordChange),
        ("a revocation to clear", Purpose::Revocation, (1, NONE, bit(9)), Refusal::RevocationIsFinal),
        ("range first", Purpose::Revocation, (512, [3; 32], [1; 32]), Refusal::IndexOutOfRange),
        ("then the change", Purpose::Revocation, (1, [3; 32], [1; 32]), Refusal::InvalidWordChange),
    ];
    for (name, purpose, wrong, error) in table {
        let world = world();
        let kyc = world.native();
        let done = world.set_words(&kyc, purpose, &[(0, bit(0), NONE), wrong]);
        assert_eq!(done, Err(Some(error)), "{name}");
        assert_eq!((world.word(&kyc, purpose, 0), world.head()), (NONE, [0; 32]), "{name}");
    }
}

#[test]
fn has_one_to_fifty_words() {
    let world = world();
    let kyc = world.native();
    let words = |count: u32| (0..count).map(|word| (word, bit(1), NONE)).collect::<Vec<_>>();
    let size = |count| world.set_words(&kyc, Purpose::Revocation, &words(count));
    assert_eq!(size(0), Err(Some(Refusal::EmptyBatch)));
    assert_eq!(size(51), Err(Some(Refusal::BatchTooLarge)));
    size(50).unwrap();
    assert_eq!(world.word(&kyc, Purpose::Revocation, 49), bit(1));
}

#[test]
fn a_word_is_asked_below_the_end_of_the_list() {
    let world = world();
    let asked = client(&world).try_status_word(&world.native(), &LIST, &Purpose::Revocation, &512);
    assert_eq!(asked.unwrap_err(), Ok(Refusal::IndexOutOfRange));
}
