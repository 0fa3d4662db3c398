//! What issuers and consumers used, a row a day, profile and item. Rows only grow.

use idos_api::usage::{UsageItem, UsageRow};
use sqlx::{AnyConnection, any::AnyRow};
use uuid::Uuid;

use super::{
    bulk::BulkSql,
    values::{big, number, parsed, text},
};
use crate::error::ServiceError;

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct UsageKey {
    /// Days of UTC since 1970-01-01.
    pub(crate) day: u64,
    /// Who used it, and is charged.
    pub(crate) profile_id: Uuid,
    pub(crate) item: UsageItem,
}

/// How much was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Used {
    pub(crate) uses: u64,
    pub(crate) bytes: u64,
}

impl Used {
    /// Once, of so many bytes.
    pub(crate) fn once(bytes: u64) -> Self {
        Self { uses: 1, bytes }
    }

    /// And that much more.
    pub(crate) fn and(self, more: Self) -> Self {
        Self { uses: self.uses.saturating_add(more.uses), bytes: self.bytes.saturating_add(more.bytes) }
    }
}

/// Columns of a row.
const WIDTH: usize = 5;

static ADD: BulkSql = BulkSql::new();

/// Counts, in one statement; each key once, in their order, so that two nodes never wait for each other.
/// At most [`BATCH_MAX`](crate::batch::BATCH_MAX).
pub(crate) async fn add(
    db: &mut AnyConnection,
    is_postgres: bool,
    used: impl ExactSizeIterator<Item = (UsageKey, Used)>,
) -> Result<(), ServiceError> {
    let count = used.len();
    if count == 0 {
        return Ok(());
    }
    let rows = count.next_power_of_two();
    let mut query = sqlx::query(ADD.of(is_postgres, rows, WIDTH, |values| {
        format!(
            "INSERT INTO store_usage (day, profile_id, item, uses, bytes) \
             SELECT * FROM ({values}) AS used WHERE column4 <> 0 \
             ON CONFLICT (day, profile_id, item) DO UPDATE \
             SET uses = store_usage.uses + excluded.uses, bytes = store_usage.bytes + excluded.bytes"
        )
    }));
    for (key, used) in used {
        query = query
            .bind(big(key.day))
            .bind(key.profile_id.to_string())
            .bind(key.item.as_str())
            .bind(big(used.uses))
            .bind(big(used.bytes));
    }
    for _ in count..rows {
        query = query.bind(0_i64).bind("").bind("").bind(0_i64).bind(0_i64);
    }
    query.execute(db).await?;
    Ok(())
}

/// Counts one thing.
pub(crate) async fn add_one(db: &mut AnyConnection, key: UsageKey, used: Used) -> Result<(), ServiceError> {
    sqlx::query(
        "INSERT INTO store_usage (day, profile_id, item, uses, bytes) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (day, profile_id, item) DO UPDATE \
         SET uses = store_usage.uses + excluded.uses, bytes = store_usage.bytes + excluded.bytes",
    )
    .bind(big(key.day))
    .bind(key.profile_id.to_string())
    .bind(key.item.as_str())
    .bind(big(used.uses))
    .bind(big(used.bytes))
    .execute(db)
    .await?;
    Ok(())
}

/// What one profile used from the first day to the last, by day.
pub(crate) async fn of_profile(
    db: &mut AnyConnection,
    profile: Uuid,
    first: u64,
    last: u64,
) -> Result<Vec<UsageRow>, ServiceError> {
    let rows = sqlx::query(
        "SELECT day, profile_id, item, uses, bytes FROM store_usage \
         WHERE profile_id = $1 AND day >= $2 AND day <= $3 ORDER BY day, item",
    )
    .bind(profile.to_string())
    .bind(big(first))
    .bind(big(last))
    .fetch_all(db)
    .await?;
    rows.iter().map(row).collect()
}

/// What everybody used on one day.
pub(crate) async fn of_day(db: &mut AnyConnection, day: u64) -> Result<Vec<UsageRow>, ServiceError> {
    let rows = sqlx::query(
        "SELECT day, profile_id, item, uses, bytes FROM store_usage WHERE day = $1 ORDER BY profile_id, item",
    )
    .bind(big(day))
    .fetch_all(db)
    .await?;
    rows.iter().map(row).collect()
}

fn row(row: &AnyRow) -> Result<UsageRow, ServiceError> {
    let item = text(row, 2)?;
    Ok(UsageRow {
        day: number(row, 0)?,
        profile_id: parsed(row, 1, "profile id")?,
        item: UsageItem::ALL
            .into_iter()
            .find(|known| known.as_str() == item)
            .ok_or(ServiceError::corrupt("usage item"))?,
        uses: number(row, 3)?,
        bytes: number(row, 4)?,
    })
}
