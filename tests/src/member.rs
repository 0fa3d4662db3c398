//! A profile driven through the client library: for tests and benches that need many calls, or calls that the binary does not make.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use idos_api::{
    credentials::{NewCopy, NewCredential},
    profiles::NewProfile,
};
use idos_client::{
    ClientError, EvmWallet, Node, Session,
    chain::{AccessGrants, Chain, Mined, evm::Evm},
    encryption,
    owner::{fresh_data_id, upload_sealed},
};
use idos_credentials::{IssuerKey, PublicNotes, sign_notes};
use idos_devnet_evm::FUNDED_KEYS;
use idos_grants::{Account, ChainId, DataId};
use idos_keys::EncryptionSecret;
use idos_wallets::GrantCall;
use rand_core::OsRng;
use url::Url;
use uuid::Uuid;

use crate::stage::Stage;

/// The stage's chain.
pub const CHAIN: ChainId = ChainId::Eip155(idos_devnet_evm::CHAIN_ID);

const SESSION_SECS: u64 = 3600;

/// The time, for clients.
pub fn now() -> u64 {
    unix_ns() / 1_000_000_000
}

/// The time, for chains.
#[allow(clippy::disallowed_methods, reason = "tests own their clock")]
pub fn unix_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

/// Signs in with one of anvil's funded keys.
pub async fn sign_in(node: &Url, wallet: &EvmWallet) -> Result<Session> {
    let node = Node::new(node.clone(), Arc::new(now))?;
    Ok(node.sign_in(wallet, SESSION_SECS, &mut OsRng).await?)
}

/// The wallet of one of anvil's funded keys.
pub fn wallet(key: usize) -> Result<EvmWallet> {
    Ok(EvmWallet::from_hex(CHAIN, FUNDED_KEYS.get(key).context("there are not so many funded keys")?)?)
}

/// A wallet with a profile and a random encryption key, and a signing key to issue credentials to itself.
#[derive(Debug)]
pub struct Member {
    /// The wallet.
    pub wallet: EvmWallet,
    /// The encryption key.
    pub secret: EncryptionSecret,
    issuer: IssuerKey,
}

impl Member {
    /// Makes a profile at the node for one of anvil's funded keys.
    pub async fn enter(node: &Url, key: usize) -> Result<(Self, Session)> {
        let wallet = wallet(key)?;
        let secret = EncryptionSecret::generate(&mut OsRng);
        let profile_id = Uuid::new_v4();
        let statement = encryption::state(&wallet, profile_id, &secret, None, 1, now())?;
        let session = sign_in(node, &wallet).await?;
        session.create_profile(&NewProfile { profile_id, key_statement: Some(statement) }).await?;
        Ok((Self { wallet, secret, issuer: IssuerKey::generate(&mut OsRng) }, session))
    }

    /// Stores `plaintext` as a credential of this member's own.
    pub async fn store(&self, session: &Session, plaintext: &[u8]) -> Result<DataId, ClientError> {
        let (public_notes, notes_signature) = self.notes()?;
        let data_id = fresh_data_id(&mut OsRng);
        let content = upload_sealed(session, data_id, &self.secret.public(), plaintext, &mut OsRng).await?;
        let issuer = self.issuer.did().to_string();
        let credential =
            NewCredential { content, public_notes, notes_signature, issuer, notes_key: None, consent: None };
        Ok(session.create_credential(&credential).await?.data_id)
    }

    fn notes(&self) -> Result<(String, String), ClientError> {
        let unusable = |error: idos_credentials::NotesError| ClientError::Input(error.to_string());
        let text =
            format!(r#"{{"id":"{}","type":"Test","issuer":"{}"}}"#, Uuid::new_v4().urn(), self.issuer.did());
        let notes = PublicNotes::parse(&text).map_err(unusable)?;
        let signature = sign_notes(&self.issuer, &notes).map_err(unusable)?;
        Ok((text, format!("0x{}", hex::encode(signature))))
    }

    /// Stores a copy of `plaintext` for `recipient` beside the original.
    pub async fn copy_for(
        &self,
        session: &Session,
        original: DataId,
        recipient: &Member,
        plaintext: &[u8],
    ) -> Result<DataId> {
        let id = fresh_data_id(&mut OsRng);
        let content = upload_sealed(session, id, &recipient.secret.public(), plaintext, &mut OsRng).await?;
        Ok(session.create_copy(original, &NewCopy { content, shared_with: None }).await?.data_id)
    }

    /// Grants `grantee` access to `data_id`, without a timelock.
    pub async fn grant(&self, stage: &Stage, grantee: Account, data_id: DataId) -> Result<Mined> {
        let call = GrantCall::CreateGrant { grantee, data_id, locked_until: 0 };
        Ok(self.grants(stage).await?.send(&call).await?)
    }

    /// Revokes it.
    pub async fn revoke(&self, stage: &Stage, grantee: Account, data_id: DataId) -> Result<Mined> {
        Ok(self.grants(stage).await?.send(&GrantCall::RevokeGrant { grantee, data_id }).await?)
    }

    async fn grants(&self, stage: &Stage) -> Result<Box<dyn AccessGrants>> {
        let on = stage.first()?;
        let chain = Evm::with_wallet(on.rpc.clone(), &self.wallet).await?;
        Ok(chain.access_grants(&on.access_grants()?)?)
    }
}
