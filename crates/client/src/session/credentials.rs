//! Credentials, copies, and their content.

use bytes::Bytes;
use idos_api::{
    credentials::{
        Credential, CredentialPage, DeletionReceipt, Issuance, IssuancePage, NewContent, NewCopy,
        NewCredential, NewPublicNotes, RenewedNotes, SENDER_KEY_HEADER, Upload,
    },
    grants::Rescinded,
    limits::MAX_CONTENT_BYTES,
};
use idos_grants::DataId;
use idos_keys::sealed_box::Sealed;
use reqwest::Method;
use sha2::{Digest, Sha256};

use super::{Session, signed::query};
use crate::{ClientError, receipt};

impl Session {
    /// Uploads sealed content; a credential or copy then takes it by its digest, which is returned.
    pub async fn upload(&self, content: &[u8]) -> Result<String, ClientError> {
        let sha256 = hex::encode(Sha256::digest(content));
        let response =
            self.call(Method::PUT, &format!("/v1/uploads/{sha256}"), Bytes::copy_from_slice(content)).await?;
        let upload: Upload = self.node.read_json(response).await?;
        if upload.sha256 != sha256 {
            return Err(ClientError::Forged("an upload of other content than was sent"));
        }
        Ok(sha256)
    }

    /// Stores an original.
    pub async fn create_credential(&self, credential: &NewCredential) -> Result<Credential, ClientError> {
        let stored: Credential = self.post("/v1/credentials", credential).await?;
        named(stored, credential.content.data_id)
    }

    /// Stores a copy of an original of the caller's.
    pub async fn create_copy(&self, original: DataId, copy: &NewCopy) -> Result<Credential, ClientError> {
        let stored: Credential = self.post(&format!("/v1/credentials/{original}/copies"), copy).await?;
        named(stored, copy.content.data_id)
    }

    /// Renews the public notes of an original that the caller stored, and of its copies.
    pub async fn renew_notes(
        &self,
        original: DataId,
        notes: &NewPublicNotes,
    ) -> Result<RenewedNotes, ClientError> {
        self.send_json(Method::PUT, &format!("/v1/credentials/{original}/public-notes"), notes).await
    }

    /// A page of what the caller stored for others.
    pub async fn issuances(&self, cursor: Option<&str>) -> Result<IssuancePage, ClientError> {
        self.get(&format!("/v1/issuances{}", query(&[("cursor", cursor)]))).await
    }

    /// One of them.
    pub async fn issuance(&self, original: DataId) -> Result<Issuance, ClientError> {
        self.get(&format!("/v1/issuances/{original}")).await
    }

    /// A page of the caller's credentials and copies.
    pub async fn credentials(&self, cursor: Option<&str>) -> Result<CredentialPage, ClientError> {
        self.get(&format!("/v1/credentials{}", query(&[("cursor", cursor)]))).await
    }

    /// What the node knows of a credential or copy.
    pub async fn credential(&self, data_id: DataId) -> Result<Credential, ClientError> {
        named(self.get(&format!("/v1/credentials/{data_id}")).await?, data_id)
    }

    /// The encrypted content of a credential or copy, and the key that it was sealed with.
    pub async fn content(&self, data_id: DataId) -> Result<Sealed, ClientError> {
        let response =
            self.call(Method::GET, &format!("/v1/credentials/{data_id}/content"), Bytes::new()).await?;
        let header = response.headers().get(SENDER_KEY_HEADER).and_then(|value| value.to_str().ok());
        let sender = header.and_then(|text| text.parse().ok());
        let sender = sender.ok_or_else(|| self.node.not_a_node("content without its sender key"))?;
        Ok(Sealed { sender, content: self.node.body(response, MAX_CONTENT_BYTES).await? })
    }

    /// Puts content that was sealed anew in the place of an original's; see [`crate::owner::change_key`].
    pub async fn replace_content(
        &self,
        data_id: DataId,
        content: &NewContent,
    ) -> Result<Credential, ClientError> {
        self.send_json(Method::PUT, &format!("/v1/credentials/{data_id}/content"), content).await
    }

    /// Deletes a credential or copy; refused while a grant on it is locked. The receipt is the node's and of this deletion.
    pub async fn delete_credential(&self, data_id: DataId) -> Result<DeletionReceipt, ClientError> {
        let node = self.node.did().await?;
        let response = self.call(Method::DELETE, &format!("/v1/credentials/{data_id}"), Bytes::new()).await?;
        let receipt = self.node.read_json(response).await?;
        receipt::verify(&receipt, data_id, &node)?;
        Ok(receipt)
    }

    /// Gives up a copy that was granted to the caller, locked or not: it reads it no more. It is deleted if it was nobody else's.
    pub async fn rescind(&self, data_id: DataId) -> Result<Rescinded, ClientError> {
        self.post(&format!("/v1/credentials/{data_id}/rescind"), &serde_json::json!({})).await
    }
}

/// An answer about one thing must not be about another.
fn named(credential: Credential, data_id: DataId) -> Result<Credential, ClientError> {
    if credential.data_id == data_id {
        return Ok(credential);
    }
    Err(ClientError::Forged("an answer about another data id than was asked about"))
}
