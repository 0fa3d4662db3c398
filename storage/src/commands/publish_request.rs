//! Publishing a request.

use idos_api::requests::{PublishedRequest, SignedRequest};
use idos_wallets::Wallet;
use sqlx::AnyConnection;

use super::{Applied, Outcome, Signer};
use crate::{
    db::{StoredRequest, table},
    error::ServiceError,
    quotas::Quotas,
};

/// Publishes a request of the signer's profile. Whether there is a profile of the wallet that it is addressed to makes no difference.
#[derive(Debug, Clone)]
pub(crate) struct PublishRequest {
    pub(crate) signed: SignedRequest,
    /// The wallet that is proven to have signed it.
    pub(crate) signed_by: Wallet,
}

impl PublishRequest {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
        quotas: &Quotas,
        now: u64,
    ) -> Result<Applied, ServiceError> {
        let profile = signer.profile(tx).await?;
        let request = &self.signed.request;
        if request.profile_id != profile {
            return Err(ServiceError::RequestInvalid("it names another profile"));
        }
        let wallets = table::wallets::of_profile(tx, profile).await?;
        if !wallets.contains(&self.signed_by) {
            return Err(ServiceError::RequestInvalid(
                "the wallet that signed it is not linked to this profile",
            ));
        }
        let is_own = |grantee| wallets.iter().any(|wallet| wallet.controls(grantee));
        if !request.grantees.iter().all(is_own) {
            return Err(ServiceError::RequestInvalid(
                "it names a grantee that is not a wallet of this profile",
            ));
        }
        let stated = table::profiles::key_statement(tx, profile).await?;
        if stated.is_none_or(|stated| stated.statement.encryption_key != *request.encryption_key.as_bytes()) {
            return Err(ServiceError::RequestInvalid(
                "its encryption key is not the one that this profile states",
            ));
        }
        if let Some(before) = table::requests::get(tx, request.id).await? {
            let is_same = before.signed == self.signed;
            return if is_same { Ok(Applied::unchanged(published(before, false))) } else { Err(EXISTS) };
        }
        let (open, to_one) = table::requests::count_open(tx, profile, request.to.as_ref(), now).await?;
        if open >= quotas.open_requests {
            return Err(ServiceError::LimitReached(
                "too many of your requests are open: withdraw some first",
            ));
        }
        if to_one >= quotas.open_requests_to_one {
            return Err(ServiceError::LimitReached(
                "too many of your requests to this wallet are open: withdraw some first",
            ));
        }
        let (id, expires_at) = (request.id.to_string(), request.expires_at);
        if !table::nonces::use_up(tx, NONCES, &id, expires_at).await? {
            return Err(ServiceError::Exists("this request was taken back: sign a new one"));
        }
        let row = StoredRequest { signed: self.signed.clone(), published_at: now };
        table::requests::insert(tx, &row).await?;
        Ok(Applied::unchanged(published(row, true)))
    }
}

/// Under which the ids of requests are used up, so that one that was taken back does not come again.
const NONCES: &str = "request";

const EXISTS: ServiceError = ServiceError::Exists("a request of this id exists: choose another id");

fn published(row: StoredRequest, is_new: bool) -> Outcome {
    Outcome::Request { request: Box::new(shown(row, None)), is_new }
}

/// A request as the API shows it.
pub(crate) fn shown(row: StoredRequest, answer: Option<idos_api::requests::Answer>) -> PublishedRequest {
    let SignedRequest { request, signature } = row.signed;
    PublishedRequest { request, signature, published_at: row.published_at, answer }
}
