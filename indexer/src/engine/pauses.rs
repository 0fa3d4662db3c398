//! How long to wait after failures.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use crate::config::ChainConfig;

/// Pauses that double, with jitter, until something succeeds.
pub(super) struct Pauses {
    builder: ExponentialBuilder,
    backoff: ExponentialBackoff,
    max: Duration,
}

impl Pauses {
    pub(super) fn new(config: &ChainConfig) -> Self {
        let builder = ExponentialBuilder::new()
            .with_min_delay(config.retry_pause_min)
            .with_max_delay(config.retry_pause_max)
            .without_max_times()
            .with_jitter();
        Self { builder, backoff: builder.build(), max: config.retry_pause_max }
    }

    pub(super) fn after_failure(&mut self) -> Duration {
        self.backoff.next().unwrap_or(self.max)
    }

    pub(super) fn succeeded(&mut self) {
        self.backoff = self.builder.build();
    }
}
