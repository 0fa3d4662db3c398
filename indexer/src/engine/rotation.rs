//! Several RPCs of one chain: the first one in the configured order that has not failed lately is asked. So a better one is returned to.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::IndexerError;
use crate::source::{Source, SourceError};

/// The RPCs, and what is known of each.
pub(super) struct Rotation {
    sources: Vec<Box<dyn Source>>,
    known: Mutex<Vec<Known>>,
}

#[derive(Clone, Copy, Default)]
struct Known {
    /// It failed, and is not asked before, while there is another one.
    rests_until: Option<Instant>,
    /// Where all rest, the one that failed the longest time ago is asked.
    failed_at: Option<Instant>,
    /// Whether it is of the configured chain. Asked again after every failure: a URL may have been moved.
    checked: bool,
    /// It said that it is of another chain.
    is_wrong: bool,
    /// It was of the configured chain at least once.
    was_right: bool,
}

impl Rotation {
    /// There is at least one.
    pub(super) fn new(sources: Vec<Box<dyn Source>>) -> Self {
        let known = Mutex::new(vec![Known::default(); sources.len()]);
        Self { sources, known }
    }

    /// Which one's turn it is.
    pub(super) fn current(&self) -> usize {
        let now = Instant::now();
        let known = self.known();
        let rested = |known: &Known| known.rests_until.is_none_or(|until| until <= now);
        let next = known.iter().enumerate().min_by_key(|(_, known)| known.failed_at).map(|(index, _)| index);
        known.iter().position(rested).or(next).unwrap_or_default()
    }

    pub(super) fn count(&self) -> usize {
        self.sources.len()
    }

    pub(super) fn source(&self, index: usize) -> &dyn Source {
        self.sources[index].as_ref()
    }

    /// Every other one.
    pub(super) fn others(&self, index: usize) -> impl Iterator<Item = (usize, &dyn Source)> {
        self.sources.iter().map(Box::as_ref).enumerate().filter(move |(other, _)| *other != index)
    }

    /// Makes sure that it is of the configured chain.
    pub(super) async fn check(&self, index: usize) -> Result<(), SourceError> {
        if self.known()[index].checked {
            return Ok(());
        }
        let checked = self.source(index).check_chain().await;
        let known = &mut self.known()[index];
        known.is_wrong = checked.as_ref().is_err_and(SourceError::is_of_another_chain);
        known.checked = checked.is_ok();
        known.was_right |= checked.is_ok();
        checked
    }

    /// Whether every RPC is of another chain and none ever was of the configured one: a mistake in the configuration.
    pub(super) fn is_all_wrong(&self) -> bool {
        self.known().iter().all(|known| known.is_wrong && !known.was_right)
    }

    /// The RPC's answer, or its silence, led to this error: another one's turn, if there is one and it is the RPC's fault.
    pub(super) fn failed(&self, index: usize, error: &IndexerError) {
        let Some(rest) = error.rest() else { return };
        let labels = [("rpc", self.source(index).name().to_owned()), ("kind", error.kind().to_owned())];
        metrics::counter!("idos_indexer_rpc_errors_total", &labels).increment(1);
        let now = Instant::now();
        let known = &mut self.known()[index];
        known.rests_until = Some(now + rest).max(known.rests_until);
        known.failed_at = Some(now);
        known.checked = false;
    }

    fn known(&self) -> MutexGuard<'_, Vec<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use idos_grants::{ChainId, HistoryHead};
    use idos_mirror::{BlockRef, Contract, Located};

    use super::*;
    use crate::source::{Range, Tip};

    /// Says of which chain it is, and nothing else.
    struct OfChain(u64);

    #[async_trait]
    impl Source for OfChain {
        fn name(&self) -> &str {
            "of a chain"
        }

        async fn check_chain(&self) -> Result<(), SourceError> {
            let (expected, answered) = (ChainId::Eip155(1), ChainId::Eip155(self.0));
            if answered == expected {
                return Ok(());
            }
            Err(SourceError::WrongChain { rpc: self.name().to_owned(), expected, answered })
        }

        async fn tip(&self) -> Result<Tip, SourceError> {
            Err(SourceError::Lags)
        }

        async fn block(&self, _: u64) -> Result<Option<BlockRef>, SourceError> {
            Err(SourceError::Lags)
        }

        async fn events(&self, _: &Contract, _: u64, _: u64) -> Result<Range, SourceError> {
            Err(SourceError::Lags)
        }

        async fn block_events(&self, _: &Contract, _: &BlockRef) -> Result<Vec<Located>, SourceError> {
            Err(SourceError::Lags)
        }

        async fn history_head(&self, _: &Contract, _: &BlockRef) -> Result<Option<HistoryHead>, SourceError> {
            Err(SourceError::Lags)
        }
    }

    fn rotation(chains: &[u64]) -> Rotation {
        Rotation::new(chains.iter().map(|chain| Box::new(OfChain(*chain)) as Box<dyn Source>).collect())
    }

    fn unavailable() -> IndexerError {
        SourceError::Lags.into()
    }

    fn invalid() -> IndexerError {
        SourceError::Invalid("nonsense").into()
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_rpc_is_returned_to_after_a_while_and_a_liar_later() {
        let rotation = rotation(&[1, 1]);
        for (error, secs) in [(unavailable(), 31), (invalid(), 601)] {
            rotation.failed(0, &error);
            assert_eq!(rotation.current(), 1);
            tokio::time::advance(std::time::Duration::from_secs(secs - 2)).await;
            assert_eq!(rotation.current(), 1, "{error}");
            tokio::time::advance(std::time::Duration::from_secs(2)).await;
            assert_eq!(rotation.current(), 0, "{error}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn where_all_failed_each_is_asked_in_turn() {
        let rotation = rotation(&[1, 1]);
        rotation.failed(0, &invalid());
        for next in [1, 0, 1, 0] {
            assert_eq!(rotation.current(), next);
            tokio::time::advance(std::time::Duration::from_millis(200)).await;
            rotation.failed(next, &unavailable());
        }
    }

    #[tokio::test]
    async fn what_is_not_the_rpcs_fault_does_not_turn_to_another() {
        let rotation = rotation(&[1, 1]);
        rotation.failed(0, &IndexerError::Mirror(idos_mirror::MirrorError::Malformed { what: "row" }));
        assert_eq!(rotation.current(), 0);
    }

    #[tokio::test]
    async fn only_rpcs_that_are_all_of_another_chain_are_a_mistake() {
        for (chains, is_mistake) in [(vec![2], true), (vec![2, 1], false), (vec![2, 3], true)] {
            let rotation = rotation(&chains);
            for (index, chain) in chains.iter().enumerate() {
                assert_eq!(rotation.check(index).await.is_ok(), *chain == 1);
            }
            assert_eq!(rotation.is_all_wrong(), is_mistake, "{chains:?}");
        }
    }
}
