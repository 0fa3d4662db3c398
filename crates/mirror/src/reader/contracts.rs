use idos_grants::Account;

use crate::{
    contract::ContractState,
    error::MirrorError,
    reader::MirrorReader,
    rows::{STATE_COLUMNS, contract_state},
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
}

fn select(rest: &str) -> String {
    format!("SELECT {STATE_COLUMNS} FROM mirror_contracts c{rest}")
}
