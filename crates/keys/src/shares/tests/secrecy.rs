//! Fewer shares than are required carry no information: counted, not estimated. The library's polynomials are generic over the field, so the very code that
//! splits keys is run over GF(16), where all of them can be listed. For ristretto255's field the same follows from the proof in the README.

use std::collections::HashMap;

use vsss_rs::{DefaultShare, IdentifierGf16, Share as _, shamir::create_shares_from_polynomial_in_place};

type Point = DefaultShare<IdentifierGf16, IdentifierGf16>;

fn element(value: u8) -> IdentifierGf16 {
    IdentifierGf16::from(vsss_rs::Gf16(value))
}

/// The shares of `secret` by the polynomial with these other coefficients, at 1 to 5.
fn shares(secret: u8, others: [u8; 2]) -> Vec<u8> {
    let polynomial = vec![
        Point::with_identifier_and_value(element(0), element(secret)),
        Point::with_identifier_and_value(element(others[0]), element(0)),
        Point::with_identifier_and_value(element(others[1]), element(0)),
    ];
    let mut points = vec![Point::default(); 5];
    create_shares_from_polynomial_in_place(&polynomial, 3, (1..=5).map(element), &mut points).unwrap();
    points.iter().map(|point| point.value().0.0).collect()
}

/// How often each view of the shares at `places` occurs, over all polynomials of `secret`.
fn views(secret: u8, places: &[usize]) -> HashMap<Vec<u8>, u32> {
    let mut views = HashMap::new();
    for one in 0..16 {
        for two in 0..16 {
            let all = shares(secret, [one, two]);
            *views.entry(places.iter().map(|&place| all[place]).collect()).or_default() += 1;
        }
    }
    views
}

#[test]
fn two_of_three_required_shares_look_the_same_whatever_the_secret() {
    for (first, second) in (0..5).flat_map(|first| (first + 1..5).map(move |second| (first, second))) {
        for secret in 0..16 {
            let views = views(secret, &[first, second]);
            // All 256 pairs of values, each by exactly one polynomial.
            assert_eq!(views.len(), 256, "secret {secret}, shares {first} and {second}");
            assert!(views.values().all(|&count| count == 1));
        }
    }
}

#[test]
fn three_required_shares_tell_the_secret() {
    let of = |secret| views(secret, &[0, 2, 4]).into_keys().collect::<std::collections::HashSet<_>>();
    let all: Vec<_> = (0..16).map(of).collect();
    for (one, two) in (0..16).flat_map(|one| (one + 1..16).map(move |two| (one, two))) {
        assert!(all[one].is_disjoint(&all[two]), "secrets {one} and {two}");
    }
}
