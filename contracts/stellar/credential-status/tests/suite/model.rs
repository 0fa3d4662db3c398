//! Random scripts, against the rules written down once more.

use std::collections::BTreeSet;

use credential_status::{LIST_SIZE, Status};
use idos_stellar_protocol::Refusal;
use proptest::prelude::*;

use crate::support::{Verbs, world};

fn step() -> impl Strategy<Value = (usize, u32, Status)> {
    let index = prop_oneof![0..4_u32, 254..258_u32, Just(LIST_SIZE - 1), Just(LIST_SIZE)];
    let status = prop_oneof![Just(Status::Valid), Just(Status::Suspended), Just(Status::Revoked)];
    (0..2_usize, index, status)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_revocation_is_for_ever_and_a_suspension_comes_and_goes(steps in prop::collection::vec(step(), 1..40)) {
        let world = world();
        let issuers = [world.native(), world.native()];
        let (mut revoked, mut suspended) = (BTreeSet::new(), BTreeSet::new());
        for (issuer, index, status) in steps {
            let head = world.head();
            let at = (issuer, index);
            let expected = if index >= LIST_SIZE {
                Err(Refusal::IndexOutOfRange)
            } else if status == Status::Revoked {
                Ok(revoked.insert(at))
            } else if revoked.contains(&at) {
                Err(Refusal::CredentialRevoked)
            } else if status == Status::Suspended {
                Ok(suspended.insert(at))
            } else {
                Ok(suspended.remove(&at))
            };
            let done = world.set(&issuers[issuer], index, status);
            prop_assert_eq!(done, expected.map(drop).map_err(Some));
            prop_assert_eq!(world.head() != head, expected == Ok(true), "the head moves with every change, and with nothing else");
            for (issuer, account) in issuers.iter().enumerate() {
                for index in [0, 1, 2, 3, 254, 255, 256, 257, LIST_SIZE - 1] {
                    let at = (issuer, index);
                    let status = match (revoked.contains(&at), suspended.contains(&at)) {
                        (true, _) => Status::Revoked,
                        (false, true) => Status::Suspended,
                        (false, false) => Status::Valid,
                    };
                    prop_assert_eq!(world.status(account, index), status);
                }
            }
        }
    }
}
