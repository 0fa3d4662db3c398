//! The process is killed at every step of a scripted chain, and the mirror ends as a replay.

use std::time::Duration;

use idos_grants::Status;

use super::{
    chain::{Chain, grants, statuses},
    equals_a_fresh_replay,
    server::{Server, config},
};
use crate::support::{
    TestMirror,
    lives::{self, Kill},
};

/// The chain, step by step: what happens before the next life of the process.
const SCRIPT: [fn(&mut Chain); 6] = [
    |chain| {
        chain.create(1, 0);
        chain.mine(1);
        chain.create_many(2..=4);
        chain.skip(3);
    },
    |chain| {
        chain.revoke(1);
        chain.set_status(7, Status::Suspended);
        chain.mine(1);
        chain.forge("forger.near", true);
        chain.mine(2);
    },
    |chain| {
        chain.create(1, 0);
        chain.mine(2);
    },
    // What the last step did is undone.
    |chain| {
        chain.undo(2);
        chain.revoke(2);
        chain.skip(2);
        chain.mine(1);
    },
    |chain| {
        chain.set_status(7, Status::Revoked);
        chain.skip(2_000);
        chain.revoke(3);
        chain.mine(3);
    },
    |chain| {
        chain.create(5, 0);
        chain.mine(1);
    },
];

/// Not a test: the process that is killed.
#[tokio::test]
#[ignore = "started by the test below"]
async fn a_life() {
    lives::a_life(|url| config(&[grants(), statuses()], &[url], &[url])).await;
}

async fn live(server: &Server, mirror: &TestMirror, kill: Kill) -> bool {
    let was_killed =
        lives::live("near::kill::a_life", &server.url, mirror, kill, |ask| server.lie(move |_, _| ask()))
            .await;
    server.be_honest();
    was_killed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_question_the_mirror_ends_as_a_replay() {
    let mut kills = 0;
    for at in 1.. {
        let moment = (at % 2 == 0).then_some(Duration::from_micros(700));
        let (server, mirror) = (Server::start().await, TestMirror::new().await);
        let mut was_killed = false;
        for step in SCRIPT {
            step(&mut server.chain());
            if live(&server, &mirror, Kill { question: at, moment }).await {
                was_killed = true;
                kills += 1;
            }
        }
        assert!(!live(&server, &mirror, Kill { question: usize::MAX, moment: None }).await);
        equals_a_fresh_replay(&server, &mirror).await;
        assert!(at < 200, "a life has no end");
        if !was_killed {
            break;
        }
    }
    assert!(kills > 60, "{kills} kills are not every step");
}
