//! Money and bytes, over random calls: the contract always holds what it owes, nobody loses any, and what is locked is what the bytes cost.

use std::collections::BTreeMap;

use near_sdk::{NearToken, json_types::U64};
use proptest::prelude::*;

use crate::support::{BYTE, FIRST_GRANT, NOW, Verbs, World, account, data, grant_ref, new_grant};

const PEOPLE: [&str; 3] = ["alice.near", "bob.near", "carol.near"];

#[derive(Debug, Clone)]
enum Call {
    Create { grantee: usize, ids: Vec<u8>, locked: bool },
    Revoke { grantee: usize, ids: Vec<u8> },
    Deposit { for_whom: usize, registration_only: bool },
    Withdraw { amount: Option<u128> },
    Unregister,
}

fn calls() -> impl Strategy<Value = Vec<(usize, u128, Call)>> {
    let ids = || prop::collection::vec(0..4_u8, 1..3);
    let yocto = prop_oneof![Just(0), Just(1), Just(88 * BYTE), Just(FIRST_GRANT), 0..3 * FIRST_GRANT,];
    let call = prop_oneof![
        3 => (0..PEOPLE.len(), ids(), prop::bool::weighted(0.2))
            .prop_map(|(grantee, ids, locked)| Call::Create { grantee, ids, locked }),
        2 => (0..PEOPLE.len(), ids()).prop_map(|(grantee, ids)| Call::Revoke { grantee, ids }),
        1 => (0..PEOPLE.len(), any::<bool>())
            .prop_map(|(for_whom, registration_only)| Call::Deposit { for_whom, registration_only }),
        1 => prop::option::of(0..FIRST_GRANT).prop_map(|amount| Call::Withdraw { amount }),
        1 => Just(Call::Unregister),
    ];
    prop::collection::vec((0..PEOPLE.len(), yocto, call), 1..40)
}

fn send(world: &mut World, caller: &str, at: u64, yocto: u128, call: &Call) -> bool {
    let sent = world.call(caller, at, yocto, |contract| match call.clone() {
        Call::Create { grantee, ids, locked } => {
            let lock = if locked { at + 5 } else { 0 };
            let grant = |id: &u8| new_grant(PEOPLE[grantee], *id, lock);
            contract.create_grants(ids.iter().map(grant).collect()).map_err(drop)
        }
        Call::Revoke { grantee, ids } => {
            let grants = ids.iter().map(|id| grant_ref(PEOPLE[grantee], *id)).collect();
            contract.revoke_grants(grants).map_err(drop)
        }
        Call::Deposit { for_whom, registration_only } => {
            let whom = Some(account(PEOPLE[for_whom]));
            contract.storage_deposit(whom, Some(registration_only)).map(drop).map_err(drop)
        }
        Call::Withdraw { amount } => {
            contract.storage_withdraw(amount.map(NearToken::from_yoctonear)).map(drop).map_err(drop)
        }
        Call::Unregister => contract.storage_unregister(Some(true)).map(drop).map_err(drop),
    });
    sent.is_ok()
}

/// A verb that is not payable gets nothing: the chain's side of it, which is not here, would refuse the call.
fn attached(call: &Call, yocto: u128) -> u128 {
    if matches!(call, Call::Revoke { .. }) { 0 } else { yocto }
}

/// Whose deposit a call adds to.
fn beneficiary<'a>(caller: &'a str, call: &Call) -> &'a str {
    match call {
        Call::Deposit { for_whom, .. } => PEOPLE[*for_whom],
        _ => caller,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_contract_holds_what_it_owes_and_locks_what_the_bytes_cost(calls in calls()) {
        let mut world = World::new();
        let mut held = 0;
        let mut owed: BTreeMap<&str, u128> = BTreeMap::new();
        for (step, (caller, yocto, call)) in calls.iter().enumerate() {
            let (caller, at, yocto) = (PEOPLE[*caller], NOW + step as u64, attached(call, *yocto));
            if !send(&mut world, caller, at, yocto, call) {
                continue;
            }
            held += yocto;
            *owed.entry(beneficiary(caller, call)).or_default() += yocto;
            for (payee, paid) in world.payments.clone() {
                prop_assert_eq!(&payee, caller, "only who calls is paid");
                held -= paid;
                *owed.get_mut(beneficiary(caller, call)).unwrap() -= paid;
            }

            let balances = PEOPLE.map(|who| (who, world.balance(who).unwrap_or_default()));
            for (who, (total, _)) in balances {
                prop_assert_eq!(total, owed.get(who).copied().unwrap_or_default(), "{} has what was paid in for her", who);
            }
            prop_assert_eq!(held, balances.iter().map(|(_, (total, _))| total).sum::<u128>());
            let locked: u128 = balances.iter().map(|(_, (total, available))| total - available).sum();
            prop_assert_eq!(locked, u128::from(world.bytes()) * BYTE);
        }
    }
}

#[test]
fn everybody_gets_everything_back_in_the_end() {
    let mut world = World::new();
    world
        .call("shop.near", NOW, 77 * BYTE + FIRST_GRANT, |it| {
            it.storage_deposit(Some(account("alice.near")), None)
        })
        .unwrap();
    for id in 1..=5 {
        world
            .call("alice.near", NOW, 91 * BYTE, |it| it.create_grant(account("bank.near"), data(id), U64(0)))
            .unwrap();
    }
    for id in 1..=5 {
        world.revoke("alice.near", "bank.near", id, NOW).unwrap();
    }
    assert_eq!(world.call("alice.near", NOW, 1, |it| it.storage_unregister(None)), Ok(true));
    assert_eq!(world.payments, [("alice.near".to_owned(), 77 * BYTE + FIRST_GRANT + 5 * 91 * BYTE + 1)]);
}
