//! What profiles stored for others with their consent.

use idos_grants::{Account, DataId};
use sqlx::{AnyConnection, AssertSqlSafe, any::AnyRow};
use uuid::Uuid;

use super::{
    place::Place,
    values::{big, number, optional, parsed},
};
use crate::error::ServiceError;

/// One original that an issuer stored. It stays when the original is deleted, for copies of it may be left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredIssuance {
    /// The original.
    pub(crate) data_id: DataId,
    /// The issuer's profile.
    pub(crate) stored_by: Uuid,
    /// The owner's profile.
    pub(crate) profile_id: Uuid,
    /// The issuer's own copy, if it keeps one.
    pub(crate) copy: Option<DataId>,
    /// What the write grant said of the issuer's grant; `None` for what was stored before that was kept.
    pub(crate) grant: Option<IssuerGrant>,
    pub(crate) created_at: u64,
}

impl StoredIssuance {
    /// Where it stands in a list.
    pub(crate) fn place(&self) -> Place {
        Place { at: self.created_at, data_id: self.data_id }
    }
}

/// The grant that a write grant lets an issuer create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IssuerGrant {
    pub(crate) contract: Account,
    pub(crate) owner: Account,
    pub(crate) grantee: Account,
    pub(crate) locked_until: u64,
}

const COLUMNS: &str =
    "data_id, stored_by, profile_id, copy_data_id, contract, owner, grantee, locked_until, created_at";

/// Adds one.
pub(crate) async fn insert(db: &mut AnyConnection, issuance: &StoredIssuance) -> Result<(), ServiceError> {
    let sql = format!("INSERT INTO store_issuances ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    let grant = issuance.grant.as_ref();
    sqlx::query(AssertSqlSafe(sql))
        .bind(issuance.data_id.to_string())
        .bind(issuance.stored_by.to_string())
        .bind(issuance.profile_id.to_string())
        .bind(issuance.copy.map(|id| id.to_string()))
        .bind(grant.map(|grant| grant.contract.to_string()))
        .bind(grant.map(|grant| grant.owner.to_string()))
        .bind(grant.map(|grant| grant.grantee.to_string()))
        .bind(big(grant.map_or(0, |grant| grant.locked_until)))
        .bind(big(issuance.created_at))
        .execute(db)
        .await?;
    Ok(())
}

/// The one of that original, if the profile stored it. What somebody else stored is not even read, so that it takes as long as what is missing.
pub(crate) async fn own(
    db: &mut AnyConnection,
    profile: Uuid,
    id: DataId,
) -> Result<Option<StoredIssuance>, ServiceError> {
    let sql = format!("SELECT {COLUMNS} FROM store_issuances WHERE data_id = $1 AND stored_by = $2");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(id.to_string()).bind(profile.to_string());
    query.fetch_optional(db).await?.as_ref().map(issuance).transpose()
}

/// What a profile stored for others, newest first.
pub(crate) async fn of_issuer(
    db: &mut AnyConnection,
    profile: Uuid,
    after: Option<Place>,
    limit: u32,
) -> Result<Vec<StoredIssuance>, ServiceError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM store_issuances WHERE stored_by = $1 AND (created_at, data_id) < ($2, $3) \
         ORDER BY created_at DESC, data_id DESC LIMIT $4"
    );
    let (time, id) = Place::before(after);
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(profile.to_string())
        .bind(time)
        .bind(id)
        .bind(i64::from(limit))
        .fetch_all(db)
        .await?;
    rows.iter().map(issuance).collect()
}

fn issuance(row: &AnyRow) -> Result<StoredIssuance, ServiceError> {
    let account = |column| optional::<Account>(row, column, "account");
    let grant = match (account(4)?, account(5)?, account(6)?) {
        (Some(contract), Some(owner), Some(grantee)) => {
            Some(IssuerGrant { contract, owner, grantee, locked_until: number(row, 7)? })
        }
        _ => None,
    };
    Ok(StoredIssuance {
        data_id: parsed(row, 0, "data id")?,
        stored_by: parsed(row, 1, "profile id")?,
        profile_id: parsed(row, 2, "profile id")?,
        copy: optional(row, 3, "data id")?,
        grant,
        created_at: number(row, 8)?,
    })
}

/// Forgets what was stored for a profile, and what it stored for others.
pub(crate) async fn delete_of_profile(db: &mut AnyConnection, profile: Uuid) -> Result<(), ServiceError> {
    sqlx::query("DELETE FROM store_issuances WHERE profile_id = $1 OR stored_by = $1")
        .bind(profile.to_string())
        .execute(db)
        .await?;
    Ok(())
}
