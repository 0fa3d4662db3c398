use idos_grants::{Address, DataId, Ledger};
use proptest::prelude::*;

use super::*;

const OWNER: u8 = 1;

fn an_event() -> impl Strategy<Value = GrantEvent> {
    let change =
        prop_oneof![Just(GrantChange::Created), Just(GrantChange::Extended), Just(GrantChange::Revoked)];
    let lock = prop_oneof![Just(0), 90..140u64, Just(u64::MAX)];
    (change, OWNER..=2u8, lock, 100..130u64).prop_map(|(change, grantee, locked_until, at)| GrantEvent {
        change,
        owner: Address::Evm([OWNER; 20]),
        grantee: Address::Evm([grantee; 20]),
        data_id: DataId([3; 32]),
        locked_until,
        at,
    })
}

proptest! {
    #[test]
    fn an_event_follows_here_if_and_only_if_it_follows_in_the_ledger(events in prop::collection::vec(an_event(), 1..40)) {
        let mut ledger = Ledger::default();
        for event in events {
            let present = ledger.grant_of(&event.key()).map(|grant| grant.locked_until);
            let here = check(&event, present);
            // The one thing more that a mirror checks: an ended grant's event repeats its lock.
            prop_assume!(here != Err(Impossible::OtherTimelock));
            let there = ledger.apply(&event).map_err(|refused| Impossible::Grant(refused.0));
            prop_assert_eq!(here, there);
        }
    }
}
