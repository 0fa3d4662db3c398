use curve25519_dalek::{RistrettoPoint, Scalar};
use proptest::{prelude::*, sample::subsequence};
use vsss_rs::{FeldmanVerifierSet, PrimeFieldShare, Share as _, ValueGroup};

use super::*;
use crate::shares::points::identifier;

/// A threshold, and as many distinct indices as are required.
fn quorums() -> impl Strategy<Value = (u8, u8, Vec<u8>)> {
    (2u8..=16).prop_flat_map(|nodes| (2..=nodes, Just(nodes))).prop_flat_map(|(required, nodes)| {
        let indices = (1..=nodes).collect::<Vec<_>>();
        (Just(required), Just(nodes), subsequence(indices, usize::from(required)).prop_shuffle())
    })
}

/// What a bad node may do to its share.
#[derive(Debug, Clone, Copy)]
enum Corruption {
    Bit(usize),
    Index(u8),
    OtherDealing,
    Negated,
}

fn corruptions() -> impl Strategy<Value = Corruption> {
    prop_oneof![
        (0usize..33 * 8).prop_map(Corruption::Bit),
        (1u8..=16).prop_map(Corruption::Index),
        Just(Corruption::OtherDealing),
        Just(Corruption::Negated),
    ]
}

/// What comes of a share after it: another one, or something that is none.
fn corrupt(share: &Share, other: &Share, corruption: Corruption) -> Result<Share, ShareFault> {
    let mut bytes = share.to_bytes();
    match corruption {
        Corruption::Bit(bit) => bytes[bit / 8] ^= 1 << (bit % 8),
        Corruption::Index(index) => bytes[0] = index,
        Corruption::OtherDealing => return Ok(other.clone()),
        Corruption::Negated => return Ok(Share::new(share.index(), -share.value())),
    }
    Share::from_bytes(bytes.as_slice())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_t_of_n_rebuild_the_secret((required, nodes, chosen) in quorums()) {
        let (secret, Dealt { dealing, shares }) = dealt(required, nodes);
        let recovered = recover(&dealing, sent(chosen.iter().map(|index| &shares[usize::from(index - 1)]))).unwrap();
        prop_assert_eq!(&recovered.secret, &secret);
        prop_assert_eq!(recovered.bad, vec![]);
    }

    #[test]
    fn one_share_less_is_refused((required, nodes, chosen) in quorums()) {
        let (_, Dealt { dealing, shares }) = dealt(required, nodes);
        let few = sent(chosen[1..].iter().map(|index| &shares[usize::from(index - 1)]));
        let expected = TooFewShares { good: required - 1, required, bad: vec![] };
        prop_assert_eq!(recover(&dealing, few).err(), Some(expected));
    }

    #[test]
    fn every_corruption_is_found_and_named_and_the_rest_recovers(corruption in corruptions(), node in 1u8..=5) {
        let (secret, Dealt { dealing, shares }) = dealt(3, 5);
        let (_, other) = dealt(3, 5);
        let place = usize::from(node - 1);
        let corrupted = corrupt(&shares[place], &other.shares[place], corruption);
        prop_assume!(corrupted.as_ref() != Ok(&shares[place]));

        let mut recovery = Recovery::new(&dealing);
        match corrupted {
            Ok(share) => prop_assert!(recovery.offer(node, share).is_err()),
            Err(fault) => recovery.blame(node, fault),
        }
        for (index, share) in sent(&shares).into_iter().filter(|(index, _)| *index != node) {
            prop_assert_eq!(recovery.offer(index, share), Ok(()));
        }
        let recovered = recovery.finish().unwrap();
        prop_assert_eq!(&recovered.secret, &secret);
        prop_assert_eq!(recovered.bad.iter().map(|bad| bad.node).collect::<Vec<_>>(), vec![node]);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..70)) {
        let (_, Dealt { dealing, .. }) = dealt(2, 3);
        if let Ok(share) = Share::from_bytes(&bytes) {
            prop_assert!(recover(&dealing, [(share.index(), share)]).is_err());
        }
        Commitments::from_bytes(&bytes).ok();
    }

    #[test]
    fn shares_are_judged_as_the_library_judges_them((required, nodes, chosen) in quorums(), is_altered: bool) {
        let (_, Dealt { dealing, shares }) = dealt(required, nodes);
        let index = chosen[0];
        let value = shares[usize::from(index - 1)].value() + Scalar::from(u8::from(is_altered));
        let elements: Vec<_> = dealing.commitments().to_bytes().as_chunks::<32>().0.iter()
            .map(|bytes| ValueGroup(curve25519_dalek::ristretto::CompressedRistretto(*bytes).decompress().unwrap()))
            .collect();
        type Point = PrimeFieldShare<Scalar>;
        let generator = ValueGroup(RistrettoPoint::mul_base(&Scalar::ONE));
        let set = <Vec<ValueGroup<RistrettoPoint>> as FeldmanVerifierSet<Point, _>>::with_generator_and_verifiers(generator, &elements);
        let point = Point::with_identifier_and_value(identifier(index), value.into());
        prop_assert_eq!(set.verify_share(&point).is_ok(), !is_altered);
        prop_assert_eq!(dealing.verify(index, &Share::new(index, value)).is_ok(), !is_altered);
    }
}

