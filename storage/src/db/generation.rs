//! How often something was taken away, for nodes that share a database.

use sqlx::AnyConnection;

use super::values::number;
use crate::error::ServiceError;

/// Counts one more.
pub(crate) async fn advance(db: &mut AnyConnection) -> Result<(), ServiceError> {
    sqlx::query("UPDATE store_generation SET generation = generation + 1").execute(db).await?;
    Ok(())
}

/// The count.
pub(crate) async fn get(db: &mut AnyConnection) -> Result<u64, ServiceError> {
    let row = sqlx::query("SELECT generation FROM store_generation").fetch_one(db).await?;
    number(&row, 0)
}
