//! One and the same request many times at once: what comes of it is what comes of it once.

use std::collections::BTreeMap;

use idos_testdb::Postgres;

use super::fault::twins;
use crate::{
    matrix::{
        request::{ROWS, Row},
        scene::Scene,
        stated, table,
    },
    support::{Answer, House},
};

/// How many are sent.
const TIMES: usize = 8;

#[derive(Debug, Clone, Copy)]
enum Sent {
    /// Once, to compare with.
    Once,
    /// The very same bytes, with the same nonce.
    Copied,
    /// The same content, each time signed anew.
    SignedAnew,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_is_sent_eight_times_at_once_has_its_effect_once() {
    insta::assert_snapshot!("at_once", effects(async || None).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_is_sent_eight_times_at_once_has_its_effect_once_on_postgres() {
    let Some(server) = Postgres::start() else { return };
    let number = std::sync::atomic::AtomicU32::new(0);
    let place = async || {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Some(server.create_database(&format!("scene_{number}")).await)
    };
    insta::assert_snapshot!("at_once", effects(place).await);
}

/// A table of what each command is answered and what it does, each way of sending it in a scene of its own.
async fn effects(place: impl AsyncFn() -> Option<String>) -> String {
    let once = played(&Scene::set_at(place().await).await, Sent::Once).await;
    let copied = played(&Scene::set_at(place().await).await, Sent::Copied).await;
    let signed_anew = played(&Scene::set_at(place().await).await, Sent::SignedAnew).await;
    let mut table = table("command", ["once", "the same 8 times", "signed 8 times", "what it does"]);
    for (((row, once), copied), anew) in commands().zip(once).zip(copied).zip(signed_anew) {
        assert_eq!(once.effect, copied.effect, "{row}: the very same request, {TIMES} times at once");
        assert_eq!(once.effect, anew.effect, "{row}: signed anew, {TIMES} times at once");
        let effect = once.effect.iter().map(|(what, by)| format!("{what} {by:+}"));
        let effect = Vec::from_iter(effect).join(", ");
        table.add_row([row.to_string(), once.answers, copied.answers, anew.answers, effect]);
    }
    table.to_string()
}

fn commands() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().filter(|row| row.is_command())
}

struct Played {
    /// How many got each answer.
    answers: String,
    /// By how much each count changed.
    effect: BTreeMap<String, i64>,
}

async fn played(scene: &Scene, sent: Sent) -> Vec<Played> {
    let mut all = Vec::new();
    for row in commands() {
        let asked = scene.asked(row).await;
        let send = || scene.sent(row.by(), row, asked.clone());
        let requests = match sent {
            Sent::Once => vec![send()],
            Sent::Copied => twins(send(), &asked.body, TIMES),
            Sent::SignedAnew => (0..TIMES).map(|_| send()).collect(),
        };
        let before = counts(&scene.house).await;
        let answers = scene.house.ask_at_once(requests).await;
        let after = counts(&scene.house).await;
        assert!(answers.iter().all(|answer| answer.status < 500), "{row}: {}", tallied(&answers, sent));
        all.push(Played { answers: tallied(&answers, sent), effect: change(before, after) });
    }
    all
}

fn tallied(answers: &[Answer], sent: Sent) -> String {
    let mut tally = BTreeMap::<String, usize>::new();
    for answer in answers {
        let told = match (sent, stated(answer).as_str()) {
            // A copy of what ends its own session meets the used nonce or the ended session first, as it happens.
            (Sent::Copied, "401 unauthenticated") => "409 nonce_invalid".to_owned(),
            (_, told) => told.to_owned(),
        };
        *tally.entry(told).or_default() += 1;
    }
    let told = tally.into_iter().map(|(told, times)| match times {
        1 if answers.len() == 1 => told,
        times => format!("{times}x {told}"),
    });
    Vec::from_iter(told).join(", ")
}

/// How many rows each table has, how much was used, and how many blobs there are. A nonce is used up by whatever is signed.
async fn counts(house: &House) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    let mut add = |what: &str, by: i64| *counts.entry(what.to_owned()).or_default() += by;
    for (table, row) in house.rows().await {
        match table.trim_start_matches("store_") {
            "nonces" => {}
            "usage" => {
                let cell = |name: &str| row.split(' ').find_map(|cell| cell.strip_prefix(name)?.parse().ok());
                add("uses", cell("uses=").unwrap());
                add("used bytes", cell("bytes=").unwrap());
            }
            table => add(table, 1),
        }
    }
    add("blobs", house.blobs().len() as i64);
    counts
}

fn change(before: BTreeMap<String, i64>, mut after: BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    for (what, count) in before {
        *after.entry(what).or_default() -= count;
    }
    after.retain(|_, by| *by != 0);
    after
}
