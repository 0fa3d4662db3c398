//! Linking a wallet.

use idos_api::limits::MAX_WALLETS;
use idos_wallets::{Nonce, Wallet};
use sqlx::AnyConnection;
use uuid::Uuid;

use super::{Applied, Outcome, Signer, create_profile, open_session::CHALLENGES};
use crate::{db::table, error::ServiceError, memory::Change};

/// Lets another wallet open the signer's profile.
#[derive(Debug, Clone)]
pub(crate) struct LinkWallet {
    /// The profile that the new wallet's message names.
    pub(crate) profile_id: Uuid,
    /// The new wallet, proven.
    pub(crate) wallet: Wallet,
    pub(crate) nonce: Nonce,
    pub(crate) nonce_expires_at: u64,
}

impl LinkWallet {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
        now: u64,
    ) -> Result<Applied, ServiceError> {
        let profile = signer.profile(tx).await?;
        if self.profile_id != profile {
            return Err(ServiceError::SignatureInvalid(
                "the message names another profile than yours".into(),
            ));
        }
        let wallets = table::wallets::of_profile(tx, profile).await?;
        if wallets.contains(&self.wallet) {
            return answer(tx, profile, false, Vec::new()).await;
        }
        if !table::nonces::use_up(tx, CHALLENGES, self.nonce.as_str(), self.nonce_expires_at).await? {
            return Err(ServiceError::NonceInvalid);
        }
        if wallets.len() >= MAX_WALLETS {
            return Err(ServiceError::LimitReached("a profile can have no more wallets: unlink one first"));
        }
        if table::wallets::claims_on(tx, &self.wallet).await?.iter().any(|claim| *claim != profile) {
            return Err(ServiceError::WalletTaken);
        }
        table::wallets::insert(tx, &self.wallet, profile, now).await?;
        answer(tx, profile, true, vec![Change::Wallet(self.wallet), Change::Profile(profile)]).await
    }
}

async fn answer(
    tx: &mut AnyConnection,
    profile: Uuid,
    is_new: bool,
    changes: Vec<Change>,
) -> Result<Applied, ServiceError> {
    let profile = Box::new(create_profile::read(tx, profile).await?);
    Ok(Applied { outcome: Outcome::Profile { profile, is_new }, changes })
}
