//! Stellar: a network in memory behind the RPC's own interface, and the contracts themselves on the local one.

mod chain;
mod deployed;
mod follow;
mod heads;
mod kill;
mod local;
mod retention;
mod server;
mod servers;

use idos_mirror::Contract;

use crate::support::{TestMirror, level};
use server::Server;

fn contracts() -> [Contract; 2] {
    [chain::grants(), chain::statuses()]
}

/// What is left equals what an indexer that starts now would find.
async fn equals_a_fresh_replay(server: &Server, mirror: &TestMirror) {
    let fresh = TestMirror::new().await;
    // One of the two may have been a moment behind the other.
    level(mirror, &server.config(&contracts())).await;
    level(&fresh, &server.config(&contracts())).await;
    assert_eq!(mirror.rows().await, fresh.rows().await);
    for contract in contracts() {
        let (left, new) = (mirror.state(&contract).await, fresh.state(&contract).await);
        assert_eq!((left.seen, left.verified_block, left.broken), (new.seen, new.verified_block, None));
    }
}

/// Whether both contracts are mirrored to the newest ledger, and confirmed there.
async fn is_level(server: &Server, mirror: &TestMirror) -> bool {
    let newest = u64::from(server.chain().newest().sequence());
    for contract in contracts() {
        let state = mirror.state_if_registered(&contract).await;
        if state.is_none_or(|state| state.verified_block != Some(newest)) {
            return false;
        }
    }
    true
}
