//! Random chains, reorgs, errors, lags, lies and kills: in the end the mirror is what a fresh replay makes of the chain.

mod source;
mod world;

use std::{sync::Arc, time::Duration};

use idos_grants::Namespace;
use idos_indexer::{ChainConfig, Indexer, source::Source};
use idos_mirror::{GrantFilter, Mirror};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::support::{TestMirror, config};
use source::{Misfortunes, RandomSource};
use world::{INVENTED, World, chain_id, contract};

const SEEDS: u64 = 60;
const LIVES: usize = 8;

fn settings(family: Namespace) -> ChainConfig {
    let pause = Duration::from_micros(100);
    ChainConfig {
        poll_interval: Duration::from_micros(200),
        retry_pause_min: pause,
        retry_pause_max: pause * 8,
        chain: chain_id(family),
        ..config(&[contract(family)], &[])
    }
}

fn sources(world: &World, misfortunes: Misfortunes, seed: u64) -> Vec<Box<dyn Source>> {
    let source = |n| RandomSource::new(world.clone(), misfortunes, StdRng::seed_from_u64(seed * 8 + n));
    (0..2).map(|n| Box::new(source(n)) as Box<dyn Source>).collect()
}

/// One process: it is killed after a while, wherever it is.
async fn live(mirror: &TestMirror, world: &World, seed: u64, lifetime: Duration) {
    let sources = sources(world, Misfortunes::Many, seed);
    let mut indexer =
        Indexer::with_sources(settings(world.family()), sources, mirror.writer(), || 1_800_000_000).unwrap();
    let ended = tokio::time::timeout(lifetime, indexer.run_until_level()).await;
    assert!(ended.is_err() || ended.is_ok_and(|ended| ended.is_ok()), "seed {seed}: ended for good");
}

async fn follow(mirror: &TestMirror, world: &World, seed: u64) {
    let sources = sources(world, Misfortunes::None, seed);
    let mut indexer =
        Indexer::with_sources(settings(world.family()), sources, mirror.writer(), || 1_800_000_000).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(5), indexer.run_until_level()).await;
    ended.unwrap_or_else(|_| panic!("seed {seed}: never level")).unwrap();
}

/// Whatever was said, nothing that the contract never said opens the gate.
async fn nothing_invented_is_final(mirror: &Mirror, seed: u64) {
    let filter = GrantFilter { data_id: Some(INVENTED), ..GrantFilter::default() };
    let invented = mirror.reader().grants(&filter, None, 100).await.unwrap().items;
    let opens = invented.iter().any(|grant| grant.is_final() && grant.contract.broken.is_none());
    assert!(!opens, "seed {seed}: {invented:?}");
}

async fn run(seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let family = if seed.is_multiple_of(2) { Namespace::Near } else { Namespace::Eip155 };
    let world = World::new(seed, family);
    let mirror = TestMirror::new().await;
    world.mine(rng.random_range(1..80));
    for life in 0..LIVES {
        let lifetime = Duration::from_micros(rng.random_range(500..12_000));
        live(&mirror, &world, seed * 1_000 + life as u64, lifetime).await;
        nothing_invented_is_final(mirror.mirror(), seed).await;
    }
    world.settle();
    follow(&mirror, &world, seed).await;
    let fresh = TestMirror::new().await;
    follow(&fresh, &world, seed).await;
    assert_eq!(mirror.rows().await, fresh.rows().await, "seed {seed}");
    let (left, new) = (mirror.state(&contract(family)).await, fresh.state(&contract(family)).await);
    assert_eq!(
        (left.seen, left.verified_block, left.broken),
        (new.seen, new.verified_block, None),
        "seed {seed}"
    );
    assert_eq!(mirror.standing().await, world.standing(), "seed {seed}");
}

#[test]
fn whatever_happens_the_mirror_becomes_what_a_fresh_replay_is() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let first = std::env::var("IDOS_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = Arc::new(first.map_or((1..=SEEDS).collect::<Vec<u64>>(), |seed| vec![seed]));
    runtime.block_on(async {
        for pair in seeds.chunks(2) {
            futures::future::join_all(pair.iter().map(|seed| {
                let seed = *seed;
                async move {
                    let ran = tokio::spawn(run(seed)).await;
                    assert!(ran.is_ok(), "failed with IDOS_SEED={seed}");
                }
            }))
            .await;
        }
    });
}
