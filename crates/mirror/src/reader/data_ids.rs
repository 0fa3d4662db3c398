//! Questions about many data ids at once.

use idos_grants::{Address, DataId};
use sqlx::{AssertSqlSafe, any::AnyRow};

use super::grants::{AnyQuery, bind_addresses, bounded, is_one_of, lock};
use crate::{
    error::MirrorError,
    grant::{GrantsEnd, Lock},
    reader::{MAX_DATA_IDS, MirrorReader},
    rows::{STATE_COLUMNS, STATE_WIDTH, account, contract_state, number, parameters, parsed, short_data_id},
};

impl MirrorReader {
    /// For the deletion of a whole profile: as [`Self::locks`], on any of `data_ids`, of which there are at most [`MAX_DATA_IDS`].
    pub async fn locks_on(&self, owners: &[Address], data_ids: &[DataId]) -> Result<Vec<Lock>, MirrorError> {
        let rows = self.on_data_ids(locks_sql, owners, data_ids).await?;
        rows.iter().map(lock).collect()
    }

    /// For purging copies that nobody may read any more: by contract, owner and data id, how the grants of `owners` on `data_ids` stand, where
    /// any was seen. At most [`MAX_DATA_IDS`].
    pub async fn ends(&self, owners: &[Address], data_ids: &[DataId]) -> Result<Vec<GrantsEnd>, MirrorError> {
        let rows = self.on_data_ids(ends_sql, owners, data_ids).await?;
        rows.iter().map(grants_end).collect()
    }

    async fn on_data_ids(
        &self,
        sql: impl Fn(&str) -> String,
        owners: &[Address],
        data_ids: &[DataId],
    ) -> Result<Vec<AnyRow>, MirrorError> {
        bounded(owners)?;
        if data_ids.len() > MAX_DATA_IDS {
            return Err(MirrorError::TooManyDataIds { max: MAX_DATA_IDS });
        }
        if owners.is_empty() || data_ids.is_empty() {
            return Ok(Vec::new());
        }
        let by = is_one_of("owner", 1, owners.len());
        let first = 1 + 2 * owners.len();
        let (keys, texts) =
            (parameters(first, data_ids.len()), parameters(first + data_ids.len(), data_ids.len()));
        let sql = sql(&format!("{by} AND g.data_key IN ({keys}) AND g.data_id IN ({texts})"));
        let query = bind_data_ids(bind_addresses(sqlx::query(AssertSqlSafe(sql)), owners), data_ids);
        Ok(query.fetch_all(self.pool()).await?)
    }
}

/// First the short keys of all, then their texts.
fn bind_data_ids<'q>(mut query: AnyQuery<'q>, data_ids: &[DataId]) -> AnyQuery<'q> {
    for data_id in data_ids {
        query = query.bind(short_data_id(data_id));
    }
    for data_id in data_ids {
        query = query.bind(data_id.to_string());
    }
    query
}

fn locks_sql(condition: &str) -> String {
    format!(
        "SELECT {STATE_COLUMNS}, l.owner, l.locked_until FROM \
         (SELECT g.contract_id, g.owner, MAX(g.locked_until) AS locked_until FROM mirror_grants g \
         WHERE {condition} AND g.to_block IS NULL AND g.locked_until > 0 GROUP BY g.contract_id, g.owner) AS l \
         JOIN mirror_contracts c ON c.id = l.contract_id ORDER BY c.id, l.owner"
    )
}

/// A version that another one followed says nothing about the grant's end.
fn ends_sql(condition: &str) -> String {
    format!(
        "SELECT {STATE_COLUMNS}, e.owner, e.data_id, e.standing, e.revoked FROM \
         (SELECT g.contract_id, g.owner, g.data_id, \
         CAST(SUM(CASE WHEN g.to_block IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS standing, \
         CAST(MAX(COALESCE(g.to_block, 0)) AS BIGINT) AS revoked FROM mirror_grants g \
         WHERE {condition} AND g.state <> 'extended' GROUP BY g.contract_id, g.owner, g.data_id) AS e \
         JOIN mirror_contracts c ON c.id = e.contract_id ORDER BY c.id, e.data_id, e.owner"
    )
}

fn grants_end(row: &AnyRow) -> Result<GrantsEnd, MirrorError> {
    let contract = contract_state(row)?;
    Ok(GrantsEnd {
        owner: account(row, STATE_WIDTH, &contract.account)?,
        data_id: parsed(row, STATE_WIDTH + 1, "data id")?,
        standing: number(row, STATE_WIDTH + 2, "count")?,
        revoked_block: number(row, STATE_WIDTH + 3, "block")?,
        contract,
    })
}
