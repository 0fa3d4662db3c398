//! Making a profile for a person who consented, by the issuer that she named.

use idos_api::profiles::{ProfileFor, SignedKeyStatement};
use idos_grants::Account;
use idos_wallets::{Nonce, Wallet};
use sqlx::AnyConnection;
use uuid::Uuid;

use super::{Applied, Outcome, Signer, create_profile, state_key};
use crate::{
    db::{ProfileConsentRow, table},
    error::ServiceError,
};

/// Makes a profile that another wallet than the signer's opens. That the consent is this node's, in its time, and used by the issuer that
/// it names was checked before; also that the key statement is of the same key.
#[derive(Debug, Clone)]
pub(crate) struct CreateProfileFor {
    pub(crate) profile_id: Uuid,
    /// As the consent names it.
    pub(crate) account: Account,
    /// The wallet that is proven to have signed both the consent and the key statement.
    pub(crate) wallet: Wallet,
    pub(crate) key_statement: SignedKeyStatement,
    /// What names the consent.
    pub(crate) digest: [u8; 32],
    pub(crate) nonce: Nonce,
    pub(crate) expires_at: u64,
}

impl CreateProfileFor {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
        now: u64,
    ) -> Result<Applied, ServiceError> {
        let made_by = signer.profile(tx).await?;
        if let Some(created_at) = self.made_before(tx, made_by).await? {
            return Ok(Applied::unchanged(self.outcome(created_at, false)));
        }
        // A nonce is the wallet's own, so that nobody uses up somebody else's.
        let scope = format!("profile consent {}", self.wallet);
        if !table::nonces::use_up(tx, &scope, self.nonce.as_str(), self.expires_at).await? {
            return Err(ServiceError::NonceInvalid);
        }
        let changes = create_profile::make(tx, self.profile_id, self.wallet, now).await?;
        state_key::put(tx, self.profile_id, &self.key_statement, &self.wallet).await?;
        let (profile_id, expires_at) = (self.profile_id, self.expires_at);
        let consent = ProfileConsentRow { digest: self.digest, profile_id, made_by, expires_at };
        table::profile_consents::insert(tx, &consent).await?;
        Ok(Applied { outcome: self.outcome(now, true), changes })
    }

    /// When this very consent made the profile, if the same issuer sends it again because the answer was lost.
    async fn made_before(&self, tx: &mut AnyConnection, made_by: Uuid) -> Result<Option<u64>, ServiceError> {
        let used = table::profile_consents::get(tx, &self.digest).await?;
        match used.filter(|used| used.made_by == made_by && used.profile_id == self.profile_id) {
            Some(used) => table::profiles::created_at(tx, used.profile_id).await,
            None => Ok(None),
        }
    }

    fn outcome(&self, created_at: u64, is_new: bool) -> Outcome {
        let profile = ProfileFor { profile_id: self.profile_id, account: self.account, created_at };
        Outcome::ProfileFor { profile: Box::new(profile), is_new }
    }
}
