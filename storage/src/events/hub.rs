//! One look at the mirror for all streams: what became final is read once and handed to each.

use std::{collections::HashMap, sync::Arc, time::Duration};

use idos_grants::{Account, Address};
use idos_mirror::{ContractKind, ContractState, FeedEvent, FeedPosition, MirrorReader, PAGE_SIZE};
use tokio::sync::{Mutex, Notify, Semaphore, broadcast};
use tokio_util::sync::CancellationToken;

use crate::error::ServiceError;

/// Batches that a stream may be behind before it reads what it missed from the mirror by itself.
const BATCHES_KEPT: usize = 64;

/// Streams that read from the mirror by themselves at a time: after a reconnect, or when they fell behind.
const CATCHING_UP_MAX: usize = 2;

/// The next events of one contract.
#[derive(Debug)]
pub(super) struct FeedBatch {
    pub(super) contract: Account,
    pub(super) events: Vec<FeedEvent>,
    /// Everything up to there is in this batch or one before.
    pub(super) upto: FeedPosition,
}

/// Up to where each contract was handed out.
pub(super) type Positions = HashMap<Account, FeedPosition>;

/// Reads the mirror while anybody listens.
pub(super) struct Hub {
    mirror: MirrorReader,
    poll: Duration,
    batches: broadcast::Sender<Arc<FeedBatch>>,
    positions: Mutex<Positions>,
    joined: Notify,
    catching_up: Semaphore,
}

impl Hub {
    pub(super) fn new(mirror: MirrorReader, poll: Duration) -> Self {
        Self {
            mirror,
            poll,
            batches: broadcast::Sender::new(BATCHES_KEPT),
            positions: Mutex::new(Positions::new()),
            joined: Notify::new(),
            catching_up: Semaphore::new(CATCHING_UP_MAX),
        }
    }

    /// Hands out what becomes final, until `ended`.
    pub(super) async fn run(&self, ended: CancellationToken) {
        let work = async {
            loop {
                if self.batches.receiver_count() == 0 {
                    self.joined.notified().await;
                }
                tokio::time::sleep(self.poll).await;
                if let Err(error) = self.round().await {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "events could not be read; it is tried again");
                }
            }
        };
        ended.run_until_cancelled(work).await;
    }

    /// Whatever is handed out from now on, and up to where everything was before.
    pub(super) async fn join(
        &self,
    ) -> Result<(broadcast::Receiver<Arc<FeedBatch>>, Positions), ServiceError> {
        let mut positions = self.positions.lock().await;
        if self.batches.receiver_count() == 0 {
            // Nobody has listened for a while, so nothing was read.
            for contract in self.mirror.contracts().await? {
                if let Some(confirmed) = confirmed(&contract) {
                    advance(&mut positions, &contract.account, FeedPosition::after_block(confirmed));
                }
            }
        }
        let joined = (self.batches.subscribe(), positions.clone());
        self.joined.notify_one();
        Ok(joined)
    }

    /// The events of a contract that were handed out, after `after` and up to `upto`, about some accounts only: a page of them, and up to where
    /// that is all.
    pub(super) async fn past(
        &self,
        contract: &ContractState,
        after: FeedPosition,
        upto: FeedPosition,
        about: &[Address],
    ) -> Result<FeedBatch, ServiceError> {
        let _permit = self.catching_up.acquire().await.map_err(|_| ServiceError::Busy)?;
        let mut events = self.mirror.feed(contract, after, upto.block, Some(about), PAGE_SIZE).await?;
        let is_all = events.len() < PAGE_SIZE as usize;
        events.retain(|event| event.position <= upto);
        let reached = events.last().map(|event| event.position).filter(|_| !is_all).unwrap_or(upto);
        Ok(FeedBatch { contract: contract.account, events, upto: reached })
    }

    /// The contracts that are mirrored.
    pub(super) async fn contracts(&self) -> Result<Vec<ContractState>, ServiceError> {
        Ok(self.mirror.contracts().await?)
    }

    async fn round(&self) -> Result<(), ServiceError> {
        let mut positions = self.positions.lock().await;
        for contract in self.mirror.contracts().await? {
            let Some(confirmed) = confirmed(&contract) else { continue };
            let end = FeedPosition::after_block(confirmed);
            loop {
                let after = positions.get(&contract.account).copied().unwrap_or(FeedPosition::START);
                if after >= end {
                    break;
                }
                let events = self.mirror.feed(&contract, after, confirmed, None, PAGE_SIZE).await?;
                let is_all = events.len() < PAGE_SIZE as usize;
                let upto = events.last().map(|event| event.position).filter(|_| !is_all).unwrap_or(end);
                if !events.is_empty() {
                    let batch = FeedBatch { contract: contract.account, events, upto };
                    // Nobody listens: nobody misses it.
                    let _ = self.batches.send(Arc::new(batch));
                }
                advance(&mut positions, &contract.account, upto);
            }
        }
        Ok(())
    }
}

/// The newest block of which nothing will be taken back: final, and confirmed by the contract's own history head.
fn confirmed(contract: &ContractState) -> Option<u64> {
    contract.confirmed_block().filter(|_| contract.broken.is_none())
}

/// Never back: what was told is not told again, whatever a chain does.
fn advance(positions: &mut Positions, contract: &Account, to: FeedPosition) {
    let position = positions.entry(*contract).or_insert(to);
    *position = to.max(*position);
}

/// Whether grants are recorded there.
pub(super) fn is_of_grants(contract: &ContractState) -> bool {
    contract.kind == ContractKind::AccessGrants
}
