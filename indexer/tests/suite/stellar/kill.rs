//! The process is killed at every question of a scripted chain, and the mirror ends as a replay.

use std::time::Duration;

use idos_grants::Status;

use super::{
    chain::Chain,
    contracts, equals_a_fresh_replay,
    server::{Server, config},
};
use crate::support::{
    TestMirror,
    lives::{self, Kill},
};

/// The chain, step by step: what happens before the next life of the process.
const SCRIPT: [fn(&mut Chain); 5] = [
    |chain| {
        chain.create(1, 0);
        chain.close(1);
        chain.create_many(2..=4);
        chain.skip(3);
    },
    |chain| {
        chain.revoke(1);
        chain.set_status(7, Status::Suspended);
        chain.close(1);
        chain.forge(9);
        chain.close(2);
    },
    |chain| {
        chain.create(1, 0);
        chain.close(1);
    },
    |chain| {
        chain.set_status(7, Status::Revoked);
        chain.restore();
        chain.skip(2_000);
        chain.revoke(3);
        chain.close(3);
    },
    |chain| {
        chain.create(5, 0);
        chain.close(1);
    },
];

/// Not a test: the process that is killed.
#[tokio::test]
#[ignore = "started by the test below"]
async fn a_life() {
    lives::a_life(|url| config(&contracts(), &[url])).await;
}

async fn live(server: &Server, mirror: &TestMirror, kill: Kill) -> bool {
    let listen = |ask: lives::AtQuestion| server.lie(move |_, _, _| ask());
    let was_killed = lives::live("stellar::kill::a_life", &server.url, mirror, kill, listen).await;
    server.be_honest();
    was_killed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_question_the_mirror_ends_as_a_replay() {
    let mut kills = 0;
    for question in 1.. {
        let moment = (question % 2 == 0).then_some(Duration::from_micros(700));
        let (server, mirror) = (Server::start().await, TestMirror::new().await);
        // Several pages a range.
        server.set_page(2);
        let mut was_killed = false;
        for step in SCRIPT {
            step(&mut server.chain());
            if live(&server, &mirror, Kill { question, moment }).await {
                was_killed = true;
                kills += 1;
            }
        }
        assert!(!live(&server, &mirror, Kill { question: usize::MAX, moment: None }).await);
        equals_a_fresh_replay(&server, &mirror).await;
        assert!(question < 200, "a life has no end");
        if !was_killed {
            break;
        }
    }
    assert!(kills > 40, "{kills} kills are not every step");
}
