use stellar_xdr::{
    Duration, LedgerBounds, Preconditions, PreconditionsV2, SequenceNumber, SignerKey, TimeBounds, TimePoint,
    TransactionResultResult as Code, VecM,
};

use crate::support::{World, key, operation};

fn none() -> PreconditionsV2 {
    PreconditionsV2 {
        time_bounds: None,
        ledger_bounds: None,
        min_seq_num: None,
        min_seq_age: Duration(0),
        min_seq_ledger_gap: 0,
        extra_signers: VecM::default(),
    }
}

fn time(min_time: u64, max_time: u64) -> Option<TimeBounds> {
    Some(TimeBounds { min_time: TimePoint(min_time), max_time: TimePoint(max_time) })
}

fn ledgers(min_ledger: u32, max_ledger: u32) -> Option<LedgerBounds> {
    Some(LedgerBounds { min_ledger, max_ledger })
}

#[test]
fn bounds_of_time_and_ledger_are_kept() {
    let mut world = World::with(&["alice"]);
    let (now, next) = (world.now, world.network.latest().sequence() + 1);
    let rows = [
        ("from now", PreconditionsV2 { time_bounds: time(now, 0), ..none() }, None),
        ("from later", PreconditionsV2 { time_bounds: time(now + 1, 0), ..none() }, Some(Code::TxTooEarly)),
        ("until before", PreconditionsV2 { time_bounds: time(0, now - 1), ..none() }, Some(Code::TxTooLate)),
        ("from the next ledger", PreconditionsV2 { ledger_bounds: ledgers(next, 0), ..none() }, None),
        (
            "from a later ledger",
            PreconditionsV2 { ledger_bounds: ledgers(next + 1, 0), ..none() },
            Some(Code::TxTooEarly),
        ),
        (
            "before the next ledger",
            PreconditionsV2 { ledger_bounds: ledgers(0, next), ..none() },
            Some(Code::TxTooLate),
        ),
    ];
    for (name, conditions, expected) in rows {
        let mut tx = world.transaction(&key("alice"), vec![operation::pay(&key("alice"), 1)]);
        tx.cond = Preconditions::V2(conditions);
        let envelope = world.sign(tx, &[&key("alice")]);
        match expected {
            Some(code) => assert_eq!(world.refusal(envelope), code, "{name}"),
            None => {
                let mut copy = World::with(&["alice"]);
                assert!(copy.run(envelope).is_success(), "{name}");
            }
        }
    }
}

#[test]
fn a_lower_bound_lets_sequence_numbers_be_skipped() {
    let mut world = World::with(&["alice"]);
    let alice = key("alice");
    let current = world.account(&alice).unwrap().seq_num.0;
    let with_min = |world: &World, min: i64, sequence: i64| {
        let mut tx = world.transaction(&alice, vec![operation::pay(&alice, 1)]);
        tx.seq_num = SequenceNumber(sequence);
        tx.cond = Preconditions::V2(PreconditionsV2 { min_seq_num: Some(SequenceNumber(min)), ..none() });
        world.sign(tx, &[&alice])
    };
    let too_high = with_min(&world, current + 1, current + 50);
    assert_eq!(world.refusal(too_high), Code::TxBadSeq);
    let not_above = with_min(&world, 0, current);
    assert_eq!(world.refusal(not_above), Code::TxBadSeq);
    assert!(world.run(with_min(&world, current, current + 50)).is_success());
    assert_eq!(world.account(&alice).unwrap().seq_num.0, current + 50);
}

#[test]
fn the_age_of_a_sequence_number_is_kept() {
    let mut world = World::with(&["alice"]);
    let alice = key("alice");
    assert!(world.run_signed(&alice, vec![operation::pay(&alice, 1)]).is_success());
    let with = |world: &World, conditions: PreconditionsV2| {
        let mut tx = world.transaction(&alice, vec![operation::pay(&alice, 1)]);
        tx.cond = Preconditions::V2(conditions);
        world.sign(tx, &[&alice])
    };
    let age = PreconditionsV2 { min_seq_age: Duration(12), ..none() };
    let gap = PreconditionsV2 { min_seq_ledger_gap: 3, ..none() };
    for conditions in [age.clone(), gap.clone()] {
        let envelope = with(&world, conditions);
        assert_eq!(world.refusal(envelope), Code::TxBadMinSeqAgeOrGap);
    }
    for _ in 0..3 {
        world.close();
    }
    assert!(world.run(with(&world, age)).is_success());
    let envelope = with(&world, gap.clone());
    assert_eq!(world.refusal(envelope), Code::TxBadMinSeqAgeOrGap, "it was just used again");
    world.close();
    world.close();
    assert!(world.run(with(&world, gap)).is_success());
}

#[test]
fn extra_signers_must_sign_too() {
    let mut world = World::with(&["alice"]);
    let (alice, bob) = (key("alice"), key("bob"));
    let with = |world: &World, signers: Vec<SignerKey>| {
        let mut tx = world.transaction(&alice, vec![operation::pay(&alice, 1)]);
        tx.cond = Preconditions::V2(PreconditionsV2 { extra_signers: signers.try_into().unwrap(), ..none() });
        tx
    };
    let tx = with(&world, vec![operation::ed25519(&bob)]);
    let alone = world.sign(tx.clone(), &[&alice]);
    assert_eq!(world.refusal(alone), Code::TxBadAuth);
    let twice =
        world.sign(with(&world, vec![operation::ed25519(&bob), operation::ed25519(&bob)]), &[&alice, &bob]);
    assert_eq!(world.refusal(twice), Code::TxMalformed);
    assert!(world.run(world.sign(tx, &[&alice, &bob])).is_success());
}
