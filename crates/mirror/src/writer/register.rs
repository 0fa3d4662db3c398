use idos_grants::Account;
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

use crate::{
    contract::{Contract, ContractState},
    error::MirrorError,
    rows::{STATE_COLUMNS, STATE_WIDTH, big, contract_state, number, optional_checkpoint, parameters},
    writer::{MirrorWriter, Progress},
};

/// Every table whose rows belong to a contract.
const TABLES: [&str; 3] = ["mirror_grants", "mirror_words", "mirror_checkpoints"];

impl MirrorWriter {
    /// Makes sure that `contract` is mirrored, and says where to continue.
    pub async fn register(&self, contract: &Contract) -> Result<Progress, MirrorError> {
        sqlx::query(
            "INSERT INTO mirror_contracts (id, account, kind, start_block, final_block, polled_at) \
             SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, 0, 0 FROM mirror_contracts WHERE true \
             ON CONFLICT (account) DO NOTHING",
        )
        .bind(contract.account.to_string())
        .bind(contract.kind.as_str())
        .bind(big("block", contract.start_block)?)
        .execute(self.pool())
        .await?;
        let progress = self.progress(&contract.account).await?;
        // Events before the block that the mirror began at would be missing.
        if progress.contract.kind != contract.kind || contract.start_block < progress.contract.start_block {
            return Err(MirrorError::ContractChanged(contract.account));
        }
        Ok(progress)
    }

    /// Drops what is mirrored of every contract that is not in `accounts`: one that an operator no longer follows must
    /// neither open the gate nor hold it closed. Followed again, it is mirrored from its start.
    pub async fn retain(&self, accounts: &[Account]) -> Result<(), MirrorError> {
        let mut transaction = self.pool().begin().await?;
        let kept = match accounts.len() {
            0 => "true".to_owned(),
            count => format!("account NOT IN ({})", parameters(1, count)),
        };
        let dropped = TABLES.map(|table| {
            format!("DELETE FROM {table} WHERE contract_id IN (SELECT id FROM mirror_contracts WHERE {kept})")
        });
        for sql in dropped.into_iter().chain([format!("DELETE FROM mirror_contracts WHERE {kept}")]) {
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for account in accounts {
                query = query.bind(account.to_string());
            }
            query.execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Where to continue.
    pub async fn progress(&self, account: &Account) -> Result<Progress, MirrorError> {
        let mut connection = self.pool().acquire().await?;
        Ok(cursor(&mut connection, account).await?.progress)
    }
}

/// A contract's row, as the writer needs it.
pub(super) struct ContractRow {
    pub(super) id: i64,
    pub(super) progress: Progress,
}

pub(super) async fn cursor(
    connection: &mut sqlx::AnyConnection,
    account: &Account,
) -> Result<ContractRow, MirrorError> {
    let sql = format!(
        "SELECT {STATE_COLUMNS}, c.seen_block, c.seen_hash, c.seen_at, c.seen_head, \
         c.verified_block, c.verified_hash, c.verified_at, c.verified_head, c.start_block, c.id \
         FROM mirror_contracts c WHERE c.account = $1"
    );
    let row = sqlx::query(AssertSqlSafe(sql)).bind(account.to_string()).fetch_optional(connection).await?;
    contract_row(&row.ok_or(MirrorError::UnknownContract(*account))?)
}

fn contract_row(row: &AnyRow) -> Result<ContractRow, MirrorError> {
    let ContractState { account, kind, final_block, broken, .. } = contract_state(row)?;
    let start_block = number(row, STATE_WIDTH + 8, "block")?;
    let progress = Progress {
        contract: Contract { account, kind, start_block },
        seen: optional_checkpoint(row, STATE_WIDTH)?,
        verified: optional_checkpoint(row, STATE_WIDTH + 4)?,
        final_block,
        broken,
    };
    Ok(ContractRow { id: row.try_get(STATE_WIDTH + 9)?, progress })
}
