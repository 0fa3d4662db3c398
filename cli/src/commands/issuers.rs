//! Issuers that a command names, and the keys of those that are named by a web site.

use anyhow::Result;
use idos_client::did_web::{self, HttpsResolver};
use idos_credentials::{IssuerDid, IssuerName, KnownKey, WebDid};

/// The keys of the issuers that are trusted, and what sites say of theirs. No other site is asked.
pub async fn keys_of(trusted: &[IssuerName]) -> Result<(Vec<IssuerDid>, Vec<KnownKey>)> {
    let (mut dids, mut known) = (Vec::new(), Vec::new());
    for issuer in trusted {
        match issuer {
            IssuerName::Key(did) => dids.push(did.clone()),
            IssuerName::Web(did) => {
                let keys = did_web::keys(&HttpsResolver::new()?, did).await?;
                dids.extend(keys.iter().map(|known| known.key.clone()));
                known.extend(keys);
            }
        }
    }
    Ok((dids, known))
}

/// What the sites say of their keys. No other site is asked.
pub async fn keys_of_sites(sites: &[WebDid]) -> Result<Vec<KnownKey>> {
    let names: Vec<_> = sites.iter().cloned().map(IssuerName::Web).collect();
    Ok(keys_of(&names).await?.1)
}
