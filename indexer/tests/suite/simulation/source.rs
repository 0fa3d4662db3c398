//! A source on a chain in memory that fails, lags, lies, and lets the chain change, between any two answers.

use std::sync::Mutex;

use async_trait::async_trait;
use idos_grants::{Event, HistoryHead};
use idos_indexer::source::{Range, Source, SourceError, Tip};
use idos_mirror::{BlockRef, Contract, Located};
use rand::{Rng, rngs::StdRng};

use super::world::{Block, INVENTED, World};

/// The most blocks that it returns the events of.
const BLOCKS_MAX: u64 = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfortunes {
    None,
    Many,
}

pub struct RandomSource {
    world: World,
    misfortunes: Misfortunes,
    rng: Mutex<StdRng>,
}

impl RandomSource {
    pub fn new(world: World, misfortunes: Misfortunes, rng: StdRng) -> Self {
        Self { world, misfortunes, rng: Mutex::new(rng) }
    }

    fn happens(&self, probability: f64) -> bool {
        self.misfortunes == Misfortunes::Many && self.rng.lock().unwrap().random_bool(probability)
    }

    fn up_to(&self, most: u64) -> u64 {
        self.rng.lock().unwrap().random_range(0..=most)
    }

    /// Time passes, and the world with it. Returns how far behind the server is that answers.
    async fn asked(&self) -> Result<u64, SourceError> {
        for _ in 0..self.up_to(3) {
            tokio::task::yield_now().await;
        }
        if self.happens(0.1) {
            self.world.mine(1);
        }
        if self.happens(0.03) {
            self.world.reorg();
        }
        if self.happens(0.05) {
            return Err(SourceError::Unavailable("bad luck".to_owned()));
        }
        Ok(if self.happens(0.1) { self.up_to(4) } else { 0 })
    }

    fn maybe_lie(&self, events: &mut Vec<Located>) {
        if events.is_empty() || !self.happens(0.05) {
            return;
        }
        let index = self.up_to(events.len() as u64 - 1) as usize;
        match self.up_to(2) {
            0 => drop(events.remove(index)),
            1 => events.truncate(index),
            _ => {
                let mut invented = events[index];
                invented.log_index += 1;
                if let Event::Grant(event) = &mut invented.event {
                    event.data_id = INVENTED;
                }
                events.insert(index + 1, invented);
            }
        }
    }
}

#[async_trait]
impl Source for RandomSource {
    fn name(&self) -> &str {
        "random"
    }

    async fn check_chain(&self) -> Result<(), SourceError> {
        self.asked().await.map(drop)
    }

    async fn tip(&self) -> Result<Tip, SourceError> {
        let behind = self.asked().await?;
        Ok(self.world.chain().tip(behind))
    }

    async fn block(&self, number: u64) -> Result<Option<BlockRef>, SourceError> {
        let behind = self.asked().await?;
        Ok(end(self.world.chain().known(behind), number).map(|(block, _)| block))
    }

    async fn events(&self, _: &Contract, from: u64, to: u64) -> Result<Range, SourceError> {
        let behind = self.asked().await?;
        if to - from >= BLOCKS_MAX {
            let suggested = (self.up_to(1) == 0).then_some(BLOCKS_MAX);
            return Err(SourceError::RangeTooLarge { suggested });
        }
        let mut events = {
            let chain = self.world.chain();
            // Like real servers, it says nothing of blocks that it does not have.
            let blocks = chain.known(behind).iter().filter(|block| (from..=to).contains(&block.at.number));
            blocks.flat_map(|block| block.events.iter().copied()).collect()
        };
        self.maybe_lie(&mut events);
        let behind = self.asked().await?;
        let (last, next) = end(self.world.chain().known(behind), to).ok_or(SourceError::Lags)?;
        Ok(Range { events, last: Some(last).filter(|last| last.number >= from), next })
    }

    async fn block_events(&self, _: &Contract, block: &BlockRef) -> Result<Vec<Located>, SourceError> {
        let behind = self.asked().await?;
        let mut events = {
            let chain = self.world.chain();
            let found = chain.known(behind).iter().find(|found| found.at.hash == block.hash);
            found.map(|found| found.events.clone()).ok_or(SourceError::Lags)?
        };
        self.maybe_lie(&mut events);
        Ok(events)
    }

    async fn history_head(&self, _: &Contract, at: &BlockRef) -> Result<Option<HistoryHead>, SourceError> {
        let behind = self.asked().await?;
        if self.happens(0.02) {
            return Ok(Some(HistoryHead([7; 32])));
        }
        let chain = self.world.chain();
        if at.number > chain.tip(behind).newest.number {
            return Err(SourceError::Lags);
        }
        chain.heads.get(&at.hash).copied().map(Some).ok_or(SourceError::Lags)
    }
}

/// The last block of at most this height, and the first height above that can hold another; `None`: the blocks do not go so far.
fn end(blocks: &[Block], height: u64) -> Option<(BlockRef, u64)> {
    let above = blocks.iter().position(|block| block.at.number > height);
    let last = blocks[..above.unwrap_or(blocks.len())].last()?.at;
    match above {
        Some(above) => Some((last, blocks[above].at.number)),
        None => (last.number == height).then_some((last, height + 1)),
    }
}
