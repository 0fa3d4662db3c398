use idos_stellar_protocol::{Account, Refusal};
use soroban_sdk::testutils::Events as _;

use crate::support::{NOW, Verbs, world};

#[test]
fn does_all_in_order_and_folds_each() {
    let (single, batch) = (world(), world());
    let accounts = |world: &idos_stellar_testing::World| {
        [0x11, 0x22, 0x33].map(|byte| Account::Ed25519(world.bytes(byte)))
    };
    // A native owner's address is generated, so the owner is the contract itself, which is the same in both.
    let [_, bank, shop] = accounts(&single);
    let owner = Account::Native(single.id.clone());
    single.create(&owner, &bank, 1, 0).unwrap();
    single.create(&owner, &shop, 2, NOW + 9).unwrap();
    let expected = single.head();

    let [_, bank, shop] = accounts(&batch);
    let owner = Account::Native(batch.id.clone());
    batch.create_all(&owner, &[(&bank, 1, 0), (&shop, 2, NOW + 9)]).unwrap();
    assert_eq!(batch.events().len(), 2);
    assert_eq!(batch.head(), expected);
    assert_eq!(batch.grant_of(&owner, &shop, 2), Some((NOW, NOW + 9)));

    batch.at(NOW + 10).revoke_all(&owner, &[(&shop, 2), (&bank, 1)]).unwrap();
    assert_eq!(batch.events().iter().filter(|(name, _)| name == "grant_revoked").count(), 2);
    assert_eq!((batch.grant_of(&owner, &bank, 1), batch.grant_of(&owner, &shop, 2)), (None, None));
}

#[test]
fn a_refused_item_refuses_the_batch() {
    let world = world();
    let [alice, bank, shop] = std::array::from_fn(|_| world.native());
    world.create(&alice, &bank, 1, NOW + 60).unwrap();
    let head = world.head();
    type Table<'a, T> = [(&'a str, &'a [T], Refusal); 3];
    let creates: Table<(&Account, u8, u64)> = [
        ("an existing one", &[(&shop, 1, 0), (&bank, 1, 0)], Refusal::GrantExists),
        ("one twice", &[(&shop, 1, 0), (&shop, 1, 0)], Refusal::GrantExists),
        ("a lock in the past", &[(&shop, 1, 0), (&shop, 2, 1)], Refusal::InvalidTimelock),
    ];
    for (name, grants, error) in creates {
        assert_eq!(world.create_all(&alice, grants), Err(Some(error)), "{name}");
        assert_eq!((world.head(), world.grant_of(&alice, &shop, 1)), (head, None), "{name}");
    }
    world.create(&alice, &shop, 1, 0).unwrap();
    let head = world.head();
    let revokes: Table<(&Account, u8)> = [
        ("a locked one", &[(&shop, 1), (&bank, 1)], Refusal::GrantLocked),
        ("an unknown one", &[(&shop, 1), (&bank, 2)], Refusal::GrantNotFound),
        ("one twice", &[(&shop, 1), (&shop, 1)], Refusal::GrantNotFound),
    ];
    for (name, grants, error) in revokes {
        assert_eq!(world.revoke_all(&alice, grants), Err(Some(error)), "{name}");
        assert_eq!(world.head(), head, "{name}");
        assert!(world.grant_of(&alice, &shop, 1).is_some(), "{name}");
    }
}

#[test]
fn has_one_to_fifty_items_and_says_so_before_it_hears_anybody() {
    let world = world();
    let [alice, bank] = std::array::from_fn(|_| world.native());
    let grants = |count: u32| -> Vec<(&Account, u8, u64)> {
        (0..count).map(|id| (&bank, u8::try_from(id).unwrap(), 0)).collect()
    };
    let refs = |count: u32| -> Vec<(&Account, u8)> {
        (0..count).map(|id| (&bank, u8::try_from(id).unwrap())).collect()
    };
    for (count, error) in [(0, Refusal::EmptyBatch), (51, Refusal::BatchTooLarge)] {
        assert_eq!(world.create_all(&alice, &grants(count)), Err(Some(error)));
        assert_eq!(world.revoke_all(&alice, &refs(count)), Err(Some(error)));
    }
    // Bare keys without a proof are `NotOwner`, but size comes first.
    let key = Account::Ed25519(world.bytes(1));
    assert_eq!(world.create_all(&key, &grants(0)), Err(Some(Refusal::EmptyBatch)));
    assert_eq!(world.create_all(&key, &grants(1)), Err(Some(Refusal::NotOwner)));
    world.create_all(&alice, &grants(50)).unwrap();
    assert_eq!(world.env.events().all().events().len(), 50);
    world.revoke_all(&alice, &refs(50)).unwrap();
    assert_eq!(world.grant_of(&alice, &bank, 0), None);
}
