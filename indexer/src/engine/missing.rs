//! Blocks that no RPC has any more.

use std::collections::BTreeSet;

use super::IndexerError;

/// So many answers must say it: an RPC that has just been started has few blocks, and may stand behind the same name as others.
const TIMES: u32 = 3;

/// Which RPCs said so since the last success.
#[derive(Debug, Default)]
pub(super) struct Missing {
    times: u32,
    rpcs: BTreeSet<usize>,
}

impl Missing {
    /// Whether every one of `count` RPCs has dropped blocks that have not been read, so that waiting is of no use. One that is down may have them.
    pub(super) fn is_certain(&mut self, rpc: usize, error: &IndexerError, count: usize) -> bool {
        if !error.is_of_missing_blocks() {
            return false;
        }
        self.times = self.times.saturating_add(1);
        self.rpcs.insert(rpc);
        self.times >= TIMES && self.rpcs.len() >= count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceError;

    #[test]
    fn blocks_are_missing_when_every_rpc_says_so_several_times() {
        let missing = IndexerError::from(SourceError::BlocksMissing { from: 1, to: 9 });
        let other = IndexerError::from(SourceError::Lags);
        let ends = |rpcs: &[usize], count| {
            let mut said = Missing::default();
            rpcs.iter().map(|rpc| said.is_certain(*rpc, &missing, count)).collect::<Vec<_>>()
        };
        assert_eq!(ends(&[0, 0, 0], 1), [false, false, true]);
        assert_eq!(ends(&[0, 1, 0], 2), [false, false, true]);
        assert_eq!(
            ends(&[0, 0, 0, 0, 1], 2),
            [false, false, false, false, true],
            "the other one may have them"
        );
        let mut said = Missing::default();
        assert!((0..9).all(|_| !said.is_certain(0, &other, 1)));
    }
}
