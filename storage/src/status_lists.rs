//! Status lists as W3C credentials, built from the mirror and signed by the node: kept in memory for as long as nothing has changed.

use std::sync::Arc;

use bytes::Bytes;
use idos_credentials::{ListReference, StatusListTerms, issue_status_list};
use idos_grants::HistoryHead;
use idos_mirror::{ContractKind, ContractState, MirroredList};
use idos_wallets::Domain;
use quick_cache::{Weighter, sync::Cache};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::{error::ServiceError, identity::Identity, mirrored::Mirrored};

/// For how long a list may be kept by whoever fetched it, and by this node while nothing changed, in seconds.
pub(crate) const LIST_MAX_AGE_SECS: u64 = 30;

/// For how long a list counts, in seconds.
const LIST_VALID_SECS: u64 = 5 * 60;

/// Lists that are built at a time: anybody may ask for any list.
const BUILDS_MAX: usize = 4;

/// What lists may take up in memory. One is at most 32 KiB.
const CACHE_BYTES_MAX: u64 = 16 * 1024 * 1024;
const CACHED_LISTS: usize = 1024;

/// A signed list.
#[derive(Debug, Clone)]
pub(crate) struct SignedList {
    pub(crate) json: Bytes,
    /// As an HTTP header writes it, with its quotes.
    pub(crate) etag: Arc<str>,
    head: HistoryHead,
    built_at: u64,
}

#[derive(Clone)]
struct Weight;

impl Weighter<ListReference, SignedList> for Weight {
    fn weight(&self, _: &ListReference, list: &SignedList) -> u64 {
        const WITHOUT_JSON: u64 = 256;
        WITHOUT_JSON + list.json.len() as u64
    }
}

/// Builds and keeps lists.
pub(crate) struct StatusLists {
    identity: Arc<Identity>,
    url: String,
    built: Cache<ListReference, SignedList, Weight>,
    builds: Semaphore,
}

impl StatusLists {
    pub(crate) fn new(identity: Arc<Identity>, domain: &Domain) -> Self {
        Self {
            identity,
            url: format!("{}/v1/status-lists", origin(domain)),
            built: Cache::with_weighter(CACHED_LISTS, CACHE_BYTES_MAX, Weight),
            builds: Semaphore::new(BUILDS_MAX),
        }
    }

    /// The list, as of the mirror's newest block or a moment before.
    ///
    /// # Errors
    /// If the contract's mirror is not to be relied on at `now`: nothing is served from memory then.
    pub(crate) async fn get(
        &self,
        mirrored: &Mirrored,
        reference: &ListReference,
        now: u64,
    ) -> Result<SignedList, ServiceError> {
        let contract = mirrored.reader().contract(&reference.contract).await?;
        let contract = contract.ok_or(ServiceError::UnknownContract)?;
        let head = usable_head(&contract, mirrored.stale_after_secs(), now)?;
        if let Some(list) = self.built.get(reference)
            && list.head == head
            && now.saturating_sub(list.built_at) < LIST_MAX_AGE_SECS
        {
            return Ok(list);
        }
        let _permit = self.builds.try_acquire().map_err(|_| ServiceError::Busy)?;
        let ListReference { contract, issuer, list, purpose } = reference;
        let found = mirrored.reader().status_list(contract, issuer, *list, *purpose).await?;
        let found = found.ok_or(ServiceError::UnknownContract)?;
        let head = usable_head(&found.contract, mirrored.stale_after_secs(), now)?;
        let list = self.build(reference, found, head, now)?;
        self.built.insert(*reference, list.clone());
        Ok(list)
    }

    fn build(
        &self,
        reference: &ListReference,
        found: MirroredList,
        head: HistoryHead,
        now: u64,
    ) -> Result<SignedList, ServiceError> {
        let seen = found.contract.seen.ok_or(ServiceError::MirrorStale)?;
        // What the list says was true when the mirror was last level with its chain.
        let valid_from = found.contract.polled_at.min(now);
        let terms = StatusListTerms {
            reference: *reference,
            lists_url: self.url.clone(),
            seen_block: seen.number,
            seen_at: seen.time,
            valid_from,
            valid_until: valid_from.saturating_add(LIST_VALID_SECS),
            ttl_secs: LIST_MAX_AGE_SECS,
        };
        let unsignable = |_| ServiceError::failed("a status list could not be signed");
        let list =
            issue_status_list(&terms, found.words, self.identity.issuer_key(), now).map_err(unsignable)?;
        let json = serde_json::to_vec(&list)
            .map_err(|_| ServiceError::failed("a status list could not be written"))?;
        let etag = format!("\"{}\"", hex::encode(Sha256::digest(&json))).into();
        Ok(SignedList { json: json.into(), etag, head, built_at: now })
    }
}

/// The hash over all that a contract ever said, if its mirror may be relied on: while it stays, so does every list.
fn usable_head(
    contract: &ContractState,
    stale_after_secs: u64,
    now: u64,
) -> Result<HistoryHead, ServiceError> {
    if contract.kind != ContractKind::CredentialStatus {
        return Err(ServiceError::UnknownContract);
    }
    if contract.broken.is_some() {
        return Err(ServiceError::MirrorInconsistent);
    }
    match &contract.seen {
        Some(seen) if contract.is_fresh(now, stale_after_secs) => Ok(seen.head),
        _ => Err(ServiceError::MirrorStale),
    }
}

/// Where the node is reached. Only a machine of one's own is reached without TLS.
fn origin(domain: &Domain) -> String {
    let domain = domain.as_str();
    let host = match domain.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => domain.split(':').next().unwrap_or_default(),
    };
    let scheme = if matches!(host, "localhost" | "127.0.0.1" | "::1") { "http" } else { "https" };
    format!("{scheme}://{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_machine_is_reached_without_tls() {
        let table = [
            ("node.example.com", "https://node.example.com"),
            ("node.example.com:8443", "https://node.example.com:8443"),
            ("localhost:8800", "http://localhost:8800"),
            ("127.0.0.1", "http://127.0.0.1"),
            ("localhost.example.com", "https://localhost.example.com"),
        ];
        for (domain, url) in table {
            assert_eq!(origin(&domain.parse().unwrap()), url);
        }
    }
}
