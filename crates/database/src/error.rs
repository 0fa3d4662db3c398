//! What can go wrong.

use std::{error::Error, io::ErrorKind};

/// Why a database does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither SQLite nor PostgreSQL.
    #[error("it is at sqlite:<path> or postgres://…, not at {url:?}")]
    UnknownDatabase {
        /// What was given, up to its scheme: the rest may hold a password.
        url: String,
    },
    /// The database refused or could not be reached.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("its schema: {0}")]
    Schema(#[from] sqlx::migrate::MigrateError),
}

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// There is no room: nothing of the transaction was kept.
    #[error("the disk is full")]
    Full,
    /// No connection was free in time, or others were in the way: asking again may help.
    #[error("the database is busy")]
    Busy,
    /// It cannot be reached any more.
    #[error("the database is gone: {0}")]
    Gone(#[source] sqlx::Error),
    /// Anything else.
    #[error("database: {0}")]
    Failed(#[source] sqlx::Error),
}

/// SQLite: `SQLITE_FULL`. PostgreSQL: `disk_full`.
const FULL: [&str; 2] = ["13", "53100"];

/// PostgreSQL: serialization failure and deadlock.
const IN_THE_WAY: [&str; 2] = ["40001", "40P01"];

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut => return Self::Busy,
            sqlx::Error::Database(said) => {
                let is_one_of = |codes: &[&str]| said.code().is_some_and(|code| codes.contains(&&*code));
                if is_one_of(&FULL) {
                    return Self::Full;
                }
                if is_one_of(&IN_THE_WAY) {
                    return Self::Busy;
                }
            }
            other if is_disk_full(other) => return Self::Full,
            sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                return Self::Gone(error);
            }
            _ => {}
        }
        Self::Failed(error)
    }
}

/// Whether an I/O error that says "no space left", or "quota exceeded", is behind it.
pub fn is_disk_full(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| (**error).source())
        .filter_map(|error| error.downcast_ref::<std::io::Error>())
        .any(|error| matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn io_errors_are_told_apart() {
        let of = |kind: ErrorKind| DatabaseError::from(sqlx::Error::Io(kind.into()));
        assert!(matches!(of(ErrorKind::StorageFull), DatabaseError::Full));
        assert!(matches!(of(ErrorKind::QuotaExceeded), DatabaseError::Full));
        assert!(matches!(of(ErrorKind::ConnectionReset), DatabaseError::Gone(_)));
        assert!(matches!(sqlx::Error::PoolTimedOut.into(), DatabaseError::Busy));
        assert!(matches!(sqlx::Error::PoolClosed.into(), DatabaseError::Gone(_)));
        assert!(matches!(sqlx::Error::RowNotFound.into(), DatabaseError::Failed(_)));
    }
}
