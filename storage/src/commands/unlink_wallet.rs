//! Unlinking a wallet.

use idos_wallets::Wallet;
use sqlx::AnyConnection;

use super::{Applied, Outcome, Signer, create_profile};
use crate::{db::table, error::ServiceError, memory::Change};

/// Takes a wallet out of the signer's profile and ends its sessions. That no grant of the wallet is locked was checked before.
#[derive(Debug, Clone)]
pub(crate) struct UnlinkWallet {
    pub(crate) wallet: Wallet,
}

impl UnlinkWallet {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
    ) -> Result<Applied, ServiceError> {
        let profile = signer.profile(tx).await?;
        let wallets = table::wallets::of_profile(tx, profile).await?;
        if !wallets.contains(&self.wallet) {
            return Err(ServiceError::NotFound);
        }
        if wallets.len() == 1 {
            return Err(ServiceError::LastWallet);
        }
        table::wallets::delete(tx, &self.wallet).await?;
        let ended = table::sessions::delete_of_wallet(tx, &self.wallet).await?;
        let mut changes = vec![Change::Wallet(self.wallet), Change::Profile(profile)];
        changes.extend(ended.into_iter().map(Change::Session));
        let profile = Box::new(create_profile::read(tx, profile).await?);
        Ok(Applied { outcome: Outcome::Profile { profile, is_new: false }, changes })
    }
}
