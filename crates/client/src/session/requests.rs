//! Consumers' requests, and owners' answers.

use bytes::Bytes;
use idos_api::requests::{
    Acceptance, AnswerPage, OwnRequestPage, PublishedRequest, RequestPage, SignedRequest,
};
use idos_grants::DataId;
use reqwest::Method;
use uuid::Uuid;

use super::{Session, signed::query};
use crate::ClientError;

impl Session {
    /// Publishes a signed request; see [`crate::requests::publish`].
    pub async fn publish_request(&self, request: &SignedRequest) -> Result<PublishedRequest, ClientError> {
        self.post("/v1/requests", request).await
    }

    /// A page of the requests to the caller that she has not answered. Check each with [`crate::requests::verify`].
    pub async fn requests(&self, cursor: Option<&str>) -> Result<RequestPage, ClientError> {
        self.get(&format!("/v1/requests{}", query(&[("cursor", cursor)]))).await
    }

    /// A page of the caller's own requests.
    pub async fn published_requests(&self, cursor: Option<&str>) -> Result<OwnRequestPage, ClientError> {
        self.get(&format!("/v1/requests/published{}", query(&[("cursor", cursor)]))).await
    }

    /// A request. Check it with [`crate::requests::verify`].
    pub async fn request(&self, id: Uuid) -> Result<PublishedRequest, ClientError> {
        self.get(&format!("/v1/requests/{id}")).await
    }

    /// A page of what owners answered to the caller's own request.
    pub async fn answers(&self, id: Uuid, cursor: Option<&str>) -> Result<AnswerPage, ClientError> {
        self.get(&format!("/v1/requests/{id}/answers{}", query(&[("cursor", cursor)]))).await
    }

    /// Takes back the caller's own request.
    pub async fn withdraw_request(&self, id: Uuid) -> Result<(), ClientError> {
        self.call(Method::DELETE, &format!("/v1/requests/{id}"), Bytes::new()).await.map(drop)
    }

    /// Tells the consumer which copy is its own.
    pub async fn accept_request(&self, id: Uuid, copy: DataId) -> Result<PublishedRequest, ClientError> {
        self.post(&format!("/v1/requests/{id}/accept"), &Acceptance { data_id: copy }).await
    }

    /// Says no.
    pub async fn decline_request(&self, id: Uuid) -> Result<PublishedRequest, ClientError> {
        self.post(&format!("/v1/requests/{id}/decline"), &serde_json::json!({})).await
    }
}
