//! NEAR: a chain in memory behind the block server's and the RPC's own interfaces.

mod chain;
mod contracts;
mod follow;
mod forks;
mod gaps;
mod kill;
mod local;
mod server;
mod servers;

use crate::support::{TestMirror, level};
use server::Server;

/// What is left equals what an indexer that starts now would find.
async fn equals_a_fresh_replay(server: &Server, mirror: &TestMirror) {
    let fresh = TestMirror::new().await;
    let contracts = [chain::grants(), chain::statuses()];
    // One of the two may have been a moment behind the other.
    level(mirror, &server.config(&contracts)).await;
    level(&fresh, &server.config(&contracts)).await;
    assert_eq!(mirror.rows().await, fresh.rows().await);
    for contract in contracts {
        let (left, new) = (mirror.state(&contract).await, fresh.state(&contract).await);
        assert_eq!((left.seen, left.verified_block, left.broken), (new.seen, new.verified_block, None));
    }
}
