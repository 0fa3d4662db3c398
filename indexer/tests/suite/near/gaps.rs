//! Random gaps: whatever heights are asked for, the answer is what a reader of the whole chain would say.

use idos_indexer::source::{Range, Source, SourceError, near::NearSource};
use idos_mirror::BlockHash;
use rand::{Rng, SeedableRng, rngs::StdRng};

use super::{
    chain::{GENESIS_HEIGHT, chain, grants},
    server::Server,
};

/// A chain on which every third block creates a grant.
async fn server(rng: &mut StdRng) -> Server {
    let server = Server::start().await;
    for n in 1..=60 {
        let mut chain = server.chain();
        if n % 3 == 0 {
            chain.create(n, 0);
        }
        let gap = match rng.random_range(0..10) {
            0..5 => 0,
            5..8 => rng.random_range(1..4),
            8 => rng.random_range(4..80),
            _ => rng.random_range(80..2_000),
        };
        chain.skip(gap);
    }
    server
}

/// Heights and hashes of all blocks.
fn blocks(server: &Server) -> Vec<(u64, BlockHash)> {
    server.chain().blocks.iter().map(|block| (block.height, BlockHash(block.hash))).collect()
}

#[tokio::test]
async fn ranges_begin_and_end_at_the_blocks_that_there_are() {
    for seed in 0..6 {
        let mut rng = StdRng::seed_from_u64(seed);
        let server = server(&mut rng).await;
        let blocks = blocks(&server);
        let source = NearSource::new(chain(), &server.url, &server.url);
        let newest = blocks.last().unwrap().0;
        for _ in 0..150 {
            let from = rng.random_range(GENESIS_HEIGHT - 20..=newest);
            let to = rng.random_range(from..=newest.min(from + 150));
            let found = source.block(to).await.unwrap().map(|block| (block.number, block.hash));
            let expected = blocks.iter().rev().find(|(height, _)| *height <= to).copied();
            assert_eq!(found, expected, "seed {seed}: the block at {to}");

            let Range { events, last, next } = source.events(&grants(), from, to).await.unwrap();
            let expected = expected.filter(|(height, _)| *height >= from);
            assert_eq!(last.map(|last| (last.number, last.hash)), expected, "seed {seed}: {from} to {to}");
            let above = blocks.iter().find(|(height, _)| *height > to).map(|(height, _)| *height);
            assert!(next > to && next <= above.unwrap_or(newest + 1), "seed {seed}: {next} after {to}");
            let is_block = |(at, _): &(u64, BlockHash)| (from..=to).contains(at);
            let index = |at: u64| blocks.iter().position(|(height, _)| *height == at).unwrap();
            let created = blocks
                .iter()
                .filter(|block| is_block(block) && index(block.0) != 0 && index(block.0) % 3 == 0);
            let found: Vec<_> = events.iter().map(|event| (event.block, event.block_hash)).collect();
            assert_eq!(found, created.copied().collect::<Vec<_>>(), "seed {seed}: {from} to {to}");
        }
    }
}

#[tokio::test]
async fn a_long_gap_costs_few_questions_and_a_long_range_is_refused() {
    let server = Server::start().await;
    server.chain().mine(5);
    server.chain().skip(1 << 40);
    server.chain().mine(1_000);
    let source = NearSource::new(chain(), &server.url, &server.url);
    server.asked();
    let range = source.events(&grants(), GENESIS_HEIGHT, GENESIS_HEIGHT + 1_000_000).await.unwrap();
    assert_eq!(
        (range.last.unwrap().number, range.next),
        (GENESIS_HEIGHT + 5, GENESIS_HEIGHT + 6 + (1 << 40))
    );
    let questions: usize = server.asked().values().sum();
    assert!(questions < 120, "{questions} questions");

    let end = GENESIS_HEIGHT + (1 << 40);
    let refused = source.events(&grants(), end - 500, end + 900).await.unwrap_err();
    let SourceError::RangeTooLarge { suggested: Some(heights) } = refused else { panic!("{refused}") };
    let range = source.events(&grants(), end - 500, end - 500 + heights - 1).await.unwrap();
    assert!(range.last.is_some(), "the suggestion works: {heights}");
}
