use idos_grants::{Account, HistoryHead};
use sqlx::AnyConnection;

use crate::{
    block::{BlockRef, Checkpoint},
    contract::Broken,
    error::MirrorError,
    rows::big,
    writer::MirrorWriter,
};

impl MirrorWriter {
    /// Records that at `polled_at` (node clock) the chain's newest block was `seen`, where the mirror stands.
    pub async fn polled(
        &self,
        account: &Account,
        seen: &BlockRef,
        final_block: u64,
        polled_at: u64,
    ) -> Result<(), MirrorError> {
        let done = sqlx::query(
            "UPDATE mirror_contracts SET polled_at = $1, \
             final_block = CASE WHEN final_block < $2 THEN $2 ELSE final_block END WHERE account = $3 AND seen_hash = $4",
        )
        .bind(big("time", polled_at)?)
        .bind(big("block", final_block)?)
        .bind(account.to_string())
        .bind(seen.hash.to_string())
        .execute(self.pool())
        .await?;
        stood_there(done.rows_affected(), account)
    }

    /// Records that the contract's own history head at `at`, where the mirror stands, is the mirror's. Whatever was
    /// broken is mended by that: the head covers every event.
    pub async fn verified(&self, account: &Account, at: &Checkpoint) -> Result<(), MirrorError> {
        let done = sqlx::query(
            "UPDATE mirror_contracts SET verified_block = seen_block, verified_hash = seen_hash, verified_at = seen_at, \
             verified_head = seen_head, broken_from = NULL, broken_to = NULL, broken_reason = NULL \
             WHERE account = $1 AND seen_hash = $2 AND seen_head = $3",
        )
        .bind(account.to_string())
        .bind(at.block.hash.to_string())
        .bind(at.head.to_string())
        .execute(self.pool())
        .await?;
        stood_there(done.rows_affected(), account)
    }

    /// Closes the gate for a contract until [`MirrorWriter::verified`].
    pub async fn mark_broken(&self, account: &Account, broken: &Broken) -> Result<(), MirrorError> {
        let done = sqlx::query(
            "UPDATE mirror_contracts SET broken_from = $1, broken_to = $2, broken_reason = $3 WHERE account = $4",
        )
        .bind(big("block", broken.from_block)?)
        .bind(big("block", broken.to_block)?)
        .bind(broken.reason.clone())
        .bind(account.to_string())
        .execute(self.pool())
        .await?;
        match done.rows_affected() {
            0 => Err(MirrorError::UnknownContract(*account)),
            _ => Ok(()),
        }
    }
}

fn stood_there(rows: u64, account: &Account) -> Result<(), MirrorError> {
    if rows == 0 { Err(MirrorError::Moved(*account)) } else { Ok(()) }
}

/// A move of the cursor.
pub(super) struct Step<'a> {
    pub(super) account: &'a Account,
    pub(super) from: Option<BlockRef>,
    pub(super) to: &'a BlockRef,
    pub(super) head: &'a HistoryHead,
    pub(super) final_block: u64,
    pub(super) polled_at: Option<u64>,
}

/// Moves the cursor, if it stands where the step begins. Before anything else is written: two writers meet here.
pub(super) async fn advance(connection: &mut AnyConnection, step: &Step<'_>) -> Result<(), MirrorError> {
    let done = sqlx::query(
        "UPDATE mirror_contracts SET seen_block = $1, seen_hash = $2, seen_at = $3, seen_head = $4, \
         final_block = CASE WHEN final_block < $5 THEN $5 ELSE final_block END, polled_at = COALESCE($6, polled_at) \
         WHERE account = $7 AND COALESCE(seen_hash, '') = $8",
    )
    .bind(big("block", step.to.number)?)
    .bind(step.to.hash.to_string())
    .bind(big("time", step.to.time)?)
    .bind(step.head.to_string())
    .bind(big("block", step.final_block)?)
    .bind(step.polled_at.map(|at| big("time", at)).transpose()?)
    .bind(step.account.to_string())
    .bind(step.from.map(|block| block.hash.to_string()).unwrap_or_default())
    .execute(connection)
    .await?;
    stood_there(done.rows_affected(), step.account)
}
