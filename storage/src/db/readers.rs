//! Who reads what: a part of a credential, by a wallet of a profile. The audit log refers to these rows.

use idos_api::audit::ReadPart;
use idos_grants::DataId;
use idos_wallets::Wallet;
use sqlx::{AnyConnection, Row};
use uuid::Uuid;

use crate::error::ServiceError;

/// Somebody who reads something that is somebody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Reader {
    pub(crate) owner: Uuid,
    pub(crate) data_id: DataId,
    pub(crate) part: ReadPart,
    pub(crate) profile: Uuid,
    pub(crate) wallet: Wallet,
}

/// The id of a reader, if there is a row.
pub(crate) async fn id_of(db: &mut AnyConnection, reader: &Reader) -> Result<Option<i64>, ServiceError> {
    let row = sqlx::query(
        "SELECT reader_id FROM store_readers WHERE data_id = $1 AND reader_profile_id = $2 AND reader_wallet = $3 \
         AND part = $4 AND owner_profile_id = $5",
    )
    .bind(reader.data_id.to_string())
    .bind(reader.profile.to_string())
    .bind(reader.wallet.to_string())
    .bind(reader.part.as_str())
    .bind(reader.owner.to_string())
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Adds a row, unless there is one of that reader, or by chance one of that id.
pub(crate) async fn insert(db: &mut AnyConnection, id: i64, reader: &Reader) -> Result<(), ServiceError> {
    sqlx::query(
        "INSERT INTO store_readers (reader_id, owner_profile_id, data_id, part, reader_profile_id, reader_wallet) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(reader.owner.to_string())
    .bind(reader.data_id.to_string())
    .bind(reader.part.as_str())
    .bind(reader.profile.to_string())
    .bind(reader.wallet.to_string())
    .execute(db)
    .await?;
    Ok(())
}

pub(super) fn part_of(text: &str) -> Result<ReadPart, ServiceError> {
    let part = [ReadPart::Content, ReadPart::Metadata].into_iter().find(|part| part.as_str() == text);
    part.ok_or(ServiceError::corrupt("part"))
}
