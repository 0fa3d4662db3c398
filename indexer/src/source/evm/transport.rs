//! JSON-RPC over HTTP, with answers of a bounded size, and errors that do not name the URL: its path or query may hold a key.

use std::task;

use alloy::{
    rpc::json_rpc::{RequestPacket, ResponsePacket},
    transports::{TransportError, TransportErrorKind, TransportFut},
};
use reqwest::{Client, redirect::Policy};
use tower::Service;
use url::Url;

use crate::source::http;

/// Bytes in one answer: about 40,000 logs.
pub(super) const ANSWER_BYTES_MAX: usize = 32 << 20;

/// Bytes of an answer that is not JSON that are worth a line in a log.
const EXCERPT_BYTES: usize = 200;

/// The answer is longer than [`ANSWER_BYTES_MAX`]; the rest was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an answer of more than {ANSWER_BYTES_MAX} bytes")]
pub(super) struct AnswerTooLarge;

/// One RPC.
#[derive(Debug, Clone)]
pub(super) struct BoundedHttp {
    client: Client,
    url: Url,
}

impl BoundedHttp {
    pub(super) fn new(url: Url) -> Self {
        Self { client: http::client(Policy::default()), url }
    }

    async fn ask(self, request: RequestPacket) -> Result<ResponsePacket, TransportError> {
        let failed = |error: reqwest::Error| TransportErrorKind::custom(error.without_url());
        let response = self.client.post(self.url).json(&request).send().await.map_err(failed)?;
        let status = response.status();
        let body = http::body(response, ANSWER_BYTES_MAX).await.map_err(failed)?;
        let body = body.ok_or_else(|| TransportErrorKind::custom(AnswerTooLarge))?;
        let excerpt = || String::from_utf8_lossy(body.get(..EXCERPT_BYTES).unwrap_or(&body)).into_owned();
        // Some RPCs refuse with both a status and an error object, which says more.
        match serde_json::from_slice(&body) {
            Ok(answer) => Ok(answer),
            Err(_) if !status.is_success() => Err(TransportErrorKind::http_error(status.as_u16(), excerpt())),
            Err(error) => Err(TransportError::deser_err(error, excerpt())),
        }
    }
}

impl Service<RequestPacket> for BoundedHttp {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> task::Poll<Result<(), TransportError>> {
        task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: RequestPacket) -> Self::Future {
        Box::pin(self.clone().ask(request))
    }
}
