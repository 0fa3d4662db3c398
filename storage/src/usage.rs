//! What everybody used, for the operator: read from the node's database, beside the running node.

use idos_api::usage::UsageRow;

use crate::{
    db::{self, Db, table},
    vault::OpenError,
};

/// The usage that a node's database holds.
#[derive(Debug)]
pub struct UsageLog(Db);

impl UsageLog {
    /// Opens the database of a node, which may be running. The database must exist.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(database_url: &str) -> Result<Self, OpenError> {
        Ok(Self(db::open_to_read(database_url).await?))
    }

    /// What everybody used on one day (days of UTC since 1970-01-01): at most a row for each profile and item.
    ///
    /// # Errors
    /// If the database does not answer, or was never opened by a node of this version.
    pub async fn of_day(&self, day: u64) -> Result<Vec<UsageRow>, UsageError> {
        let mut db = self.0.reader().await.map_err(|error| UsageError(error.to_string()))?;
        table::usage::of_day(&mut db, day).await.map_err(|error| {
            tracing::debug!(error = &error as &dyn std::error::Error, "usage could not be read");
            UsageError("is this the data of a node that ran with this version?".to_owned())
        })
    }

    /// Closes the database.
    pub async fn close(&self) {
        self.0.close().await;
    }
}

/// Usage that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the node's database does not tell what was used: {0}")]
pub struct UsageError(String);
