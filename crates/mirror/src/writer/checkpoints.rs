use idos_grants::Account;
use sqlx::{AnyConnection, AssertSqlSafe};

use crate::{
    block::Checkpoint,
    bulk::{Dialect, pieces},
    error::MirrorError,
    rows::{big, checkpoint},
    writer::{MirrorWriter, register::cursor},
};

/// Below the final block one checkpoint in so many blocks is kept. A reorg that goes deeper than finality should be
/// impossible; if it happens, at most so many blocks are fetched again without need.
const STRIDE_BLOCKS: u64 = 1_024;

/// Rows in one statement: a power of two.
const ROWS: usize = 64;

impl MirrorWriter {
    /// The places below `block` that the mirror can be rolled back to, newest first, at most `limit`.
    pub async fn checkpoints_below(
        &self,
        account: &Account,
        block: u64,
        limit: u32,
    ) -> Result<Vec<Checkpoint>, MirrorError> {
        let mut connection = self.pool().acquire().await?;
        let id = cursor(&mut connection, account).await?.id;
        let rows = sqlx::query(
            "SELECT block, hash, at, head FROM mirror_checkpoints WHERE contract_id = $1 AND block < $2 \
             ORDER BY block DESC LIMIT $3",
        )
        .bind(id)
        .bind(big("block", block)?)
        .bind(i64::from(limit))
        .fetch_all(&mut *connection)
        .await?;
        rows.iter().map(|row| checkpoint(row, 0)).collect()
    }
}

/// Adds the checkpoints of a batch, and drops those that finality made needless.
pub(super) async fn add(
    connection: &mut AnyConnection,
    contract_id: i64,
    seen: Option<&Checkpoint>,
    added: &[Checkpoint],
    final_block: u64,
) -> Result<(), MirrorError> {
    let mut stride = seen.map(|seen| seen.block.number / STRIDE_BLOCKS);
    let rows: Vec<(&Checkpoint, bool)> = added
        .iter()
        .map(|checkpoint| {
            let here = Some(checkpoint.block.number / STRIDE_BLOCKS);
            (checkpoint, std::mem::replace(&mut stride, here) != here)
        })
        .collect();
    for rows in pieces(&rows, ROWS) {
        insert(connection, contract_id, rows).await?;
    }
    prune(connection, contract_id, final_block).await
}

async fn insert(
    connection: &mut AnyConnection,
    contract_id: i64,
    rows: &[(&Checkpoint, bool)],
) -> Result<(), MirrorError> {
    let sql = format!(
        "INSERT INTO mirror_checkpoints (contract_id, block, hash, at, head, kept) VALUES {}",
        Dialect::of(connection).values(rows.len(), 6)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for (checkpoint, kept) in rows {
        query = query
            .bind(contract_id)
            .bind(big("block", checkpoint.block.number)?)
            .bind(checkpoint.block.hash.to_string())
            .bind(big("time", checkpoint.block.time)?)
            .bind(checkpoint.head.to_string())
            .bind(i64::from(*kept));
    }
    query.execute(connection).await?;
    Ok(())
}

async fn prune(
    connection: &mut AnyConnection,
    contract_id: i64,
    final_block: u64,
) -> Result<(), MirrorError> {
    sqlx::query(
        "DELETE FROM mirror_checkpoints WHERE contract_id = $1 AND kept = 0 AND block < \
         (SELECT MAX(block) FROM mirror_checkpoints WHERE contract_id = $1 AND block <= $2)",
    )
    .bind(contract_id)
    .bind(big("block", final_block)?)
    .execute(connection)
    .await?;
    Ok(())
}
