//! At the tip all contracts ask the same: what was said in the newest ledger, and what the heads are after it. One question serves them all.

use std::{sync::Arc, time::Duration};

use idos_contracts_stellar::ContractId;
use idos_mirror::{BlockHash, BlockRef};
use moka::future::Cache;
use tokio::time::sleep;

use super::{
    head::{self, At, Newest},
    pages::{self, EventJson},
    rpc::Rpc,
    sequence,
};
use crate::source::SourceError;

/// A ledger's answers are shared for so long.
const CACHE_TTL: Duration = Duration::from_secs(10);
/// Ledgers whose answers are kept.
const CACHE_LEDGERS: u64 = 16;

/// A server may hear of a ledger a moment later than another one behind the same name. It is asked again after so long,
const LAG_PAUSE: Duration = Duration::from_millis(150);
/// so many times.
const LAG_TRIES: u32 = 6;

/// Up to [`pages::CONTRACTS_MAX`] contracts that are asked about together.
pub(super) struct Together {
    pub(super) contracts: Vec<ContractId>,
    events: Cache<BlockHash, Arc<Vec<EventJson>>>,
    heads: Cache<BlockHash, Arc<Vec<Newest>>>,
}

impl Together {
    pub(super) fn new(contracts: Vec<ContractId>) -> Self {
        Self { contracts, events: cache(), heads: cache() }
    }

    /// Every further answer is asked for again.
    pub(super) fn forget(&self) {
        self.events.invalidate_all();
        self.heads.invalidate_all();
    }

    /// What all of the contracts said in a ledger.
    pub(super) async fn events(&self, rpc: &Rpc, at: &BlockRef) -> Result<Arc<Vec<EventJson>>, SourceError> {
        let ledger = sequence(at.number)?;
        let asked = async {
            let strkeys: Vec<_> = self.contracts.iter().map(|contract| contract.to_string()).collect();
            pages::events(rpc, &strkeys, ledger, ledger).await.map(Arc::new)
        };
        self.events.try_get_with(at.hash, asked).await.map_err(Arc::unwrap_or_clone)
    }

    /// The newest state of one of the contracts' heads, as of the ledger `at` or a later one.
    pub(super) async fn head(
        &self,
        rpc: &Rpc,
        contract: ContractId,
        at: &BlockRef,
    ) -> Result<Newest, SourceError> {
        let ledger = sequence(at.number)?;
        let asked = async {
            for _ in 1..LAG_TRIES {
                let heads = head::newest(rpc, &self.contracts).await?;
                if heads.iter().all(|head| head.at(ledger) != At::Ahead) {
                    return Ok(Arc::new(heads));
                }
                sleep(LAG_PAUSE).await;
            }
            head::newest(rpc, &self.contracts).await.map(Arc::new)
        };
        let heads = self.heads.try_get_with(at.hash, asked).await.map_err(Arc::unwrap_or_clone)?;
        let place = self.contracts.iter().position(|one| *one == contract);
        place.and_then(|place| heads.get(place)).copied().ok_or(SourceError::Lags)
    }
}

fn cache<T: Clone + Send + Sync + 'static>() -> Cache<BlockHash, T> {
    Cache::builder().max_capacity(CACHE_LEDGERS).time_to_live(CACHE_TTL).build()
}
