//! Making a profile.

use idos_api::profiles::{Profile, SignedKeyStatement};
use idos_wallets::Wallet;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::{Applied, Outcome, Signer, state_key};
use crate::{db::table, error::ServiceError, memory::Change};

/// Makes a profile that the signer's wallet opens.
#[derive(Debug, Clone)]
pub(crate) struct CreateProfile {
    pub(crate) profile_id: Uuid,
    /// The key statement and the wallet that is proven to have signed it.
    pub(crate) key_statement: Option<(SignedKeyStatement, Wallet)>,
}

impl CreateProfile {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
        now: u64,
    ) -> Result<Applied, ServiceError> {
        let wallet = signer.wallet();
        match table::wallets::profile_of(tx, &wallet).await? {
            Some(profile) if profile == self.profile_id => return self.repeated(tx).await,
            Some(_) => return Err(ServiceError::WalletTaken),
            None => {}
        }
        let changes = make(tx, self.profile_id, wallet, now).await?;
        if let Some((statement, signed_by)) = &self.key_statement {
            state_key::put(tx, self.profile_id, statement, signed_by).await?;
        }
        let profile = Box::new(read(tx, self.profile_id).await?);
        Ok(Applied { outcome: Outcome::Profile { profile, is_new: true }, changes })
    }

    /// Its answer was lost, and it was sent again.
    async fn repeated(&self, tx: &mut AnyConnection) -> Result<Applied, ServiceError> {
        if let Some((statement, signed_by)) = &self.key_statement {
            state_key::put(tx, self.profile_id, statement, signed_by).await?;
        }
        let profile = Box::new(read(tx, self.profile_id).await?);
        Ok(Applied::unchanged(Outcome::Profile { profile, is_new: false }))
    }
}

/// Makes a profile that `wallet` opens, if the wallet opens none, nor any wallet that speaks for one of its accounts. Nothing is merged.
pub(super) async fn make(
    tx: &mut AnyConnection,
    id: Uuid,
    wallet: Wallet,
    now: u64,
) -> Result<Vec<Change>, ServiceError> {
    const EXISTS: ServiceError =
        ServiceError::Exists("there is or was a profile of this id: choose another id");
    if !table::wallets::claims_on(tx, &wallet).await?.is_empty() {
        return Err(ServiceError::WalletTaken);
    }
    if table::profile_receipts::get(tx, id).await?.is_some() || !table::profiles::insert(tx, id, now).await? {
        return Err(EXISTS);
    }
    table::wallets::insert(tx, &wallet, id, now).await?;
    Ok(vec![Change::Wallet(wallet), Change::Profile(id)])
}

/// A profile as its owner sees it.
pub(crate) async fn read(tx: &mut AnyConnection, id: Uuid) -> Result<Profile, ServiceError> {
    Ok(Profile {
        id,
        wallets: table::wallets::of_profile(tx, id).await?,
        key_statement: table::profiles::key_statement(tx, id).await?,
        signing_key: table::signing_keys::get(tx, id).await?,
        created_at: table::profiles::created_at(tx, id)
            .await?
            .ok_or(ServiceError::corrupt("wallet's profile"))?,
    })
}
