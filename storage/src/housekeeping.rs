//! Dropping what has ended: sessions, nonces, uploads, and blobs that nothing names; purging copies whose grants were revoked. Chains are not asked here:
//! nothing waits for one that does not answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use idos_api::usage::DAY_SECS;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    auth::ReadKeys,
    blobs::Blobs,
    config::Clock,
    db::{Db, period_of, table},
    deletion::{collect, forget},
    error::ServiceError,
    relay::Relay,
    revoked_copies::RevokedCopies,
};

/// Between two rounds.
const PERIOD: Duration = Duration::from_secs(60);

/// A SQLite file that is too large to be rewritten after each deletion is rewritten this often.
const REWRITE_EVERY_ROUNDS: u64 = 24 * 60;

/// Uploads that one transaction drops.
const UPLOADS_A_TRANSACTION: u32 = 100;

/// How long it is remembered which calls were counted for relaying, in days: what was counted and not taken is handed in again before.
const RELAYED_FOR_DAYS: u64 = 7;

/// How often metrics are summed up: what is measured between two times that they are asked for takes up memory.
const UPKEEP: Duration = Duration::from_secs(5);

/// What keeps the house.
pub(crate) struct Housekeeping {
    pub(crate) metrics: PrometheusHandle,
    pub(crate) db: Arc<Db>,
    pub(crate) blobs: Arc<Blobs>,
    pub(crate) read_keys: Arc<ReadKeys>,
    pub(crate) revoked_copies: RevokedCopies,
    pub(crate) relay: Arc<dyn Relay>,
    /// How long the audit log says who read; `None`: as long as reader and owner have their profiles.
    pub(crate) readers_kept_days: Option<u32>,
    /// The period before which it does not say so any more.
    pub(crate) readers_erased_before: AtomicU64,
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
                    self.work(number).await;
                }
            }
        }
    }

    async fn work(&self, number: u64) {
        let now = (self.clock)();
        self.read_keys.drop_ended(now);
        if let Err(error) = self.round(now).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "housekeeping failed; it is tried again");
        }
        if let Err(error) = self.revoked_copies.round((self.clock)()).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "copies whose grants were revoked could not be purged; it is tried again");
        }
        if let Err(error) = forget(&self.db, &*self.relay).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(
                error,
                "the relay could not be told which profiles were deleted; it is tried again"
            );
        }
        if number.is_multiple_of(REWRITE_EVERY_ROUNDS)
            && let Err(error) = self.db.rewrite().await
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "the database could not be rewritten");
        }
    }

    /// One round: everything that has ended by `now`.
    pub(crate) async fn round(&self, now: u64) -> Result<(), ServiceError> {
        let mut tx = self.db.begin().await?;
        let has_left = table::sessions::has_ended_of_deleted(&mut tx, now).await?;
        let kept_since = self.readers_kept_since(now);
        let readers = match kept_since {
            Some(period) => table::readers::erase_before(&mut tx, period).await?,
            None => 0,
        };
        let sessions = table::sessions::delete_expired(&mut tx, now).await?;
        let nonces = table::nonces::delete_expired(&mut tx, now).await?;
        let write_grants = table::write_grants::delete_expired(&mut tx, now).await?;
        let requests = table::requests::delete_expired(&mut tx, now).await?;
        table::profile_consents::delete_expired(&mut tx, now).await?;
        table::relayed::delete_before(&mut tx, now.saturating_sub(RELAYED_FOR_DAYS * DAY_SECS)).await?;
        tx.commit().await?;
        if let Some(period) = kept_since {
            self.readers_erased_before.store(period, Ordering::Relaxed);
        }
        let uploads = self.drop_uploads(now).await?;
        while collect(&self.db, &self.blobs, now).await? {}
        if has_left || readers > 0 {
            self.db.purge().await?;
        }
        tracing::debug!(sessions, nonces, write_grants, requests, uploads, readers, "dropped what has ended");
        Ok(())
    }

    /// The first period whose readers are kept, if those before have not been erased yet.
    fn readers_kept_since(&self, now: u64) -> Option<u64> {
        let days = self.readers_kept_days?;
        let period = period_of(now.saturating_sub(u64::from(days) * DAY_SECS));
        (period > self.readers_erased_before.load(Ordering::Relaxed)).then_some(period)
    }

    async fn drop_uploads(&self, now: u64) -> Result<usize, ServiceError> {
        let mut dropped = 0;
        loop {
            let mut tx = self.db.command().await?;
            let expired = table::uploads::expired(&mut tx, now, UPLOADS_A_TRANSACTION).await?;
            for upload in &expired {
                table::uploads::delete(&mut tx, upload).await?;
                table::garbage::insert(&mut tx, upload.blob, now).await?;
            }
            tx.commit().await?;
            dropped += expired.len();
            if expired.len() < UPLOADS_A_TRANSACTION as usize {
                return Ok(dropped);
            }
        }
    }
}
