//! Who asks: a wallet, proven by the signature that every request carries.

use std::time::Instant;

use idos_grants::Account;
use idos_proofs::Proofs;
use idos_wallets::{NodeDid, RequestNonce, SignedShareRequest, Wallet, share_request::NONCE_SKEW_SECS};
use quick_cache::sync::Cache;

use crate::{
    error::ServiceError,
    limits::{Limiter, Rate},
};

/// Requests that are remembered as counted.
const COUNTED: usize = 65_536;

/// A proven wallet, and the nonce of what it asks.
#[derive(Debug, Clone)]
pub(crate) struct Asker {
    /// As it signed.
    pub(crate) account: Account,
    /// Of what it signed: tells the very same request from every other.
    pub(crate) digest: [u8; 32],
    /// What the signature proves.
    pub(crate) wallet: Wallet,
    pub(crate) nonce: RequestNonce,
    /// When it was signed, by the asker's clock.
    pub(crate) issued_at: u64,
    /// When the request would be refused by its time anyway, whatever clocks say.
    pub(crate) forget_nonce_at: u64,
}

/// Tells who asks.
pub(crate) struct Askers {
    proofs: Proofs,
    did: NodeDid,
    by_wallet: Limiter<Wallet>,
    /// Requests that were counted. The same again, by whoever passes it on, uses up nothing of its wallet's limit.
    counted: Cache<[u8; 32], ()>,
}

impl Askers {
    pub(crate) fn new(proofs: Proofs, did: NodeDid, rate: Rate) -> Self {
        Self { proofs, did, by_wallet: Limiter::new(rate), counted: Cache::new(COUNTED) }
    }

    /// Whether this account could ever ask here.
    pub(crate) fn can_prove(&self, account: &Account) -> bool {
        self.proofs.can_prove(account)
    }

    /// Who asks, and the node's index in the set that is asked. Nothing of what is stored has a part in the answer.
    pub(crate) async fn check(
        &self,
        signed: &SignedShareRequest,
        now: u64,
    ) -> Result<(Asker, u8), ServiceError> {
        let request = &signed.request;
        let index = request.check(now, &self.did)?;
        let wallet = self.proofs.wallet(signed.proof()).await?;
        let digest = request.signable()?.digest();
        if self.counted.get(&digest).is_none() {
            if !self.by_wallet.admits(wallet, Instant::now()) {
                return Err(ServiceError::LimitReached(
                    "this wallet asks too often: wait a little, then try again",
                ));
            }
            self.counted.insert(digest, ());
        }
        let asker = Asker {
            account: request.account,
            digest,
            wallet,
            nonce: request.nonce.clone(),
            issued_at: request.issued_at,
            forget_nonce_at: request.expires_at.saturating_add(NONCE_SKEW_SECS),
        };
        Ok((asker, index))
    }
}
