//! What words lock, and when it comes back. NEP-145 itself is tested with AccessGrants: it is the same code.

use std::collections::BTreeSet;

use credential_status::{Purpose, Status};
use proptest::prelude::*;

use crate::support::{BYTE, FIRST_WORD, NOW, Verbs, WORD, World, change};

#[test]
fn the_first_bit_of_a_word_costs_and_the_others_do_not() {
    let mut world = World::new();
    let mut set = |index, status, yocto| {
        world
            .call("kyc.near", NOW, yocto, |it| it.set_status(0, index, status))
            .map_err(|refusal| refusal.to_string())
    };
    assert_eq!(set(0, Status::Revoked, 0), Err(format!("StorageDepositMissing({FIRST_WORD})")));
    assert_eq!(set(0, Status::Valid, 0), Ok(()), "what changes nothing costs nothing");
    assert_eq!(set(0, Status::Revoked, FIRST_WORD), Ok(()));
    assert_eq!(set(255, Status::Revoked, 0), Ok(()));
    assert_eq!(set(255, Status::Suspended, 0), Err("CredentialRevoked(0,255)".to_owned()));
    assert_eq!(set(254, Status::Suspended, 3), Err(format!("StorageDepositMissing({})", WORD - 3)));
    assert_eq!(set(256, Status::Revoked, 3), Err(format!("StorageDepositMissing({})", WORD - 3)));
}

#[test]
fn a_word_without_suspensions_gives_its_cost_back() {
    let mut world = World::new();
    world.set("kyc.near", 0, 1, Status::Suspended).unwrap();
    world.set("kyc.near", 0, 2, Status::Suspended).unwrap();
    let total = 2 * FIRST_WORD;
    assert_eq!(world.balance("kyc.near"), Some((total, total - FIRST_WORD)));
    for index in [1, 2] {
        world.call("kyc.near", NOW, 0, |it| it.set_status(0, index, Status::Valid)).unwrap();
    }
    assert_eq!(world.balance("kyc.near"), Some((total, total - 96 * BYTE)));
    assert_eq!(world.call("kyc.near", NOW, 1, |it| it.storage_unregister(None)), Ok(true));
    assert_eq!(world.payments, [("kyc.near".to_owned(), total + 1)]);
}

#[test]
fn a_batch_that_adds_and_removes_words_pays_the_difference() {
    let mut world = World::new();
    world.call("kyc.near", NOW, FIRST_WORD, |it| it.set_status(0, 1, Status::Suspended)).unwrap();
    let changes = [change(0, &[], &[1]), change(1, &[1], &[]), change(2, &[1], &[])];
    let mut send = |yocto| {
        world.call("kyc.near", NOW, yocto, |it| it.set_status_words(0, Purpose::Suspension, changes.to_vec()))
    };
    assert_eq!(send(WORD - 1).unwrap_err().to_string(), "StorageDepositMissing(1)");
    assert_eq!(send(WORD), Ok(()));
    assert_eq!(world.balance("kyc.near"), Some((FIRST_WORD + WORD, 0)));
}

#[test]
fn no_force_unregisters_an_issuer_whose_words_stand() {
    let mut world = World::new();
    world.set("kyc.near", 0, 1, Status::Revoked).unwrap();
    let refusal = world.call("kyc.near", NOW, 1, |it| it.storage_unregister(Some(true))).unwrap_err();
    assert_eq!(refusal.to_string(), "StorageInUse(1)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// What is locked is what the bytes cost, and statuses are those of sets of positions.
    #[test]
    fn locks_what_the_bytes_cost(steps in prop::collection::vec((0..2_u32, 0..600_u32, 0..3_u8), 1..40)) {
        let mut world = World::new();
        let mut revoked = BTreeSet::new();
        let mut suspended = BTreeSet::new();
        for (list, index, status) in steps {
            let status = [Status::Valid, Status::Suspended, Status::Revoked][usize::from(status)];
            let is_revoked = revoked.contains(&(list, index));
            prop_assert_eq!(world.set("kyc.near", list, index, status).is_err(), is_revoked && status != Status::Revoked);
            match status {
                Status::Revoked => drop(revoked.insert((list, index))),
                _ if is_revoked => {}
                Status::Suspended => drop(suspended.insert((list, index))),
                Status::Valid => drop(suspended.remove(&(list, index))),
            }
            let expected = match (revoked.contains(&(list, index)), suspended.contains(&(list, index))) {
                (true, _) => Status::Revoked,
                (false, true) => Status::Suspended,
                (false, false) => Status::Valid,
            };
            prop_assert_eq!(world.status("kyc.near", list, index), expected);
            let (total, available) = world.balance("kyc.near").unwrap_or_default();
            prop_assert_eq!(total - available, u128::from(world.bytes()) * BYTE);
        }
    }
}
