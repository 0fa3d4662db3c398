//! What the node answered.

use axum::{
    body::{Body, to_bytes},
    http::HeaderMap,
    response::Response,
};
use bytes::Bytes;
use idos_api::{ErrorBody, ErrorCode};
use serde::de::DeserializeOwned;

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        // One that has no end: that it began is all there is to see.
        let is_stream = parts.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        let body = if is_stream { Body::empty() } else { body };
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Self { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        assert!(self.status < 300, "{}: {}", self.status, self.text());
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn error(&self) -> (u16, ErrorCode) {
        assert!(self.status >= 400, "{}: {}", self.status, self.text());
        let body: ErrorBody =
            serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}: {}", self.status, self.text()));
        assert_eq!(Some(body.error.request_id.as_str()), self.header("x-request-id"));
        (self.status, body.error.code)
    }

    /// The error's code, as it stands in the body.
    pub fn code_text(&self) -> String {
        let body: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["error"]["code"].as_str().unwrap_or("-").to_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The whole answer as a stranger can compare it: without what differs between any two answers.
    pub fn comparable(&self) -> (u16, Vec<(String, String)>, String) {
        let id = self.header("x-request-id").unwrap_or_default();
        let text = if id.is_empty() { self.text() } else { self.text().replace(id, "-") };
        // Ids differ in length; the text says how long the rest is.
        let headers =
            self.headers.iter().filter(|(name, _)| *name != "x-request-id" && *name != "content-length");
        let headers =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        (self.status, headers, text)
    }
}
