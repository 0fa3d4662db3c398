mod formats;
mod recovery;
mod refreshing;
mod secrecy;
mod silence;
mod vectors;

use rand_core::OsRng;
use uuid::Uuid;

use super::*;

fn terms(required: u8, nodes: u8) -> Terms {
    Terms {
        profile_id: Uuid::from_u128(1),
        node_set: [2; 32],
        threshold: Threshold::new(required, nodes).unwrap(),
        epoch: 1,
    }
}

/// A new secret, split.
fn dealt(required: u8, nodes: u8) -> (SharedSecret, Dealt) {
    let secret = SharedSecret::generate(&mut OsRng);
    let dealt = deal(&secret, terms(required, nodes), &mut OsRng).unwrap();
    (secret, dealt)
}

/// Shares as their nodes send them.
fn sent<'a>(shares: impl IntoIterator<Item = &'a Share>) -> Vec<(u8, Share)> {
    shares.into_iter().map(|share| (share.index(), share.clone())).collect()
}