#[test]
fn what_is_wrong_with_a_share_is_named() {
    use ShareFault::*;
    let (_, Dealt { dealing, shares }) = dealt(3, 5);
    let (_, wider) = dealt(3, 16);
    let changed = Share::new(2, shares[1].value() + Scalar::ONE);
    let zero = Share::new(2, Scalar::ZERO);
    let table = [
        ("its own", 1, shares[0].clone(), Ok(())),
        ("the same again", 1, shares[0].clone(), Err(Duplicate)),
        ("the same as another node", 2, shares[0].clone(), Err(OtherIndex)),
        ("another node's", 4, shares[2].clone(), Err(OtherIndex)),
        ("altered", 2, changed, Err(WrongCommitment)),
        ("zero", 2, zero, Err(WrongCommitment)),
        ("of another dealing", 3, wider.shares[2].clone(), Err(WrongCommitment)),
        ("an index beyond the set", 6, wider.shares[5].clone(), Err(IndexOutOfRange)),
        ("an index beyond the set, from a good node", 3, wider.shares[15].clone(), Err(IndexOutOfRange)),
        ("a node beyond the set", 6, shares[2].clone(), Err(OtherIndex)),
    ];
    let mut recovery = Recovery::new(&dealing);
    let mut expected = Vec::new();
    for (name, node, share, result) in table {
        assert_eq!(recovery.offer(node, share), result, "{name}");
        expected.extend(result.err().map(|fault| BadShare { node, fault }));
    }
    assert!(!recovery.is_complete());
    let too_few = recovery.finish().unwrap_err();
    assert_eq!(too_few, TooFewShares { good: 1, required: 3, bad: expected });
    assert_eq!(too_few.to_string(), "1 good shares are here and 3 are required: 9 were bad");
}

#[test]
fn two_liars_of_five_are_named_and_three_are_too_many() {
    let (secret, Dealt { dealing, shares }) = dealt(3, 5);
    let lie = |index: u8| (index, Share::new(index, Scalar::from(7u8)));
    let fault = ShareFault::WrongCommitment;

    let two = [lie(1), lie(2)].into_iter().chain(sent(&shares[2..]));
    let recovered = recover(&dealing, two).unwrap();
    assert_eq!(recovered.secret, secret);
    assert_eq!(recovered.bad, [BadShare { node: 1, fault }, BadShare { node: 2, fault }]);

    let three = [lie(1), lie(2), lie(3)].into_iter().chain(sent(&shares[3..]));
    let refused = recover(&dealing, three).unwrap_err();
    assert_eq!((refused.good, refused.bad.len()), (2, 3));
}

#[test]
fn liars_that_agree_on_another_secret_do_not_outvote_the_dealing() {
    let (_, mut other) = dealt(3, 5);
    let (_, Dealt { dealing, shares }) = dealt(3, 5);
    let mut all = sent(&other.shares.split_off(1));
    all.extend(sent(&shares[..1]));
    let refused = recover(&dealing, all).unwrap_err();
    assert_eq!((refused.good, refused.bad.len()), (1, 4));
}

#[test]
fn a_share_beyond_the_required_ones_is_still_judged() {
    let (_, Dealt { dealing, shares }) = dealt(2, 4);
    let mut recovery = Recovery::new(&dealing);
    for (node, share) in sent(&shares[..3]) {
        assert_eq!(recovery.offer(node, share), Ok(()));
    }
    assert!(recovery.is_complete());
    assert_eq!(recovery.offer(4, Share::new(4, Scalar::ONE)), Err(ShareFault::WrongCommitment));
    assert_eq!(recovery.finish().unwrap().bad.len(), 1);
}

#[test]
fn a_rebuilt_secret_is_compared_with_the_stated_key() {
    let (secret, Dealt { dealing, shares }) = dealt(3, 5);
    let (other, _) = dealt(3, 5);
    let recovered = recover(&dealing, sent(&shares)).unwrap().secret;
    let stated = secret.encryption_secret().public();
    assert_eq!(recovered.encryption_secret_of(&stated), Ok(secret.encryption_secret()));
    assert_eq!(recovered.encryption_secret_of(&other.encryption_secret().public()), Err(OtherKey));
}
