//! Dropping what has ended: nonces, old refusals, and what deleted rows leave in a large file.

use std::{sync::Arc, time::Duration};

use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    config::Clock,
    db::{Db, nonces, refusals},
    error::ServiceError,
};

/// Between two rounds.
const PERIOD: Duration = Duration::from_secs(60);

/// A SQLite file that is too large to be rewritten after each deletion is rewritten this often.
const REWRITE_EVERY_ROUNDS: u64 = 24 * 60;

/// How often metrics are summed up: what is measured between two times that they are asked for takes up memory.
const UPKEEP: Duration = Duration::from_secs(5);

/// What keeps the house.
pub(crate) struct Housekeeping {
    pub(crate) db: Arc<Db>,
    pub(crate) metrics: PrometheusHandle,
    pub(crate) clock: Clock,
}

impl Housekeeping {
    /// Works until `shutdown`.
    pub(crate) async fn run(&self, shutdown: &CancellationToken) {
        let (mut rounds, mut upkeep) = (tokio::time::interval(PERIOD), tokio::time::interval(UPKEEP));
        let mut number = 0_u64;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = upkeep.tick() => self.metrics.run_upkeep(),
                _ = rounds.tick() => {
                    number += 1;
                    if let Err(error) = self.round(number).await {
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(error, "housekeeping failed; it is tried again");
                    }
                }
            }
        }
    }

    async fn round(&self, number: u64) -> Result<(), ServiceError> {
        let now = (self.clock)();
        let mut tx = self.db.begin().await?;
        nonces::delete_expired(&mut tx, now).await?;
        refusals::delete_old(&mut tx, now).await?;
        tx.commit().await?;
        if number.is_multiple_of(REWRITE_EVERY_ROUNDS) { Ok(self.db.rewrite().await?) } else { Ok(()) }
    }
}
