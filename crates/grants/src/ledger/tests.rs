use proptest::prelude::*;

use super::*;
use crate::timelock::MAX_TIMELOCK_SECS;

const NOW: u64 = 1_800_000_000;

fn key(owner: u8, grantee: u8, data: u8) -> GrantKey {
    GrantKey {
        owner: Address::Evm([owner; 20]),
        grantee: Address::Evm([grantee; 20]),
        data_id: DataId([data; 32]),
    }
}

#[test]
fn a_grant_opens_and_a_revocation_closes() {
    let mut ledger = Ledger::default();
    ledger.create_grant(NOW, key(1, 2, 3), 0).unwrap();
    assert!(ledger.has_access(&key(1, 2, 3)));
    assert_eq!(ledger.create_grant(NOW, key(1, 2, 3), 0), Err(GrantError::GrantExists));
    ledger.revoke_grant(NOW, key(1, 2, 3)).unwrap();
    assert!(!ledger.has_access(&key(1, 2, 3)));
    assert_eq!(ledger.revoke_grant(NOW, key(1, 2, 3)), Err(GrantError::GrantNotFound));
}

#[test]
fn a_locked_grant_is_revoked_only_after_its_last_second() {
    let mut ledger = Ledger::default();
    let locked_until = NOW + 60;
    ledger.create_grant(NOW, key(1, 2, 3), locked_until).unwrap();
    for now in [NOW, locked_until] {
        assert_eq!(ledger.revoke_grant(now, key(1, 2, 3)), Err(GrantError::GrantLocked { locked_until }));
    }
    ledger.revoke_grant(locked_until + 1, key(1, 2, 3)).unwrap();
}

#[test]
fn a_timelock_only_grows() {
    let mut ledger = Ledger::default();
    ledger.create_grant(NOW, key(1, 2, 3), NOW + 60).unwrap();
    for locked_until in [0, NOW, NOW + 59, NOW + 60, NOW + MAX_TIMELOCK_SECS + 1] {
        let refused = Err(GrantError::InvalidTimelock { locked_until });
        assert_eq!(ledger.extend_timelock(NOW, key(1, 2, 3), locked_until), refused);
    }
    ledger.extend_timelock(NOW, key(1, 2, 3), NOW + 61).unwrap();
    assert_eq!(ledger.grant_of(&key(1, 2, 3)), Some(Grant { created_at: NOW, locked_until: NOW + 61 }));
}

#[test]
fn nobody_grants_to_the_same_or_to_the_zero_account() {
    let mut ledger = Ledger::default();
    assert_eq!(ledger.create_grant(NOW, key(1, 1, 3), 0), Err(GrantError::InvalidGrantee));
    assert_eq!(ledger.create_grant(NOW, key(1, 0, 3), 0), Err(GrantError::InvalidGrantee));
}

#[test]
fn a_batch_is_all_or_nothing() {
    let mut ledger = Ledger::default();
    let batch = [(key(1, 2, 3), 0), (key(1, 2, 4), 0), (key(1, 2, 3), 0)];
    assert_eq!(ledger.create_grants(NOW, &batch), Err(GrantError::GrantExists));
    assert_eq!(ledger, Ledger::default());
    assert_eq!(ledger.create_grants(NOW, &batch[..2]).unwrap().len(), 2);
    assert_eq!(ledger.create_grants(NOW, &[]), Err(GrantError::EmptyBatch));
    assert_eq!(ledger.revoke_grants(NOW, &[key(1, 2, 3); MAX_BATCH + 1]), Err(GrantError::BatchTooLarge));
}

