//! A NEAR chain: whole blocks in the shape of [NEAR Lake](https://github.com/near/near-lake-framework-rs) from a block server such as
//! [neardata](https://github.com/fastnear/neardata-server), and the contracts' views from an RPC.

mod block;
mod blocks;
mod events;
mod range;
mod rpc;
mod view;

use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use idos_grants::{Address, ChainId, HistoryHead, account::NearAccountId};
use idos_mirror::{BlockRef, Contract, Located};
use url::Url;

use super::{Range, Source, SourceError, Tip};
use block::Block;
use blocks::Blocks;
use rpc::Rpc;
use view::View;

/// Heights in one answer: each is a block of its own.
const HEIGHTS_MAX: u64 = 256;

/// Blocks that one range waits for at the same time.
const BLOCKS_AT_ONCE: usize = 16;

/// One block server and one RPC of a NEAR chain.
#[derive(Debug)]
pub struct NearSource {
    name: String,
    chain: ChainId,
    blocks: Blocks,
    rpc: Rpc,
}

impl NearSource {
    /// Blocks from the server at `blocks`, views from the RPC at `rpc`; nothing is asked yet.
    pub fn new(chain: ChainId, blocks: &Url, rpc: &Url) -> Self {
        let (blocks, rpc) = (Blocks::new(blocks), Rpc::new(rpc));
        Self { name: format!("{} with {}", blocks.name(), rpc.name()), chain, blocks, rpc }
    }

    async fn view(&self) -> Result<View, SourceError> {
        View::of(&self.blocks).await
    }

    /// Refuses a block server and an RPC whose final blocks differ. Whichever is behind is compared.
    async fn check_same_chain(&self) -> Result<(), SourceError> {
        let view = self.view().await?;
        let (served, answered) = (view.final_block().at, self.rpc.final_block().await?);
        let is_same = if served.number <= answered.number {
            self.rpc.block_hash(served.number).await? == served.hash
        } else {
            let found = range::block_at(&self.blocks, &view, answered.number).await?;
            found.is_some_and(|found| found.at.hash == answered.hash)
        };
        if is_same {
            return Ok(());
        }
        let (blocks, rpc) = (self.blocks.name().to_owned(), self.rpc.name().to_owned());
        Err(SourceError::DifferentChains { blocks, rpc })
    }

    /// The blocks from one existing block to another, each the parent of the next.
    async fn between(
        &self,
        view: &View,
        first: Arc<Block>,
        last: Arc<Block>,
    ) -> Result<Vec<Arc<Block>>, SourceError> {
        let (from, to) = (first.at.number, last.at.number);
        let asked = (from + 1..to).map(|height| range::block_at(&self.blocks, view, height));
        let found: Vec<_> = stream::iter(asked).buffered(BLOCKS_AT_ONCE).try_collect().await?;
        let mut blocks = vec![first];
        blocks.extend(found.into_iter().flatten());
        if to > from {
            blocks.push(last);
        }
        let is_chain = blocks.windows(2).all(|pair| matches!(pair, [one, next] if next.follows(one)));
        if is_chain { Ok(blocks) } else { Err(SourceError::Changed) }
    }
}

/// The contract's account, which is one of NEAR.
fn account(contract: &Contract) -> Result<NearAccountId, SourceError> {
    match contract.account.address() {
        Address::Near(id) => Ok(id),
        _ => Err(SourceError::not_of_this_chain(contract)),
    }
}

#[async_trait]
impl Source for NearSource {
    fn name(&self) -> &str {
        &self.name
    }

    async fn check_chain(&self) -> Result<(), SourceError> {
        // After a failure nothing is believed that was said before it.
        self.blocks.forget();
        let answered = self.rpc.chain().await?;
        if answered != self.chain {
            return Err(SourceError::WrongChain {
                rpc: self.rpc.name().to_owned(),
                expected: self.chain,
                answered,
            });
        }
        self.check_same_chain().await
    }

    async fn tip(&self) -> Result<Tip, SourceError> {
        let view = self.view().await?;
        let newest = view.newest();
        Ok(Tip { newest: newest.at, parent: newest.parent, final_block: view.final_block().at.number })
    }

    async fn block(&self, number: u64) -> Result<Option<BlockRef>, SourceError> {
        let view = self.view().await?;
        if number > view.newest().at.number {
            return Ok(None);
        }
        let end = range::end(&self.blocks, &view, number).await?;
        Ok(end.last.map(|block| block.at))
    }

    async fn events(&self, contract: &Contract, from: u64, to: u64) -> Result<Range, SourceError> {
        let view = self.view().await?;
        if to > view.newest().at.number {
            return Err(SourceError::Lags);
        }
        let first = range::first_from(&self.blocks, &view, from).await?;
        if first.at.number > to {
            return Ok(Range { events: Vec::new(), last: None, next: first.at.number });
        }
        let end = range::end(&self.blocks, &view, to).await?;
        let last = end.last.ok_or(SourceError::Changed)?;
        let heights = last.at.number.saturating_sub(first.at.number).saturating_add(1);
        if heights > HEIGHTS_MAX {
            let suggested = first.at.number.saturating_sub(from).saturating_add(HEIGHTS_MAX);
            return Err(SourceError::RangeTooLarge { suggested: Some(suggested) });
        }
        let at = last.at;
        let blocks = self.between(&view, first, last).await?;
        let mut events = Vec::new();
        for block in &blocks {
            events.extend(events::of(block, contract)?);
        }
        Ok(Range { events, last: Some(at), next: end.next })
    }

    async fn block_events(&self, contract: &Contract, block: &BlockRef) -> Result<Vec<Located>, SourceError> {
        let found = self.blocks.by_hash(block.number, block.hash).await?;
        events::of(&found, contract)
    }

    async fn history_head(
        &self,
        contract: &Contract,
        at: &BlockRef,
    ) -> Result<Option<HistoryHead>, SourceError> {
        self.rpc.history_head(&account(contract)?, &at.hash).await
    }
}
