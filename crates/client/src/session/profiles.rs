//! The caller's profile: its wallets, its keys, its end.

use bytes::Bytes;
use idos_api::{
    credentials::ReceiptPage,
    profiles::{
        KeyStatementPage, NewProfile, NewProfileFor, NewWallet, Profile, ProfileAnswer,
        ProfileDeletionReceipt, ProfileFor, SignedKeyStatement, SignedSigningKeyStatement,
    },
};
use idos_wallets::{Wallet, WalletLink};
use reqwest::Method;
use uuid::Uuid;

use super::{Session, signed::query};
use crate::{ClientError, Signer, receipt};

impl Session {
    /// The caller's profile, if her wallet has one.
    pub async fn profile(&self) -> Result<Option<Profile>, ClientError> {
        Ok(self.get::<ProfileAnswer>("/v1/profile").await?.profile)
    }

    /// Makes a profile for the wallet that signed in.
    pub async fn create_profile(&self, profile: &NewProfile) -> Result<Profile, ClientError> {
        self.post("/v1/profile", profile).await
    }

    /// Makes a profile for a person who consented; see [`crate::issuer::create_profile_for`].
    pub async fn create_profile_for(&self, profile: &NewProfileFor) -> Result<ProfileFor, ClientError> {
        self.post("/v1/profiles", profile).await
    }

    /// States a new encryption key.
    pub async fn put_key_statement(&self, statement: &SignedKeyStatement) -> Result<Profile, ClientError> {
        self.send_json(Method::PUT, "/v1/profile/key-statement", statement).await
    }

    /// States the key that the profile signs credentials with.
    pub async fn put_signing_key(&self, statement: &SignedSigningKeyStatement) -> Result<(), ClientError> {
        let _: SignedSigningKeyStatement =
            self.send_json(Method::PUT, "/v1/profile/signing-key", statement).await?;
        Ok(())
    }

    /// The statement of somebody's encryption key, as the node serves it. Check it with [`crate::encryption::verify`].
    pub async fn key_statement(&self, profile_id: Uuid) -> Result<SignedKeyStatement, ClientError> {
        self.get(&format!("/v1/profiles/{profile_id}/key-statement")).await
    }

    /// A page of the statements of the profile's encryption keys, the present one first.
    pub async fn key_statements(&self, cursor: Option<&str>) -> Result<KeyStatementPage, ClientError> {
        self.get(&format!("/v1/profile/key-statements{}", query(&[("cursor", cursor)]))).await
    }

    /// Adds a wallet to the caller's profile, by that wallet's own signature.
    pub async fn link_wallet(&self, profile_id: Uuid, wallet: &impl Signer) -> Result<Profile, ClientError> {
        let challenge = self.node.challenge().await?;
        let unusable = |_| ClientError::Forged("its challenge is malformed");
        let link = WalletLink {
            domain: challenge.domain.parse().map_err(unusable)?,
            profile_id,
            account: wallet.account(),
            nonce: challenge.nonce.parse().map_err(unusable)?,
            issued_at: self.node.now(),
        };
        let message = link.message().map_err(|error| ClientError::Input(error.to_string()))?;
        let signature = wallet.sign(&message.into())?;
        self.post("/v1/profile/wallets", &NewWallet { link, signature }).await
    }

    /// Takes a wallet off the caller's profile.
    pub async fn unlink_wallet(&self, wallet: &Wallet) -> Result<(), ClientError> {
        self.call(Method::DELETE, &format!("/v1/profile/wallets/{wallet}"), Bytes::new()).await.map(drop)
    }

    /// Deletes the caller's profile with everything in it; refused while anything in it is locked. This session gets the same receipt again until
    /// it ends; the profile's other sessions end.
    ///
    /// # Errors
    /// [`ClientError::Forged`] if the receipt is of another profile, its text says something else than its fields, or this node did not sign it.
    pub async fn delete_profile(&self, profile_id: Uuid) -> Result<ProfileDeletionReceipt, ClientError> {
        let node = self.node.did().await?;
        let path = format!("/v1/profile?profile_id={profile_id}");
        let response = self.call(Method::DELETE, &path, Bytes::new()).await?;
        let receipt = self.read_json(response).await?;
        receipt::verify_profile(&receipt, profile_id, &node)?;
        Ok(receipt)
    }

    /// A page of receipts of what was deleted of the caller's profile, and why. The receipts are checked; why it was is the node's word.
    ///
    /// # Errors
    /// [`ClientError::Forged`] if one is of another profile's, its text says something else than its fields, or this node did not sign it.
    pub async fn receipts(&self, profile_id: Uuid, cursor: Option<&str>) -> Result<ReceiptPage, ClientError> {
        let node = self.node.did().await?;
        let page: ReceiptPage = self.get(&format!("/v1/receipts{}", query(&[("cursor", cursor)]))).await?;
        for kept in &page.receipts {
            receipt::verify_own(&kept.receipt, profile_id, &node)?;
        }
        Ok(page)
    }
}
