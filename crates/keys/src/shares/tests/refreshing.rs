use proptest::{prelude::*, sample::subsequence};
use vsss_rs::{PrimeFieldShare, ReadableShareSet, Share as _};

use super::*;
use crate::shares::points::identifier;

/// All shares after a refresh, and the dealing that they are of.
fn renewed(dealing: &Dealing, shares: &[Share]) -> (Dealing, Vec<Share>) {
    let refresh = refresh(dealing, &mut OsRng).unwrap();
    let renew = |(share, addition)| refreshed(dealing, share, &refresh.commitments, addition).unwrap();
    let shares = shares.iter().zip(&refresh.additions).map(renew).map(|(next, share)| {
        assert_eq!(next, refresh.dealing);
        share
    });
    (refresh.dealing.clone(), shares.collect())
}

/// What comes out if nobody checks anything.
fn interpolated(shares: &[&Share]) -> SharedSecret {
    let points: Vec<PrimeFieldShare<_>> = shares
        .iter()
        .map(|share| {
            PrimeFieldShare::with_identifier_and_value(identifier(share.index()), (*share.value()).into())
        })
        .collect();
    SharedSecret::from_scalar(points.combine().unwrap().0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn refreshes_keep_the_secret(
        (required, nodes) in (2u8..=8).prop_flat_map(|nodes| (2..=nodes, Just(nodes))),
        times in 1u32..4,
    ) {
        let (secret, Dealt { mut dealing, mut shares }) = dealt(required, nodes);
        for _ in 0..times {
            (dealing, shares) = renewed(&dealing, &shares);
        }
        prop_assert_eq!(dealing.epoch(), 1 + times);
        prop_assert_eq!(recover(&dealing, sent(&shares)).unwrap().secret, secret);
    }

    #[test]
    fn shares_of_two_epochs_do_not_mix(old in subsequence(vec![0usize, 1, 2, 3, 4], 1..=2)) {
        let (secret, Dealt { dealing, shares }) = dealt(3, 5);
        let (next, new) = renewed(&dealing, &shares);
        let fresh = (0..5).filter(|place| !old.contains(place)).take(3 - old.len());
        let stolen: Vec<&Share> = old.iter().map(|&place| &shares[place]).chain(fresh.map(|place| &new[place])).collect();

        prop_assert_ne!(interpolated(&stolen), secret);
        for epoch in [&dealing, &next] {
            let refused = recover(epoch, sent(stolen.iter().copied())).unwrap_err();
            prop_assert!(refused.good < 3);
            prop_assert!(refused.bad.iter().all(|bad| bad.fault == ShareFault::WrongCommitment));
        }
    }
}

#[test]
fn two_old_shares_and_a_new_one_are_worth_nothing_to_a_thief() {
    let (secret, Dealt { dealing, shares }) = dealt(3, 5);
    let (next, new) = renewed(&dealing, &shares);
    let loot = [&shares[0], &shares[1], &new[2]];
    assert_ne!(interpolated(&loot), secret);
    assert_eq!(recover(&next, sent(loot)).unwrap_err().good, 1);
    // What the thief of three shares of one epoch gets: the loot would have been enough.
    assert_eq!(interpolated(&[&shares[0], &shares[1], &shares[2]]), secret);
    assert_eq!(interpolated(&[&new[0], &new[1], &new[2]]), secret);
}

#[test]
fn a_half_done_refresh_recovers_by_either_epoch() {
    let (secret, Dealt { dealing, shares }) = dealt(3, 5);
    let (next, new) = renewed(&dealing, &shares);
    assert_eq!(recover(&dealing, sent(&shares[2..])).unwrap().secret, secret);
    assert_eq!(recover(&next, sent(&new[2..])).unwrap().secret, secret);
}

#[test]
fn what_is_no_refresh_is_refused() {
    let (_, Dealt { dealing, shares }) = dealt(3, 5);
    let good = refresh(&dealing, &mut OsRng).unwrap();
    let (_, secret_of_an_attacker) = dealt(3, 5);
    let lower = refresh(&dealt(2, 5).1.dealing, &mut OsRng).unwrap();
    let again = refresh(&dealing, &mut OsRng).unwrap();
    let attackers = secret_of_an_attacker.dealing.commitments();
    let table: [(&str, &Share, &Commitments, &Share, SharingError); 7] = [
        (
            "it shares a secret",
            &shares[0],
            attackers,
            &secret_of_an_attacker.shares[0],
            SharingError::NotARefresh,
        ),
        ("another threshold", &shares[0], &lower.commitments, &lower.additions[0], SharingError::NotARefresh),
        (
            "another node's addition",
            &shares[0],
            &good.commitments,
            &good.additions[1],
            ShareFault::OtherIndex.into(),
        ),
        (
            "another refresh's addition",
            &shares[0],
            &good.commitments,
            &again.additions[0],
            ShareFault::WrongCommitment.into(),
        ),
        (
            "another refresh's commitments",
            &shares[0],
            &again.commitments,
            &good.additions[0],
            ShareFault::WrongCommitment.into(),
        ),
        (
            "a share that is bad already",
            &good.additions[0],
            &good.commitments,
            &good.additions[0],
            ShareFault::WrongCommitment.into(),
        ),
        (
            "a share beyond the set",
            &Share::new(6, *shares[0].value()),
            &good.commitments,
            &good.additions[0],
            ShareFault::IndexOutOfRange.into(),
        ),
    ];
    for (name, share, commitments, addition, error) in table {
        assert_eq!(refreshed(&dealing, share, commitments, addition), Err(error), "{name}");
    }
}

#[test]
fn the_last_epoch_has_no_next() {
    let secret = SharedSecret::generate(&mut OsRng);
    let last = deal(&secret, Terms { epoch: u32::MAX, ..terms(2, 3) }, &mut OsRng).unwrap();
    assert_eq!(refresh(&last.dealing, &mut OsRng).err(), Some(SharingError::Epoch));
    let none = deal(&secret, Terms { epoch: 0, ..terms(2, 3) }, &mut OsRng);
    assert_eq!(none.err(), Some(SharingError::Epoch));
}
