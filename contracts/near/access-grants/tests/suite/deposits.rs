//! NEP-145.

use access_grants::AccessGrants;
use idos_near_protocol::deposits::DepositRefusal;
use near_sdk::{NearToken, json_types::U64};

use crate::support::{BYTE, FIRST_GRANT, NOW, Verbs, World, account, data};

const REGISTRATION: u128 = 96 * BYTE;
const GRANT: u128 = 88 * BYTE;

#[test]
fn a_missing_deposit_is_named_to_the_last_yocto() {
    let create = |yocto| {
        let refusal = World::new()
            .call("alice.near", NOW, yocto, |it| it.create_grant(account("bank.near"), data(1), U64(0)));
        refusal.map_err(|refusal| refusal.to_string())
    };
    assert_eq!(create(0), Err("StorageDepositMissing(1840000000000000000000)".to_owned()));
    assert_eq!(create(1), Err("StorageDepositMissing(1839999999999999999999)".to_owned()));
    assert_eq!(create(FIRST_GRANT - 1), Err("StorageDepositMissing(1)".to_owned()));
    assert_eq!(create(FIRST_GRANT), Ok(()));
}

#[test]
fn what_is_attached_beyond_the_cost_stays_the_owners() {
    let mut world = World::new();
    world
        .call("alice.near", NOW, FIRST_GRANT + 5, |it| it.create_grant(account("bank.near"), data(1), U64(0)))
        .unwrap();
    assert_eq!(world.payments, []);
    assert_eq!(world.balance("alice.near"), Some((FIRST_GRANT + 5, 5)));
    let second =
        world.call("alice.near", NOW, GRANT - 5, |it| it.create_grant(account("bank.near"), data(2), U64(0)));
    assert_eq!((second, world.balance("alice.near")), (Ok(()), Some((FIRST_GRANT + GRANT, 0))));
}

#[test]
fn anyone_deposits_for_the_owner_who_then_attaches_nothing() {
    let mut world = World::new();
    let balance = world
        .call("bank.near", NOW, FIRST_GRANT, |it| it.storage_deposit(Some(account("alice.near")), None))
        .unwrap();
    assert_eq!(balance.available.as_yoctonear(), GRANT);
    assert_eq!((world.balance("bank.near"), world.balance("alice.near")), (None, Some((FIRST_GRANT, GRANT))));
    world.call("alice.near", NOW, 0, |it| it.create_grant(account("bank.near"), data(1), U64(0))).unwrap();
    assert_eq!(world.balance("alice.near"), Some((FIRST_GRANT, 0)));
}

#[test]
fn registration_costs_the_minimum_and_registration_only_gives_the_rest_back() {
    let mut world = World::new();
    let bounds = AccessGrants::storage_balance_bounds();
    assert_eq!((bounds.min.as_yoctonear(), bounds.max), (REGISTRATION, None));

    let short = world.call("alice.near", NOW, REGISTRATION - 2, |it| it.storage_deposit(None, None));
    assert_eq!(short, Err(DepositRefusal::StorageDepositMissing(NearToken::from_yoctonear(2))));
    assert_eq!(world.balance("alice.near"), None);

    world
        .call("bank.near", NOW, REGISTRATION + 9, |it| {
            it.storage_deposit(Some(account("alice.near")), Some(true))
        })
        .unwrap();
    assert_eq!(world.payments, [("bank.near".to_owned(), 9)]);
    assert_eq!(world.balance("alice.near"), Some((REGISTRATION, 0)));

    world
        .call("bank.near", NOW, 9, |it| it.storage_deposit(Some(account("alice.near")), Some(true)))
        .unwrap();
    assert_eq!(world.payments, [("bank.near".to_owned(), 9)], "already registered");
    assert_eq!(world.balance("alice.near"), Some((REGISTRATION, 0)));

    world.call("alice.near", NOW, 9, |it| it.storage_deposit(None, Some(false))).unwrap();
    assert_eq!(world.balance("alice.near"), Some((REGISTRATION + 9, 9)));
}

#[test]
fn a_withdrawal_takes_what_is_available_and_no_more() {
    let mut world = World::new();
    world
        .call("alice.near", NOW, FIRST_GRANT + 100, |it| {
            it.create_grant(account("bank.near"), data(1), U64(0))
        })
        .unwrap();
    let amount = |yocto| Some(NearToken::from_yoctonear(yocto));

    let none = world.call("bob.near", NOW, 1, |it| it.storage_withdraw(None));
    assert_eq!(none, Err(DepositRefusal::NotRegistered));
    for yocto in [0, 2] {
        let unsigned = world.call("alice.near", NOW, yocto, |it| it.storage_withdraw(None));
        assert_eq!(unsigned, Err(DepositRefusal::OneYoctoRequired), "{yocto}");
    }
    let greedy = world.call("alice.near", NOW, 1, |it| it.storage_withdraw(amount(101)));
    assert_eq!(greedy.unwrap_err().to_string(), "StorageBalanceTooLow(100)");
    assert_eq!(world.payments, []);

    world.call("alice.near", NOW, 1, |it| it.storage_withdraw(amount(40))).unwrap();
    assert_eq!(world.payments, [("alice.near".to_owned(), 40 + 1)], "with the yocto that signed");
    let balance = world.call("alice.near", NOW, 1, |it| it.storage_withdraw(None)).unwrap();
    assert_eq!(world.payments, [("alice.near".to_owned(), 60 + 1)]);
    assert_eq!((balance.total.as_yoctonear(), balance.available.as_yoctonear()), (FIRST_GRANT, 0));
}

#[test]
fn no_force_unregisters_an_account_whose_grants_stand() {
    let mut world = World::new();
    world.create("alice.near", "bank.near", 1, NOW + 60, NOW).unwrap();
    for force in [None, Some(false), Some(true)] {
        let refusal = world.call("alice.near", NOW + 61, 1, |it| it.storage_unregister(force)).unwrap_err();
        assert_eq!(refusal.to_string(), "StorageInUse(1)", "{force:?}");
    }
    world.revoke("alice.near", "bank.near", 1, NOW + 61).unwrap();
    let unsigned = world.call("alice.near", NOW, 0, |it| it.storage_unregister(None));
    assert_eq!(unsigned, Err(DepositRefusal::OneYoctoRequired));
    assert_eq!(world.call("alice.near", NOW, 1, |it| it.storage_unregister(None)), Ok(true));
    assert_eq!(world.payments, [("alice.near".to_owned(), FIRST_GRANT + 1)]);
    assert_eq!(world.balance("alice.near"), None);
    assert_eq!(world.call("alice.near", NOW, 1, |it| it.storage_unregister(None)), Ok(false));
    assert_eq!(world.payments, [("alice.near".to_owned(), 1)]);
}
