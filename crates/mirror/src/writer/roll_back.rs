use idos_grants::Account;
use sqlx::AnyConnection;

use crate::{
    block::Checkpoint,
    error::MirrorError,
    rows::{big, checkpoint},
    writer::{
        MirrorWriter,
        register::{ContractRow, cursor},
    },
};

/// What undoes a contract's blocks above `$2`.
const UNDO: [&str; 5] = [
    "DELETE FROM mirror_grants WHERE contract_id = $1 AND from_block > $2",
    "UPDATE mirror_grants SET to_block = NULL, to_log = NULL, to_at = NULL, state = 'standing' WHERE contract_id = $1 AND to_block > $2",
    "DELETE FROM mirror_words WHERE contract_id = $1 AND from_block > $2",
    "UPDATE mirror_words SET to_block = NULL WHERE contract_id = $1 AND to_block > $2",
    "DELETE FROM mirror_checkpoints WHERE contract_id = $1 AND block > $2",
];

impl MirrorWriter {
    /// Makes the mirror what it was at block `to`, one of its checkpoints or its verified block; `None`: before its
    /// first block. Until the next poll the mirror is not fresh: a revocation that a reorg undid, and that the new
    /// blocks repeat, must not open the gate in between.
    pub async fn roll_back(&self, account: &Account, to: Option<u64>) -> Result<(), MirrorError> {
        let mut transaction = self.pool().begin().await?;
        let row = cursor(&mut transaction, account).await?;
        let target = match to {
            Some(block) => Some(find(&mut transaction, &row, block).await?),
            None => None,
        };
        move_cursor(&mut transaction, &row, target.as_ref()).await?;
        let last = target.map_or(Ok(-1), |target| big("block", target.block.number))?;
        for sql in UNDO {
            sqlx::query(sql).bind(row.id).bind(last).execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }
}

async fn find(
    connection: &mut AnyConnection,
    row: &ContractRow,
    block: u64,
) -> Result<Checkpoint, MirrorError> {
    if let Some(verified) = row.progress.verified.filter(|verified| verified.block.number == block) {
        return Ok(verified);
    }
    let found = sqlx::query(
        "SELECT block, hash, at, head FROM mirror_checkpoints WHERE contract_id = $1 AND block = $2",
    )
    .bind(row.id)
    .bind(big("block", block)?)
    .fetch_optional(connection)
    .await?;
    let account = row.progress.contract.account;
    checkpoint(&found.ok_or(MirrorError::UnknownCheckpoint { account, block })?, 0)
}

async fn move_cursor(
    connection: &mut AnyConnection,
    row: &ContractRow,
    to: Option<&Checkpoint>,
) -> Result<(), MirrorError> {
    let progress = &row.progress;
    let final_block = progress.final_block.min(to.map_or(0, |to| to.block.number));
    // What the contract confirmed at a later block, it confirmed for every block before.
    let verified = match (progress.verified, to) {
        (Some(verified), Some(to)) if verified.block.number > to.block.number => Some(*to),
        (verified, Some(_)) => verified,
        (_, None) => None,
    };
    let mut query = sqlx::query(
        "UPDATE mirror_contracts SET seen_block = $1, seen_hash = $2, seen_at = $3, seen_head = $4, \
         verified_block = $5, verified_hash = $6, verified_at = $7, verified_head = $8, final_block = $9, polled_at = 0 \
         WHERE id = $10 AND COALESCE(seen_hash, '') = $11",
    );
    for checkpoint in [to, verified.as_ref()] {
        query = query
            .bind(checkpoint.map(|at| big("block", at.block.number)).transpose()?)
            .bind(checkpoint.map(|at| at.block.hash.to_string()))
            .bind(checkpoint.map(|at| big("time", at.block.time)).transpose()?)
            .bind(checkpoint.map(|at| at.head.to_string()));
    }
    let done = query
        .bind(big("block", final_block)?)
        .bind(row.id)
        .bind(progress.seen.map(|seen| seen.block.hash.to_string()).unwrap_or_default())
        .execute(connection)
        .await?;
    if done.rows_affected() == 0 { Err(MirrorError::Moved(progress.contract.account)) } else { Ok(()) }
}
