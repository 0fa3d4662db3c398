use access_grants::Refusal;

use crate::support::{BYTE, FIRST_GRANT, NOW, Verbs, World, grant_ref, new_grant};

const MANY: u128 = 100 * FIRST_GRANT;

#[test]
fn a_batch_is_one_line_of_events_in_order() {
    let mut world = World::new();
    let grants = vec![new_grant("bank.near", 1, 0), new_grant("shop.near", 2, NOW + 60)];
    world.call("alice.near", NOW, MANY, |it| it.create_grants(grants)).unwrap();
    let created = &world.events;
    assert_eq!((created.len(), &created[0]["event"]), (1, &"grant_created".into()));
    assert_eq!(
        (&created[0]["data"][0]["grantee"], &created[0]["data"][1]["grantee"]),
        (&"bank.near".into(), &"shop.near".into())
    );
    assert_eq!(world.grant_of("alice.near", "shop.near", 2), Some((NOW, NOW + 60)));

    let grants = vec![grant_ref("shop.near", 2), grant_ref("bank.near", 1)];
    world.call("alice.near", NOW + 61, 0, |it| it.revoke_grants(grants)).unwrap();
    let revoked = &world.events;
    assert_eq!((revoked.len(), &revoked[0]["event"]), (1, &"grant_revoked".into()));
    assert_eq!(
        (&revoked[0]["data"][0]["grantee"], &revoked[0]["data"][1]["grantee"]),
        (&"shop.near".into(), &"bank.near".into())
    );
    assert_eq!(
        world.balance("alice.near"),
        Some((MANY, MANY - 96 * BYTE)),
        "only the deposit record is paid for"
    );
}

#[test]
fn a_batch_has_the_history_of_single_calls() {
    let mut batch = World::new();
    let grants = (1..=3).map(|id| new_grant("bank.near", id, 0)).collect();
    batch.call("alice.near", NOW, MANY, |it| it.create_grants(grants)).unwrap();
    let mut single = World::new();
    for id in 1..=3 {
        single.create("alice.near", "bank.near", id, 0, NOW).unwrap();
    }
    assert_eq!(batch.head(), single.head());
}

#[test]
fn a_batch_has_1_to_60_items() {
    let mut world = World::new();
    let grants = |size: u8| (0..size).map(|id| new_grant("bank.near", id, 0)).collect::<Vec<_>>();
    let refs = |size: u8| (0..size).map(|id| grant_ref("bank.near", id)).collect::<Vec<_>>();
    assert_eq!(
        world.call("alice.near", NOW, MANY, |it| it.create_grants(grants(0))),
        Err(Refusal::EmptyBatch)
    );
    assert_eq!(
        world.call("alice.near", NOW, MANY, |it| it.create_grants(grants(61))),
        Err(Refusal::BatchTooLarge(61, 60))
    );
    assert_eq!(world.call("alice.near", NOW, MANY, |it| it.create_grants(grants(60))), Ok(()));
    assert_eq!(world.call("alice.near", NOW, 0, |it| it.revoke_grants(refs(0))), Err(Refusal::EmptyBatch));
    assert_eq!(
        world.call("alice.near", NOW, 0, |it| it.revoke_grants(refs(61))),
        Err(Refusal::BatchTooLarge(61, 60))
    );
    assert_eq!(world.call("alice.near", NOW, 0, |it| it.revoke_grants(refs(60))), Ok(()));
    assert_eq!(Refusal::BatchTooLarge(61, 60).to_string(), "BatchTooLarge(61,60)");
}

#[test]
fn the_same_grant_twice_in_a_batch_is_refused() {
    let mut world = World::new();
    let twice = vec![new_grant("bank.near", 1, 0), new_grant("bank.near", 1, 0)];
    assert_eq!(world.call("alice.near", NOW, MANY, |it| it.create_grants(twice)), Err(Refusal::GrantExists));
    assert_eq!((world.grant_of("alice.near", "bank.near", 1), world.head()), (None, [0; 32]), "none at all");
    let mut world = World::new();
    world.create("alice.near", "bank.near", 1, 0, NOW).unwrap();
    let twice = vec![grant_ref("bank.near", 1), grant_ref("bank.near", 1)];
    assert_eq!(world.call("alice.near", NOW, 0, |it| it.revoke_grants(twice)), Err(Refusal::GrantNotFound));
}

#[test]
fn a_batch_names_all_that_is_missing_at_once() {
    let mut world = World::new();
    let grants = (1..=20).map(|id| new_grant("bank.near", id, 0)).collect();
    let refusal = world.call("alice.near", NOW, 7, |it| it.create_grants(grants)).unwrap_err();
    assert_eq!(refusal.to_string(), format!("StorageDepositMissing({})", (96 + 20 * 88) * BYTE - 7));
}
