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
        client(true).map(Self)
    }
}

fn client(https_only: bool) -> Result<reqwest::Client, ClientError> {
    let http = reqwest::Client::builder()
        .https_only(https_only)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(DOCUMENT_TIMEOUT);
    http.build().map_err(|error| ClientError::Input(error.to_string()))
}

#[async_trait]
impl DidResolver for HttpsResolver {
    async fn document(&self, did: &WebDid) -> Result<Vec<u8>, ClientError> {
        let url = did.document_url();
        read(&self.0, &url).await.map_err(|reason| ClientError::DidDocument { url, reason })
    }
}

/// A document; or why there is none.
async fn read(http: &reqwest::Client, url: &str) -> Result<Vec<u8>, String> {
    let failed = |error: reqwest::Error| error.without_url().to_string();
    let mut response = http.get(url).send().await.map_err(failed)?;
    if !response.status().is_success() {
        return Err(format!("it answered {}", response.status()));
    }
    let mut document = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if document.len() + chunk.len() > MAX_DOCUMENT_LEN {
            return Err("the document is too large".into());
        }
        document.extend_from_slice(&chunk);
    }
    Ok(document)
}

/// The keys by which an issuer signs, as its site states them now.
pub async fn keys(resolver: &dyn DidResolver, did: &WebDid) -> Result<Vec<KnownKey>, ClientError> {
    let document = resolver.document(did).await?;
    did.keys(&document)
        .map_err(|error| ClientError::DidDocument { url: did.document_url(), reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        thread,
    };

    use super::*;

    /// A site on this machine that gives everybody the same answer, and cuts it off when it is no longer listened to; its address.
    fn site(answer: Vec<u8>) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}/did.json", listener.local_addr().unwrap());
        thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                let _read = connection.read(&mut [0; 4096]);
                let _ = connection.write_all(&answer);
            }
        });
        url
    }

    fn answer(head: &str, body: &[u8]) -> Vec<u8> {
        let head = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        [head.as_bytes(), body].concat()
    }

    #[tokio::test]
    async fn a_document_is_read_to_its_bound_and_nowhere_else() {
        let elsewhere = site(answer("200 OK", b"elsewhere"));
        let redirect = answer(&format!("302 Found\r\nlocation: {elsewhere}"), b"");
        let table = [
            ("a document", answer("200 OK", b"{}"), Ok(b"{}".to_vec())),
            ("the longest", answer("200 OK", &[b' '; MAX_DOCUMENT_LEN]), Ok(vec![b' '; MAX_DOCUMENT_LEN])),
            ("too long", answer("200 OK", &[b' '; MAX_DOCUMENT_LEN + 1]), Err("the document is too large")),
            ("none", answer("404 Not Found", b""), Err("it answered 404 Not Found")),
            ("a redirect", redirect, Err("it answered 302 Found")),
        ];
        // The same client, but for HTTPS.
        let http = client(false).unwrap();
        for (name, answer, expected) in table {
            assert_eq!(read(&http, &site(answer)).await, expected.map_err(str::to_owned), "{name}");
        }
        let https = HttpsResolver::new().unwrap();
        assert!(read(&https.0, &site(answer("200 OK", b"{}"))).await.is_err(), "without TLS");
    }
}