#[test]
fn an_event_that_the_contract_would_have_refused_is_not_folded() {
    let mut ledger = Ledger::default();
    let created = ledger.create_grant(NOW, key(1, 2, 3), NOW + 60).unwrap();
    let folded = ledger.clone();
    let revoked = GrantEvent { change: GrantChange::Revoked, at: NOW + 61, ..created };
    let table = [
        ("created twice", created, GrantError::GrantExists),
        (
            "revoked while locked",
            GrantEvent { at: NOW + 60, ..revoked },
            GrantError::GrantLocked { locked_until: NOW + 60 },
        ),
        (
            "revoked with another lock",
            GrantEvent { locked_until: 0, ..revoked },
            GrantError::InvalidTimelock { locked_until: 0 },
        ),
        (
            "of a grant that never was",
            GrantEvent { data_id: DataId([9; 32]), ..revoked },
            GrantError::GrantNotFound,
        ),
    ];
    for (name, event, error) in table {
        assert_eq!(ledger.apply(&event), Err(Inconsistent(error)), "{name}");
        assert_eq!(ledger, folded, "{name}");
    }
    ledger.apply(&revoked).unwrap();
}

#[derive(Debug, Clone)]
enum Step {
    Create(GrantKey, u64),
    Extend(GrantKey, u64),
    Revoke(GrantKey),
    Wait(u64),
}

fn a_key() -> impl Strategy<Value = GrantKey> {
    (1..4u8, 1..4u8, 1..3u8).prop_map(|(owner, grantee, data)| key(owner, grantee, data))
}

fn a_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (a_key(), 0..200u64).prop_map(|(key, ahead)| Step::Create(key, ahead)),
        (a_key(), 0..200u64).prop_map(|(key, ahead)| Step::Extend(key, ahead)),
        a_key().prop_map(Step::Revoke),
        (0..100u64).prop_map(Step::Wait),
    ]
}

fn play(steps: Vec<Step>, mut each: impl FnMut(&Ledger, &Ledger, u64)) -> (Ledger, Vec<GrantEvent>) {
    let (mut ledger, mut events, mut now) = (Ledger::default(), Vec::new(), NOW);
    for step in steps {
        let before = ledger.clone();
        let ahead = |secs| if secs == 0 { 0 } else { now + secs };
        let result = match step {
            Step::Create(key, secs) => ledger.create_grant(now, key, ahead(secs)),
            Step::Extend(key, secs) => ledger.extend_timelock(now, key, ahead(secs)),
            Step::Revoke(key) => ledger.revoke_grant(now, key),
            Step::Wait(secs) => {
                now += secs;
                continue;
            }
        };
        match result {
            Ok(event) => events.push(event),
            Err(_) => assert_eq!(ledger, before, "a refused verb changes nothing"),
        }
        each(&before, &ledger, now);
    }
    (ledger, events)
}

proptest! {
    #[test]
    fn a_locked_grant_always_survives(steps in prop::collection::vec(a_step(), 0..80)) {
        play(steps, |before, after, now| {
            for (key, grant) in before.grants().filter(|(_, grant)| is_locked(grant.locked_until, now)) {
                let kept = after.grant_of(key).expect("a locked grant stands");
                assert!(kept.locked_until >= grant.locked_until && kept.created_at == grant.created_at);
            }
        });
    }

    #[test]
    fn folding_the_events_gives_the_ledger_that_emitted_them(steps in prop::collection::vec(a_step(), 0..80)) {
        let (ledger, events) = play(steps, |_, _, _| {});
        let mut folded = Ledger::default();
        for event in &events {
            folded.apply(event).unwrap();
        }
        prop_assert_eq!(folded, ledger);
    }

    #[test]
    fn leaving_out_or_swapping_an_event_shows_in_the_history(steps in prop::collection::vec(a_step(), 20..80), at: prop::sample::Index) {
        let (ledger, events) = play(steps, |_, _, _| {});
        prop_assume!(events.len() > 1);
        let fold = |events: &[GrantEvent]| events.iter().fold(HistoryHead::EMPTY, |head, event| head.after(&Event::Grant(*event)));
        prop_assert_eq!(fold(&events), ledger.history_head());
        let mut dropped = events.clone();
        dropped.remove(at.index(events.len()));
        prop_assert_ne!(fold(&dropped), ledger.history_head());
        let mut swapped = events.clone();
        let i = at.index(events.len() - 1);
        swapped.swap(i, i + 1);
        prop_assume!(swapped != events);
        prop_assert_ne!(fold(&swapped), ledger.history_head());
    }
}
