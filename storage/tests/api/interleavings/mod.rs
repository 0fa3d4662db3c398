//! Any interleaving of sharing, granting, extending, revoking, giving up, deleting, linking and unlinking, of two of these at once, of reorgs, of a chain that is
//! not heard from, of housekeeping and of restarts keeps the invariants of ARCHITECTURE.md. After every step each person gets of each object exactly what a
//! model of two pages says; every read is in its owner's audit log, and no more; and the files of content are those that rows name.

mod action;
mod kept;
mod model;
mod play;
mod step;

use idos_testdb::Postgres;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use self::{play::Play, step::step};

/// Scripts in every test run; `IDOS_CASES` for more.
const CASES: u32 = 48;
const STEPS_MAX: usize = 40;

#[test]
fn any_interleaving_keeps_the_invariants_on_sqlite() {
    check(cases(), || None);
}

#[test]
fn any_interleaving_keeps_the_invariants_on_postgres() {
    let runtime = runtime();
    let Some(server) = runtime.block_on(async { Postgres::start() }) else { return };
    let mut number = 0;
    check(cases() / 4, || {
        number += 1;
        Some(runtime.block_on(server.create_database(&format!("case_{number}"))))
    });
}

fn cases() -> u32 {
    std::env::var("IDOS_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(CASES)
}

/// Plays `cases` scripts, each at the database that `place` names.
fn check(cases: u32, mut place: impl FnMut() -> Option<String>) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let place = std::cell::RefCell::new(&mut place);
    let result = TestRunner::new(config).run(&prop::collection::vec(step(), 1..STEPS_MAX), |steps| {
        let url = (place.borrow_mut())();
        runtime().block_on(async {
            let mut play = Play::begin(url).await;
            for (number, step) in steps.iter().enumerate() {
                play.take(step).await.map_err(|wrong| {
                    TestCaseError::fail(format!("step {number}, {step:?}: {wrong}\nof {steps:#?}"))
                })?;
            }
            Ok(())
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}
