//! The process is killed at every step of a scripted chain, and the mirror ends as a replay.

use std::{
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use idos_grants::Status;
use idos_indexer::Indexer;
use idos_mirror::Mirror;

use super::{
    chain::{Chain, grants, statuses},
    equals_a_fresh_replay,
    server::{Server, config},
};
use crate::support::{TestMirror, now};

const SERVER_URL: &str = "IDOS_TEST_SERVER_URL";
const MIRROR_URL: &str = "IDOS_TEST_MIRROR_URL";

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
    let url = std::env::var(SERVER_URL).unwrap().parse().unwrap();
    let mirror = Mirror::open(&std::env::var(MIRROR_URL).unwrap()).await.unwrap();
    let config = config(&[grants(), statuses()], &[&url], &[&url]);
    Indexer::new(config, mirror.writer(), now).unwrap().run_until_level().await.unwrap();
}

fn start(server: &Server, mirror: &TestMirror) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["near::kill::a_life", "--exact", "--ignored"])
        .env(SERVER_URL, server.url.as_str())
        .env(MIRROR_URL, mirror.url())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// One life of the process; killed at its question number `at`, just before the answer or a moment after. Returns whether it was.
async fn live(server: &Server, mirror: &TestMirror, at: usize, moment: Option<Duration>) -> bool {
    let life: Arc<Mutex<Option<Child>>> = Arc::default();
    let questions = Mutex::new(0);
    let condemned = life.clone();
    server.lie(move |_, _| {
        let mut questions = questions.lock().unwrap();
        *questions += 1;
        if *questions != at {
            return;
        }
        let kill = {
            let condemned = condemned.clone();
            move || drop(condemned.lock().unwrap().as_mut().map(Child::kill))
        };
        match moment {
            None => kill(),
            Some(moment) => drop(std::thread::spawn(move || {
                std::thread::sleep(moment);
                kill();
            })),
        }
    });
    {
        // Nothing is answered until the process can be killed.
        let mut life = life.lock().unwrap();
        *life = Some(start(server, mirror));
    }
    let ended = loop {
        if let Some(ended) = life.lock().unwrap().as_mut().unwrap().try_wait().unwrap() {
            break ended;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    };
    server.be_honest();
    assert!(ended.success() || ended.code().is_none(), "it ended by itself, and not well: {ended}");
    !ended.success()
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
            if live(&server, &mirror, at, moment).await {
                was_killed = true;
                kills += 1;
            }
        }
        assert!(!live(&server, &mirror, usize::MAX, None).await);
        equals_a_fresh_replay(&server, &mirror).await;
        assert!(at < 200, "a life has no end");
        if !was_killed {
            break;
        }
    }
    assert!(kills > 60, "{kills} kills are not every step");
}
