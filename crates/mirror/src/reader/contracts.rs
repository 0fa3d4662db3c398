use idos_grants::Account;

use crate::{
    block::Checkpoint,
    contract::ContractState,
    error::MirrorError,
    reader::MirrorReader,
    rows::{STATE_COLUMNS, contract_state, optional_checkpoint},
};

impl MirrorReader {
    /// Every mirrored contract and how far it is mirrored, in the order of registration.
    pub async fn contracts(&self) -> Result<Vec<ContractState>, MirrorError> {
        let sql = select(" ORDER BY c.id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(self.pool()).await?;
        rows.iter().map(contract_state).collect()
    }

    /// One of them; `None` if it is not mirrored.
    pub async fn contract(&self, account: &Account) -> Result<Option<ContractState>, MirrorError> {
        let sql = select(" WHERE c.account = $1");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(account.to_string());
        query.fetch_optional(self.pool()).await?.as_ref().map(contract_state).transpose()
    }

    /// Where the mirror of a contract stands, with the history head that it came to: anyone can compare it with the
    /// contract's own at that block. `None` if the contract is not mirrored, or nothing of it yet.
    pub async fn seen(&self, account: &Account) -> Result<Option<Checkpoint>, MirrorError> {
        let sql = "SELECT seen_block, seen_hash, seen_at, seen_head FROM mirror_contracts WHERE account = $1";
        let row = sqlx::query(sql).bind(account.to_string()).fetch_optional(self.pool()).await?;
        row.map_or(Ok(None), |row| optional_checkpoint(&row, 0))
    }
}

fn select(rest: &str) -> String {
    format!("SELECT {STATE_COLUMNS} FROM mirror_contracts c{rest}")
}
