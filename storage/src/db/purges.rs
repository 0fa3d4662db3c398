//! What goes with a profile, table by table. Whoever adds a table that holds something of a profile adds its function to [`PURGES`].
//!
//! Sessions, wallets, credentials and uploads are not here: memory and blobs hang on them, so that the command sees to them itself. What stays
//! of a deleted profile is named in the storage crate's README.

use futures::future::BoxFuture;
use idos_api::profiles::DeletedCounts;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::{audit, issuances, past_key_statements, profile_consents, profiles, readers, signing_keys};
use crate::error::ServiceError;

/// Takes a profile's rows out of one table, or a few that belong together, and counts what the receipt counts.
pub(crate) type Purge =
    for<'a> fn(&'a mut AnyConnection, Uuid, &'a mut DeletedCounts) -> BoxFuture<'a, Result<(), ServiceError>>;

/// All of them, in the order in which they run.
pub(crate) const PURGES: &[Purge] = &[
    |db, profile, counts| {
        Box::pin(async move {
            counts.key_statements = past_key_statements::delete_of_profile(db, profile).await?;
            Ok(())
        })
    },
    |db, profile, _| {
        Box::pin(async move { profile_consents::delete_of_profile(db, profile).await.map(drop) })
    },
    |db, profile, counts| {
        Box::pin(async move {
            counts.reads = audit::purge(db, profile).await?;
            Ok(())
        })
    },
    |db, profile, _| Box::pin(async move { readers::erase_profile(db, profile).await.map(drop) }),
    |db, profile, _| Box::pin(issuances::delete_of_profile(db, profile)),
    |db, profile, _| Box::pin(signing_keys::delete_of_profile(db, profile)),
    |db, profile, _| Box::pin(requests_of(db, profile)),
    |db, profile, _| Box::pin(profiles::delete(db, profile)),
];

/// What a profile asked for, with the answers to it, its own answers, and who gave up whose copies.
async fn requests_of(db: &mut AnyConnection, profile: Uuid) -> Result<(), ServiceError> {
    let statements = [
        "DELETE FROM store_answers WHERE profile_id = $1 \
         OR request_id IN (SELECT request_id FROM store_requests WHERE profile_id = $1)",
        "DELETE FROM store_requests WHERE profile_id = $1",
        "DELETE FROM store_rescissions WHERE profile_id = $1 OR owner_profile_id = $1",
    ];
    for statement in statements {
        sqlx::query(statement).bind(profile.to_string()).execute(&mut *db).await?;
    }
    Ok(())
}
