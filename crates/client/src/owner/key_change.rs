//! Changing the profile's encryption key: the new one is stated, then every original is sealed anew for it. Interrupted anywhere, the same call
//! again finishes it; what is decrypted stays in memory.

use idos_api::{
    ErrorCode,
    credentials::{Credential, NewContent},
    profiles::{Profile, SignedKeyStatement},
};
use idos_credentials::KnownKey;
use idos_grants::DataId;
use idos_keys::{EncryptionKey, EncryptionSecret, sealed_box};
use idos_wallets::NodeSet;
use rand_core::CryptoRngCore;
use serde::Serialize;

use super::original::{self, Opening};
use crate::{
    ClientError, Session, Signer,
    encryption::{self, KeyOrigin},
};

/// From which keys to which.
#[derive(Debug, Clone, Copy)]
pub struct KeyChange<'a> {
    /// What originals may be sealed for: the key that is stated now, and those of changes that were not finished.
    pub old: &'a [EncryptionSecret],
    /// The key from now on.
    pub new: &'a EncryptionSecret,
    /// Where the new key comes from.
    pub new_origin: KeyOrigin,
    /// The nodes, if it is shared: the store keeps them for an owner who has nothing left but a wallet.
    pub new_nodes: Option<&'a NodeSet>,
    /// The keys of issuers that are named by a web site ([`crate::did_web::keys`]). What others such issued is sealed anew without asking whether they
    /// signed it: no site that is gone keeps her from changing her key.
    pub known_keys: &'a [KnownKey],
}

/// How far a change of keys is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyChangeProgress {
    /// Originals that were looked at.
    pub done: usize,
    /// Originals that are to be sealed anew.
    pub of: usize,
}

/// What a change of keys came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyChanged {
    /// Originals that were sealed anew by this call.
    pub resealed: usize,
    /// Originals that are still sealed for another key. While there are any, keep the old keys, and call again.
    pub left: Vec<LeftSealed>,
}

/// An original that was not sealed anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftSealed {
    /// Which.
    pub data_id: DataId,
    /// The stable code of the reason.
    pub code: String,
    /// The reason.
    pub reason: String,
}

/// States the new key, unless it is stated already, and seals every original of the profile anew that is sealed for another one. Copies are
/// sealed for others and stay as they are.
///
/// # Errors
/// [`ClientError::WrongKey`] if the key that is stated now is neither new nor among the old ones. Whatever else ends it early, such as a node
/// that does not answer, leaves a change that the same call finishes.
pub async fn change_key(
    session: &Session,
    wallet: &impl Signer,
    change: &KeyChange<'_>,
    now: u64,
    mut progress: impl FnMut(KeyChangeProgress),
    rng: &mut impl CryptoRngCore,
) -> Result<KeyChanged, ClientError> {
    let profile = session.profile().await?;
    let profile = profile.ok_or_else(|| ClientError::Input("this wallet has no profile yet".into()))?;
    state(session, wallet, &profile, change, now).await?;
    let pending = sealed_for_others(session, &change.new.public()).await?;
    let of = pending.len();
    let mut changed = KeyChanged { resealed: 0, left: Vec::new() };
    progress(KeyChangeProgress { done: 0, of });
    for (index, original) in pending.iter().enumerate() {
        match reseal(session, original, change, rng).await {
            Ok(()) => changed.resealed += 1,
            Err(error) if concerns_one(&error) => changed.left.push(LeftSealed {
                data_id: original.data_id,
                code: error.code(),
                reason: error.to_string(),
            }),
            Err(error) => return Err(error),
        }
        progress(KeyChangeProgress { done: index + 1, of });
    }
    Ok(changed)
}

/// The caller's originals that are sealed for another key than `key`: there are some while a change of keys is not finished.
pub async fn sealed_for_others(
    session: &Session,
    key: &EncryptionKey,
) -> Result<Vec<Credential>, ClientError> {
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = session.credentials(cursor.as_deref()).await?;
        let is_pending =
            |credential: &Credential| credential.original.is_none() && credential.recipient_key != *key;
        found.extend(page.credentials.into_iter().filter(is_pending));
        match page.next_cursor {
            Some(next) if found.len() < CREDENTIALS_MAX => cursor = Some(next),
            _ => return Ok(found),
        }
    }
}

/// More than any node lets a profile hold: a node that never ends its list is not listened to for ever.
const CREDENTIALS_MAX: usize = 20_000;

async fn state(
    session: &Session,
    wallet: &impl Signer,
    profile: &Profile,
    change: &KeyChange<'_>,
    now: u64,
) -> Result<(), ClientError> {
    let present = profile.key_statement.as_ref().map(|signed| &signed.statement);
    let is_stated = |secret: &EncryptionSecret| {
        present.is_some_and(|present| present.encryption_key == *secret.public().as_bytes())
    };
    if is_stated(change.new) {
        return Ok(());
    }
    // Or nobody could open any more what is sealed for it.
    if present.is_some() && !change.old.iter().any(is_stated) {
        return Err(ClientError::WrongKey);
    }
    let version = present.map_or(0, |present| present.version).saturating_add(1);
    let next =
        encryption::state_from(wallet, profile.id, &change.new.public(), change.new_origin, version, now)?;
    let next = SignedKeyStatement { node_set: change.new_nodes.cloned(), ..next };
    session.put_key_statement(&next).await?;
    // Afterwards: one that was never stated must not make the present one look old.
    encryption::remember_own(session.node().memory(), &next)
}

async fn reseal(
    session: &Session,
    original: &Credential,
    change: &KeyChange<'_>,
    rng: &mut impl CryptoRngCore,
) -> Result<(), ClientError> {
    if !change.old.iter().any(|secret| secret.public() == original.recipient_key) {
        return Err(ClientError::WrongKey);
    }
    // What is sealed anew takes the place of what is there for good, so nothing but the document itself will do.
    let opening = Opening { secrets: change.old, known_keys: change.known_keys };
    let plaintext = original::open_listed(session, original, &opening).await?.plaintext;
    let new_key = change.new.public();
    let sealed =
        sealed_box::seal(rng, &new_key, &plaintext).map_err(|error| ClientError::Input(error.to_string()))?;
    let content_sha256 = session.upload(&sealed.content).await?;
    let content = NewContent {
        replaces: original.content_sha256.clone(),
        content_sha256,
        sender_key: sealed.sender,
        recipient_key: new_key,
    };
    session.replace_content(original.data_id, &content).await.map(drop)
}

/// Whether the next original may fare better.
fn concerns_one(error: &ClientError) -> bool {
    match error {
        ClientError::WrongKey | ClientError::Undecryptable | ClientError::Forged(_) => true,
        error => matches!(
            error.node_code(),
            Some(ErrorCode::Timelocked | ErrorCode::NotFound | ErrorCode::ContentChanged)
        ),
    }
}
