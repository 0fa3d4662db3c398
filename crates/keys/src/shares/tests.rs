use rand_core::OsRng;
use uuid::Uuid;

use super::*;

pub(super) fn terms(required: u8, nodes: u8) -> Terms {
    Terms {
        profile_id: Uuid::from_u128(1),
        node_set: [2; 32],
        threshold: Threshold::new(required, nodes).unwrap(),
        epoch: 1,
    }
}

#[test]
fn any_three_of_five_rebuild_the_secret() {
    let secret = SharedSecret::generate(&mut OsRng);
    let Dealt { dealing, shares } = deal(&secret, terms(3, 5), &mut OsRng).unwrap();
    for chosen in [[0, 1, 2], [4, 2, 0], [1, 3, 4]] {
        let sent = chosen.map(|i: usize| (shares[i].index(), shares[i].clone()));
        assert_eq!(recover(&dealing, sent).unwrap().secret, secret);
    }
}
