//! What apps used: counted in the commit in which a call is taken, read by the operator beside the running relay.

use idos_api::usage::{AppUsage, day_of};
use idos_database::{Database, OpenError};
use sqlx::{AnyConnection, Row as _};

use crate::db::{self, DbError, big, number};

/// Counts a call that was taken for `app`.
pub(crate) async fn count(db: &mut AnyConnection, app: &str, now: u64) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO relay_usage (day, app, calls) VALUES ($1, $2, 1) \
         ON CONFLICT (day, app) DO UPDATE SET calls = relay_usage.calls + 1",
    )
    .bind(big(day_of(now)))
    .bind(app)
    .execute(db)
    .await?;
    Ok(())
}

/// The usage that a relay's database holds.
#[derive(Debug)]
pub struct UsageLog(Database);

impl UsageLog {
    /// Opens the database of a relay, which may be running. The database must exist.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(database_url: &str) -> Result<Self, OpenError> {
        Ok(Self(db::open_to_read(database_url).await?))
    }

    /// What each app used on one day (days of UTC since 1970-01-01): at most a row for each app.
    ///
    /// # Errors
    /// If the database does not answer, or was never opened by a relay of this version.
    pub async fn of_day(&self, day: u64) -> Result<Vec<AppUsage>, UsageError> {
        let read = async {
            let mut db = self.0.reader().await?;
            let rows = sqlx::query("SELECT app, calls FROM relay_usage WHERE day = $1 ORDER BY app")
                .bind(big(day))
                .fetch_all(&mut *db)
                .await?;
            let usage =
                |row| Ok(AppUsage { day, app: sqlx::any::AnyRow::try_get(row, 0)?, calls: number(row, 1)? });
            rows.iter().map(usage).collect::<Result<Vec<_>, DbError>>()
        };
        read.await.map_err(|error| {
            tracing::debug!(%error, "usage could not be read");
            UsageError
        })
    }

    /// Closes the database.
    pub async fn close(&self) {
        self.0.close().await;
    }
}

/// Usage that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the relay's database does not tell what was used: is it that of a relay that ran with this version?"
)]
pub struct UsageError;
