use credential_status::{Purpose, Refusal, Status};

use crate::support::{Verbs, World, bits, change};

#[test]
fn sets_and_clears_bits_of_several_words() {
    let mut world = World::new();
    world.set("kyc.near", 0, 7, Status::Suspended).unwrap();
    let changes = vec![change(0, &[8, 9], &[7]), change(511, &[255], &[]), change(1, &[], &[3])];
    world.set_words("kyc.near", Purpose::Suspension, changes).unwrap();
    assert_eq!(world.word("kyc.near", 0, Purpose::Suspension, 0), bits(&[8, 9]));
    assert_eq!(world.status("kyc.near", 0, 131_071), Status::Suspended);
    let data = world.events[0]["data"].as_array().unwrap();
    let words = data.iter().map(|entry| entry["word_index"].as_u64().unwrap()).collect::<Vec<_>>();
    assert_eq!(words, [0, 511], "the word that stays as it is is not told");
}

#[test]
fn a_batch_that_changes_nothing_says_nothing() {
    let mut world = World::new();
    world.set_words("kyc.near", Purpose::Suspension, vec![change(0, &[], &[1])]).unwrap();
    assert_eq!((world.events.len(), world.head()), (0, [0; 32]));
}

#[test]
fn a_batch_has_1_to_60_words() {
    let mut world = World::new();
    let words = |count: u16| (0..count).map(|word| change(word, &[1], &[])).collect::<Vec<_>>();
    assert_eq!(world.set_words("kyc.near", Purpose::Revocation, words(0)), Err(Refusal::EmptyBatch));
    assert_eq!(
        world.set_words("kyc.near", Purpose::Revocation, words(61)),
        Err(Refusal::BatchTooLarge(61, 60))
    );
    assert_eq!(world.set_words("kyc.near", Purpose::Revocation, words(60)), Ok(()));
}

#[test]
fn a_refused_item_refuses_the_batch() {
    let table = [
        ("beyond the end", Purpose::Suspension, change(512, &[0], &[]), "IndexOutOfRange(131072)"),
        ("far beyond the end", Purpose::Suspension, change(u16::MAX, &[0], &[]), "IndexOutOfRange(16776960)"),
        ("both set and cleared", Purpose::Suspension, change(1, &[0, 1], &[1]), "InvalidWordChange"),
        ("a revocation to clear", Purpose::Revocation, change(1, &[0], &[1]), "RevocationIsFinal(0,1)"),
        ("order: range first", Purpose::Revocation, change(512, &[1], &[1]), "IndexOutOfRange(131072)"),
        ("order: then the change", Purpose::Revocation, change(1, &[1], &[1]), "InvalidWordChange"),
    ];
    for (name, purpose, wrong, error) in table {
        let mut world = World::new();
        let refusal = world.set_words("kyc.near", purpose, vec![change(0, &[5], &[]), wrong]).unwrap_err();
        assert_eq!(refusal.to_string(), error, "{name}");
        assert_eq!(
            (world.word("kyc.near", 0, purpose, 0), world.head()),
            (bits(&[]), [0; 32]),
            "{name}: none at all"
        );
    }
}

#[test]
fn suspensions_under_a_revocation_change_and_the_status_stays() {
    let mut world = World::new();
    world.set("kyc.near", 0, 5, Status::Revoked).unwrap();
    world.set_words("kyc.near", Purpose::Suspension, vec![change(0, &[5], &[])]).unwrap();
    assert_eq!(world.status("kyc.near", 0, 5), Status::Revoked);
}
