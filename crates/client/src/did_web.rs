//! Issuers that are named by a web site: their documents, fetched from the site and never from the node.
//!
//! Only a DID that the caller names is resolved, because it trusts it or is it. What a credential names is never fetched: that would let whoever wrote it send
//! this machine anywhere.

use std::time::Duration;

use async_trait::async_trait;
use idos_credentials::{KnownKey, WebDid, web_did::MAX_DOCUMENT_LEN};

use crate::ClientError;

const DOCUMENT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the documents of web sites come from.
#[async_trait]
pub trait DidResolver: Send + Sync {
    /// The document of a DID, of at most [`MAX_DOCUMENT_LEN`] bytes.
    async fn document(&self, did: &WebDid) -> Result<Vec<u8>, ClientError>;
}

/// The sites themselves, over HTTPS: no redirects, ten seconds, 64 KiB.
#[derive(Debug, Clone)]
pub struct HttpsResolver(reqwest::Client);

impl HttpsResolver {
    /// A resolver.
    pub fn new() -> Result<Self, ClientError> {
        let http = reqwest::Client::builder()
            .https_only(true)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(DOCUMENT_TIMEOUT)
            .build();
        Ok(Self(http.map_err(|error| ClientError::Input(error.to_string()))?))
    }
}

#[async_trait]
impl DidResolver for HttpsResolver {
    async fn document(&self, did: &WebDid) -> Result<Vec<u8>, ClientError> {
        let url = did.document_url();
        let failed = |reason: String| ClientError::DidDocument { url: url.clone(), reason };
        let mut response =
            self.0.get(&url).send().await.map_err(|error| failed(error.without_url().to_string()))?;
        if !response.status().is_success() {
            return Err(failed(format!("it answered {}", response.status())));
        }
        let mut document = Vec::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|error| failed(error.without_url().to_string()))?
        {
            if document.len() + chunk.len() > MAX_DOCUMENT_LEN {
                return Err(failed("the document is too large".into()));
            }
            document.extend_from_slice(&chunk);
        }
        Ok(document)
    }
}

/// The keys by which an issuer signs, as its site states them now.
pub async fn keys(resolver: &dyn DidResolver, did: &WebDid) -> Result<Vec<KnownKey>, ClientError> {
    let document = resolver.document(did).await?;
    did.keys(&document)
        .map_err(|error| ClientError::DidDocument { url: did.document_url(), reason: error.to_string() })
}
