//! Who reads what: a part of a credential, by a wallet of a profile, in a period. The audit log's lines refer to these rows, and take in the
//! commitment only: salt and reader can be erased.

use idos_api::audit::{ErasedBecause, LogReader, PERIOD_SECS, ReadPart, ReaderCommitment, ReaderSalt};
use idos_grants::DataId;
use idos_wallets::Wallet;
use sqlx::{AnyConnection, Row, any::AnyRow};
use uuid::Uuid;

use super::values::{big, optional, parsed, text};
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

/// The period that a time is in.
pub(crate) fn period_of(time: u64) -> u64 {
    time / PERIOD_SECS
}

/// A reader's row, as lines refer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReaderRow {
    pub(crate) id: i64,
    pub(crate) commitment: ReaderCommitment,
}

/// The row of a reader in a period, if there is one that is not erased.
pub(crate) async fn find(
    db: &mut AnyConnection,
    reader: &Reader,
    period: u64,
) -> Result<Option<ReaderRow>, ServiceError> {
    let row = sqlx::query(
        "SELECT reader_id, commitment FROM store_log_readers WHERE data_id = $1 AND reader_profile_id = $2 \
         AND reader_wallet = $3 AND part = $4 AND owner_profile_id = $5 AND period = $6",
    )
    .bind(reader.data_id.to_string())
    .bind(reader.profile.to_string())
    .bind(reader.wallet.to_string())
    .bind(reader.part.as_str())
    .bind(reader.owner.to_string())
    .bind(big(period))
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok(ReaderRow { id: row.try_get(0)?, commitment: parsed(&row, 1, "commitment")? }))
        .transpose()
}

/// Adds a row.
pub(crate) async fn insert(
    db: &mut AnyConnection,
    id: i64,
    reader: &Reader,
    period: u64,
    salt: &ReaderSalt,
) -> Result<ReaderRow, ServiceError> {
    let commitment = ReaderCommitment::of(salt, reader.profile, &reader.wallet);
    sqlx::query(
        "INSERT INTO store_log_readers (reader_id, owner_profile_id, data_id, part, period, commitment, salt, \
         reader_profile_id, reader_wallet) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(id)
    .bind(reader.owner.to_string())
    .bind(reader.data_id.to_string())
    .bind(reader.part.as_str())
    .bind(big(period))
    .bind(commitment.to_string())
    .bind(salt.to_string())
    .bind(reader.profile.to_string())
    .bind(reader.wallet.to_string())
    .execute(db)
    .await?;
    Ok(ReaderRow { id, commitment })
}

/// Erases a profile from all rows that it is the reader of.
pub(crate) async fn erase_profile(db: &mut AnyConnection, profile: Uuid) -> Result<u64, ServiceError> {
    let erased = sqlx::query(
        "UPDATE store_log_readers SET salt = NULL, reader_profile_id = NULL, reader_wallet = NULL, erased_because = $1 \
         WHERE reader_profile_id = $2",
    )
    .bind(ErasedBecause::ProfileDeleted.as_str())
    .bind(profile.to_string())
    .execute(db)
    .await?;
    Ok(erased.rows_affected())
}

/// Erases the readers of periods before `period`.
pub(crate) async fn erase_before(db: &mut AnyConnection, period: u64) -> Result<u64, ServiceError> {
    let erased = sqlx::query(
        "UPDATE store_log_readers SET salt = NULL, reader_profile_id = NULL, reader_wallet = NULL, erased_because = $1 \
         WHERE period < $2 AND reader_profile_id IS NOT NULL",
    )
    .bind(ErasedBecause::TermOver.as_str())
    .bind(big(period))
    .execute(db)
    .await?;
    Ok(erased.rows_affected())
}

/// Takes away who read an owner's data, with the owner's log.
pub(crate) async fn delete_of_owner(db: &mut AnyConnection, owner: Uuid) -> Result<(), ServiceError> {
    sqlx::query("DELETE FROM store_log_readers WHERE owner_profile_id = $1")
        .bind(owner.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// Who a row is about, from the columns profile id, wallet, salt and reason that begin at `column`.
pub(super) fn shown(row: &AnyRow, column: usize) -> Result<LogReader, ServiceError> {
    let (profile_id, wallet) = (optional(row, column, "profile id")?, optional(row, column + 1, "wallet")?);
    let salt: Option<ReaderSalt> = optional(row, column + 2, "salt")?;
    match (profile_id, wallet, salt) {
        (Some(profile_id), Some(wallet), Some(salt)) => Ok(LogReader::Shown { profile_id, wallet, salt }),
        _ => {
            let because = text(row, column + 3)?;
            let because = ErasedBecause::ALL.into_iter().find(|known| known.as_str() == because);
            Ok(LogReader::Erased { because: because.ok_or(ServiceError::corrupt("reason"))? })
        }
    }
}

pub(super) fn part_of(text: &str) -> Result<ReadPart, ServiceError> {
    let part = [ReadPart::Content, ReadPart::Metadata].into_iter().find(|part| part.as_str() == text);
    part.ok_or(ServiceError::corrupt("part"))
}
