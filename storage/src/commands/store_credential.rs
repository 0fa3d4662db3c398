//! Storing an original.

use std::ops::RangeInclusive;

use idos_api::usage::{UsageItem, day_of};
use idos_grants::DataId;
use idos_wallets::Wallet;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::{
    Applied, Outcome, Signer,
    storing::{Circumstances, NewObject},
};
use crate::{
    db::{IssuerGrant, StoredIssuance, UsageKey, Used, table},
    error::ServiceError,
    memory::Change,
    quotas::Quotas,
};

/// Stores an original: the signer's own, or with its owner's consent. That the notes are signed by the issuer was checked before.
#[derive(Debug, Clone)]
pub(crate) struct StoreCredential {
    pub(crate) original: NewObject,
    pub(crate) public_notes: String,
    pub(crate) notes_signature: String,
    pub(crate) issuer: String,
    pub(crate) consent: Option<Consented>,
}

/// A write grant, after its signature, window, ids and issuer key were checked.
#[derive(Debug, Clone)]
pub(crate) struct Consented {
    /// Whose profile it goes into.
    pub(crate) profile_id: Uuid,
    /// The wallet that is proven to have signed the grant.
    pub(crate) owner: Wallet,
    /// The grant that it lets the issuer create.
    pub(crate) grant: IssuerGrant,
    /// First and last second of use, the leeway for clocks included.
    pub(crate) usable: RangeInclusive<u64>,
    /// What names the grant.
    pub(crate) digest: [u8; 32],
    /// It need not be remembered after that.
    pub(crate) expires_at: u64,
    /// The issuer's own copy.
    pub(crate) issuer_copy: Option<NewObject>,
}

impl StoreCredential {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
        quotas: &Quotas,
        now: u64,
    ) -> Result<Applied, ServiceError> {
        let stored_by = signer.profile(tx).await?;
        let profile_id = match &self.consent {
            Some(consent) => consent.check(tx, stored_by).await?,
            None => stored_by,
        };
        let of_original = self.circumstances(profile_id, stored_by, quotas, now);
        if let Some(credential) = self.original.stored_before(tx, &of_original).await? {
            let credential = Box::new(credential);
            return Ok(Applied::unchanged(Outcome::Credential { credential, is_new: false }));
        }
        // After the very same write: one that was stored in time may be asked for again at any time.
        if let Some(consent) = &self.consent {
            consent.use_up(tx, now).await?;
        }
        let credential = Box::new(self.original.store(tx, &of_original).await?);
        let mut changes = vec![Change::Credential(credential.data_id)];
        let mut used = Used::once(credential.size);
        if let Some(copy) = self.consent.as_ref().and_then(|consent| consent.issuer_copy.as_ref()) {
            let of_copy = Circumstances { original: Some(credential.data_id), ..of_original };
            used = used.and(Used::once(copy.store(tx, &of_copy).await?.size));
            changes.push(Change::Credential(copy.data_id));
        }
        if let Some(consent) = &self.consent {
            let issuance = consent.issuance(credential.data_id, stored_by, now);
            table::issuances::insert(tx, &issuance).await?;
        }
        if stored_by != profile_id {
            let item = UsageItem::CredentialsStored;
            let key = UsageKey { day: day_of(now), profile_id: stored_by, item };
            table::usage::add_one(tx, key, used).await?;
        }
        Ok(Applied { outcome: Outcome::Credential { credential, is_new: true }, changes })
    }

    fn circumstances(
        &self,
        profile_id: Uuid,
        stored_by: Uuid,
        quotas: &Quotas,
        now: u64,
    ) -> Circumstances<'_> {
        Circumstances {
            profile_id,
            stored_by,
            original: None,
            public_notes: &self.public_notes,
            notes_signature: &self.notes_signature,
            issuer: &self.issuer,
            shared_with: None,
            credentials_max: quotas.credentials,
            now,
        }
    }
}

impl Consented {
    /// One answer for a profile that does not exist and for one that is not the owner's: nobody learns which profiles there are.
    async fn check(&self, tx: &mut AnyConnection, stored_by: Uuid) -> Result<Uuid, ServiceError> {
        let wallets = table::wallets::of_profile(tx, self.profile_id).await?;
        if !wallets.iter().any(|wallet| wallet.is_same_as(&self.owner)) {
            return Err(ServiceError::WriteGrantInvalid(
                "the wallet that signed it is not linked to that profile",
            ));
        }
        let wallets = table::wallets::of_profile(tx, stored_by).await?;
        if !wallets.iter().any(|wallet| wallet.controls(&self.grant.grantee)) {
            return Err(ServiceError::WriteGrantInvalid("it was given to another account than yours"));
        }
        Ok(self.profile_id)
    }

    async fn use_up(&self, tx: &mut AnyConnection, now: u64) -> Result<(), ServiceError> {
        if !self.usable.contains(&now) {
            return Err(ServiceError::Expired("the write grant's time has passed, or has not come".into()));
        }
        if table::write_grants::use_up(tx, &self.digest, self.expires_at).await? {
            Ok(())
        } else {
            Err(ServiceError::WriteGrantUsed)
        }
    }

    fn issuance(&self, data_id: DataId, stored_by: Uuid, now: u64) -> StoredIssuance {
        StoredIssuance {
            data_id,
            stored_by,
            profile_id: self.profile_id,
            copy: self.issuer_copy.as_ref().map(|copy| copy.data_id),
            grant: Some(self.grant.clone()),
            created_at: now,
        }
    }
}
