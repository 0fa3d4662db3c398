//! Having a relay send what an owner signed: she needs no gas, and neither does the caller.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use idos_api::relay::{RelayCall, Submission};
use reqwest::{RequestBuilder, header::HeaderValue};
use serde::de::DeserializeOwned;
use url::Url;

use crate::{ClientError, Node, Session};

const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Whoever takes calls and sends them.
#[async_trait]
pub trait TakesCalls: Send + Sync {
    /// Hands in a call that its owner signed. The same call again tells how far it is.
    async fn hand_in(&self, call: &RelayCall) -> Result<Submission, ClientError>;

    /// How far a call is that the caller handed in.
    async fn handed_in(&self, digest: &str) -> Result<Submission, ClientError>;
}

/// A node, for who is signed in there: its operator pays.
#[async_trait]
impl TakesCalls for Session {
    async fn hand_in(&self, call: &RelayCall) -> Result<Submission, ClientError> {
        self.relay(call).await
    }

    async fn handed_in(&self, digest: &str) -> Result<Submission, ClientError> {
        self.relayed(digest).await
    }
}

/// A relay in a process of its own (`idos relay`), for an app with a token.
#[derive(Debug, Clone)]
pub struct Relay {
    /// How it is reached. Nobody signs in there.
    http: Node,
    bearer: HeaderValue,
}

impl Relay {
    /// The relay at `url`, for the app whose token this is; nothing is asked yet. A token travels as it is, so that the address has TLS or is of this machine.
    ///
    /// # Errors
    /// If the address or the token cannot be used.
    pub fn new(url: Url, token: &str) -> Result<Self, ClientError> {
        let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if url.scheme() != "https" && !(url.scheme() == "http" && is_here) {
            return Err(ClientError::Input(format!(
                "a relay's address is like https://relay.example.com, not {url}: your token must not travel in clear"
            )));
        }
        let unusable =
            |_| ClientError::Input("the relay's token has characters that no header may have".into());
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(unusable)?;
        bearer.set_sensitive(true);
        Ok(Self { http: Node::new(url, Arc::new(|| 0))?, bearer })
    }

    async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ClientError> {
        let request = request.header(reqwest::header::AUTHORIZATION, self.bearer.clone());
        self.http.json(request).await.map_err(of_relay)
    }
}

#[async_trait]
impl TakesCalls for Relay {
    async fn hand_in(&self, call: &RelayCall) -> Result<Submission, ClientError> {
        self.ask(self.http.http().post(self.http.at("/v1/relay")?).json(call)).await
    }

    async fn handed_in(&self, digest: &str) -> Result<Submission, ClientError> {
        self.ask(self.http.http().get(self.http.at(&format!("/v1/relay/{digest}"))?)).await
    }
}

fn of_relay(error: ClientError) -> ClientError {
    match error {
        ClientError::Transport { url, reason } => ClientError::RelayUnreachable { url, reason },
        other => other,
    }
}

/// Hands in a call and waits for its end, at most `within`. What is not done by then goes on: the same call again tells how far it is.
///
/// # Errors
/// If it is not taken. That it failed on the chain is an answer, not an error.
pub async fn send(
    relay: &impl TakesCalls,
    call: &RelayCall,
    within: Duration,
) -> Result<Submission, ClientError> {
    let begun = Instant::now();
    let mut submission = relay.hand_in(call).await?;
    while !submission.fate.is_final() && begun.elapsed() < within {
        tokio::time::sleep(LOOK_EVERY).await;
        submission = relay.handed_in(&submission.digest).await?;
    }
    Ok(submission)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_only_where_it_cannot_be_overheard() {
        let relay = |url: &str| Relay::new(url.parse().unwrap(), "token");
        for url in ["https://relay.example.com", "http://localhost:8810", "http://[::1]:8810"] {
            assert!(relay(url).is_ok(), "{url}");
        }
        for url in ["http://relay.example.com", "http://localhost.example.com", "ftp://localhost"] {
            assert_eq!(relay(url).unwrap_err().code(), "malformed", "{url}");
        }
    }

    #[test]
    fn a_token_is_in_no_debug_output() {
        let relay = Relay::new("https://relay.example.com".parse().unwrap(), "the-secret").unwrap();
        assert!(!format!("{relay:?}").contains("the-secret"));
        assert!(Relay::new("https://relay.example.com".parse().unwrap(), "two\nlines").is_err());
    }
}
