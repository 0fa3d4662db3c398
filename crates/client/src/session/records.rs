//! What has happened: events, reads, use, calls that were handed in.

use bytes::Bytes;
use idos_api::{
    audit::AuditPage,
    relay::{RelayCall, Submission},
    usage::UsageReport,
};
use idos_grants::Account;
use reqwest::Method;

use super::{
    Session,
    signed::{EVENTS_PATH, query},
};
use crate::{ClientError, events::EventStream};

impl Session {
    /// What happens to grants by and to the caller's wallets, and to the statuses of `issuers` (at most 20), as their blocks become final.
    /// It begins after `cursor`: that of the last [`Occurrence`](crate::events::Occurrence), or `Some("")` for the beginning; `None`: now.
    pub async fn events(
        &self,
        cursor: Option<&str>,
        issuers: &[Account],
    ) -> Result<EventStream, ClientError> {
        let issuers: Vec<_> = issuers.iter().map(ToString::to_string).collect();
        let issuers = issuers.join(",");
        let pairs = [("cursor", cursor), ("issuers", Some(issuers.as_str()).filter(|text| !text.is_empty()))];
        let path = format!("{EVENTS_PATH}{}", query(&pairs));
        Ok(EventStream::new(self.node.clone(), self.call(Method::GET, &path, Bytes::new()).await?))
    }

    /// Who read the caller's data.
    pub async fn audit(&self, cursor: Option<&str>) -> Result<AuditPage, ClientError> {
        self.get(&format!("/v1/audit{}", query(&[("cursor", cursor)]))).await
    }

    /// What the caller used of the node from the day of `from` to that of `to` (Unix seconds), and what it costs.
    pub async fn usage(&self, from: u64, to: u64) -> Result<UsageReport, ClientError> {
        self.get(&format!("/v1/usage?from={from}&to={to}")).await
    }

    /// Hands in a call that its owner signed, for the node's relay to send and pay for. The same call again tells how far it is.
    pub async fn relay(&self, call: &RelayCall) -> Result<Submission, ClientError> {
        self.post("/v1/relay", call).await
    }

    /// How far a call is that the caller handed in.
    pub async fn relayed(&self, digest: &str) -> Result<Submission, ClientError> {
        self.get(&format!("/v1/relay/{digest}")).await
    }
}
