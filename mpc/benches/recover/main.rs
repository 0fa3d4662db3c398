//! How long it takes to bring a key back over loopback, against the bare cost of as many signature checks as nodes are required; and how many
//! shares one node serves. Prints a line of JSON for each.
//!
//! `cargo bench -p idos-mpc --bench recover -- [rounds]`

#![expect(clippy::unwrap_used, reason = "what fails here is a failed measurement")]
#![allow(clippy::disallowed_methods, dead_code, reason = "measures time; shares the tests' nodes")]

#[path = "../../tests/api/support.rs"]
mod support;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use idos_client::{
    Signer,
    key_shares::{KeyOfProfile, Listen},
};
use idos_wallets::ShareOperation;
use rand_core::OsRng;
use serde_json::json;
use support::{TestNodes, ask, fresh_profile, wallet};

/// Those who ask one node at a time.
const CLIENTS: usize = 32;

fn main() {
    let rounds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(200);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for (required, count) in [(3, 5), (7, 10)] {
        runtime.block_on(recover(required, count, rounds));
    }
    runtime.block_on(serve(rounds * 10));
}

async fn recover(required: u8, count: u8, rounds: usize) {
    let nodes = TestNodes::start(required, count).await;
    let (client, profile_id) = (nodes.client(), fresh_profile());
    let created = client.create(&wallet(1), profile_id, |_| Ok(()), &mut OsRng).await.unwrap();
    let of = KeyOfProfile {
        profile_id,
        stored_by: wallet(1).account(),
        encryption_key: created.secret.public(),
        shared: created.shared,
    };
    let (mut times, mut bare) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        // In turn, so that both see the same machine. Nobody asks so often that the hour's bound is met.
        if round % 900 == 899 {
            nodes.pass(60 * 60);
        }
        let begun = Instant::now();
        client.recover(&wallet(1), &of, Listen::UntilFound, &mut OsRng).await.unwrap();
        times.push(begun.elapsed());
        let signed = nodes.signed(&wallet(1), ShareOperation::Release {}, profile_id);
        let begun = Instant::now();
        for _ in 0..required {
            black_box(signed.proof()).unwrap();
        }
        bare.push(begun.elapsed());
    }
    let [times, bare] = [times, bare].map(sorted);
    println!(
        "{}",
        json!({
            "bench": format!("recover {required} of {count}"),
            "p50_us": quantile(&times, 50), "p99_us": quantile(&times, 99),
            "bare_checks_p50_us": quantile(&bare, 50),
            "ratio_p50": quantile(&times, 50) as f64 / quantile(&bare, 50) as f64,
            "memory_mib_of_all_nodes_and_client": memory_mib(),
        })
    );
}

async fn serve(requests: usize) {
    let nodes = TestNodes::start(2, 2).await;
    let profile_id = fresh_profile();
    nodes.client().create(&wallet(1), profile_id, |_| Ok(()), &mut OsRng).await.unwrap();
    let requests = requests.min(900);
    let bodies: Vec<_> = (0..requests)
        .map(|_| {
            let signed = nodes.signed(&wallet(1), ShareOperation::Release {}, profile_id);
            serde_json::to_vec(&ask(&signed)).unwrap()
        })
        .collect();
    let url = format!("http://{}/v1/shares/release", nodes.nodes[0].address);
    let http = reqwest::Client::new();
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for part in bodies.chunks(requests.div_ceil(CLIENTS)) {
        let (part, http, url) = (part.to_vec(), http.clone(), url.clone());
        tasks.spawn(async move {
            for body in part {
                let request = http.post(&url).header("content-type", "application/json").body(body);
                assert!(request.send().await.unwrap().status().is_success());
            }
        });
    }
    tasks.join_all().await;
    let per_second = requests as f64 / begun.elapsed().as_secs_f64();
    println!(
        "{}",
        json!({"bench": "shares served by one node", "per_second": per_second.round(), "memory_mib": memory_mib()})
    );
}

fn sorted(mut times: Vec<Duration>) -> Vec<Duration> {
    times.sort_unstable();
    times
}

fn quantile(times: &[Duration], percent: usize) -> u128 {
    times[(times.len() - 1) * percent / 100].as_micros()
}

/// Resident memory of this process.
fn memory_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()).unwrap_or(0) / 1024
}
