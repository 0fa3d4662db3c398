//! Signing and sending.

use std::time::Duration;

use bytes::Bytes;
use idos_api::ErrorCode;
use idos_sessions::{
    ContentDigest, ReadKey, RequestParts, SignatureHeaders, SignatureParams,
    content_digest::CONTENT_DIGEST_HEADER,
    sign::{SIGNATURE_HEADER, SIGNATURE_INPUT_HEADER},
    sign_ed25519, sign_hmac,
};
use rand_core::OsRng;
use reqwest::{Method, RequestBuilder, Response};
use serde::{Serialize, de::DeserializeOwned};
use url::form_urlencoded;

use super::Session;
use crate::ClientError;

/// Its answer has no end, so no time is set for it.
pub(super) const EVENTS_PATH: &str = "/v1/events";

/// The longest that a stream is kept open.
const STREAM_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Session {
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        let response = self.call(Method::GET, path, Bytes::new()).await?;
        self.read_json(response).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.send_json(Method::POST, path, body).await
    }

    pub(super) async fn send_json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let body = serde_json::to_vec(body).map_err(|error| ClientError::Input(error.to_string()))?;
        let response = self.call(method, path, body.into()).await?;
        self.read_json(response).await
    }

    pub(super) async fn read_json<T: DeserializeOwned>(&self, response: Response) -> Result<T, ClientError> {
        self.node.read_json(response).await
    }

    /// Signs and sends. A read key that the node has forgotten, as after a restart, is dropped and the read signed anew.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Response, ClientError> {
        if self.node.now() >= self.expires_at {
            return Err(ClientError::SignedOut);
        }
        let read_key = if method == Method::GET { self.read_key() } else { None };
        let request = self.signed(&method, path, body.clone(), read_key.as_ref())?;
        match self.node.send(request).await {
            Err(error) if read_key.is_some() && error.node_code() == Some(ErrorCode::ReadKeyUnknown) => {
                self.set_read_key(None);
                self.node.send(self.signed(&method, path, body, None)?).await
            }
            Err(error) if error.node_code() == Some(ErrorCode::Unauthenticated) => {
                Err(ClientError::SignedOut)
            }
            answer => answer,
        }
    }

    pub(super) fn signed(
        &self,
        method: &Method,
        path: &str,
        body: Bytes,
        read_key: Option<&ReadKey>,
    ) -> Result<RequestBuilder, ClientError> {
        let url = self.node.at(path)?;
        let digest = (!body.is_empty()).then(|| ContentDigest::of(&body));
        let headers = {
            let authority = url.authority();
            let parts = RequestParts::new(method.as_str(), authority, url.path(), url.query(), digest)
                .map_err(|error| ClientError::Input(error.to_string()))?;
            let params = SignatureParams::for_request(&parts, self.id, self.node.now(), &mut OsRng);
            match read_key {
                Some(key) => sign_hmac(&parts, &params, key),
                None => sign_ed25519(&parts, &params, &self.key),
            }
        };
        let SignatureHeaders { signature_input, signature } = headers;
        let mut request = self.node.http().request(method.clone(), url);
        request = request.header(SIGNATURE_INPUT_HEADER, signature_input).header(SIGNATURE_HEADER, signature);
        if path.starts_with(EVENTS_PATH) {
            request = request.timeout(STREAM_TIMEOUT);
        }
        if let Some(digest) = digest {
            let media_type = if *method == Method::PUT && path.starts_with("/v1/uploads/") {
                "application/octet-stream"
            } else {
                "application/json"
            };
            request =
                request.header(CONTENT_DIGEST_HEADER, digest.to_string()).header("content-type", media_type);
        }
        Ok(request.body(body))
    }

    pub(super) fn read_key(&self) -> Option<ReadKey> {
        self.read_key.lock().ok().and_then(|key| key.clone())
    }

    pub(super) fn set_read_key(&self, key: Option<ReadKey>) {
        if let Ok(mut present) = self.read_key.lock() {
            *present = key;
        }
    }
}

/// A query of those pairs that have a value, with its question mark; nothing if none has.
pub(super) fn query(pairs: &[(&str, Option<&str>)]) -> String {
    let mut serializer = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter_map(|(name, value)| Some((name, (*value)?))) {
        serializer.append_pair(name, value);
    }
    let text = serializer.finish();
    if text.is_empty() { text } else { format!("?{text}") }
}
