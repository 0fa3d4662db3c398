//! Blocks that the chain undid before they were final.

use idos_grants::Status;

use super::{
    chain::{grants, statuses},
    equals_a_fresh_replay,
    server::Server,
};
use crate::support::{Running, TestMirror, until};

/// What happens in the blocks that are undone, and in those that come instead.
type Blocks = fn(&mut super::chain::Chain);

#[tokio::test]
async fn exactly_what_was_undone_is_undone() {
    let table: [(&str, Blocks, usize, Blocks); 6] = [
        (
            "a grant",
            |chain| {
                chain.create(3, 0);
                chain.mine(1);
            },
            1,
            |chain| chain.mine(1),
        ),
        (
            "a grant in a block that is skipped instead",
            |chain| {
                chain.create(3, 0);
                chain.mine(1);
            },
            1,
            |chain| chain.skip(1),
        ),
        (
            "a revocation",
            |chain| {
                chain.revoke(1);
                chain.mine(1);
            },
            1,
            |chain| chain.mine(2),
        ),
        (
            "two blocks, of which one comes again later",
            |chain| {
                chain.create(3, 0);
                chain.mine(1);
                chain.revoke(1);
                chain.set_status(1, Status::Suspended);
                chain.mine(1);
            },
            2,
            |chain| {
                chain.skip(2);
                chain.create(3, 0);
                chain.mine(1);
            },
        ),
        (
            "a chain that is shorter at first",
            |chain| {
                chain.create(3, 0);
                chain.mine(2);
            },
            2,
            |chain| chain.mine(1),
        ),
        (
            "after a gap",
            |chain| {
                chain.create(3, 0);
                chain.skip(20);
            },
            1,
            |chain| {
                chain.revoke(1);
                chain.skip(5);
                chain.skip(30);
            },
        ),
    ];
    for (name, undone, blocks, instead) in table {
        let (server, mirror) = (Server::start().await, TestMirror::new().await);
        {
            let mut chain = server.chain();
            chain.create(1, 0);
            chain.mine(4);
        }
        let running = Running::start(&mirror, &server.config(&[grants(), statuses()]));
        until("level", || seen_is_newest(&server, &mirror)).await;
        undone(&mut server.chain());
        until(&format!("{name}: seen"), || seen_is_newest(&server, &mirror)).await;
        {
            let mut chain = server.chain();
            chain.undo(blocks);
            instead(&mut chain);
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        server.chain().mine(3);
        until(&format!("{name}: undone"), || seen_is_newest(&server, &mirror)).await;
        running.end().await;
        equals_a_fresh_replay(&server, &mirror).await;
    }
}

async fn seen_is_newest(server: &Server, mirror: &TestMirror) -> bool {
    let height = server.chain().newest().height;
    for contract in [grants(), statuses()] {
        let state = mirror.state_if_registered(&contract).await;
        let seen = state.filter(|state| state.verified_block == Some(height)).and_then(|state| state.seen);
        if seen.is_none_or(|seen| seen.number != height) {
            return false;
        }
    }
    true
}
