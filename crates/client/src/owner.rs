//! What the owner of a profile does.

pub mod archive;
pub mod export;
pub mod import;
mod key_change;
pub mod original;
pub mod own_data;
mod profile_consent;
pub mod replace;

use idos_api::{
    credentials::{Credential, NewCopy, SealedContent, SignedWriteGrant},
    profiles::SignedKeyStatement,
};
use idos_credentials::IssuerDid;
use idos_grants::{Account, DataId};
use idos_keys::{EncryptionKey, sealed_box};
use idos_wallets::{KeyedNonce, WriteGrant};
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{ClientError, Session, Signer, chain::SignedCall};

pub use key_change::{KeyChange, KeyChangeProgress, KeyChanged, LeftSealed, change_key, sealed_for_others};
pub use original::{Described, Opening, Original};
pub use profile_consent::{ConsentToProfile, ProfileTerms, consent_to_profile};

/// What an owner hands to an issuer: leave to store one credential, once, within a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentToWrite {
    /// The owner's profile.
    pub profile_id: Uuid,
    /// What she signed.
    pub write_grant: SignedWriteGrant,
    /// Her encryption key, stated by the wallet that consents, where the node serves the statement of another wallet of hers
    /// ([`crate::encryption::state_again`]): the issuer knows her by this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_statement: Option<SignedKeyStatement>,
    /// NEAR: the issuer's grant, signed by her as a call of its own, because a NEAR contract sees no message signatures. It stands until a block, and
    /// only until she signs something else with the same access key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_call: Option<SignedCall>,
}

/// For whom and how long a consent stands.
#[derive(Debug, Clone)]
pub struct ConsentTerms {
    /// The access-grants contract that the consent is bound to.
    pub contract: Account,
    /// The issuer's account on that chain: it may keep a copy, and read it by its own grant.
    pub issuer_account: Account,
    /// The issuer's signing key.
    pub issuer: IssuerDid,
    /// First second of use.
    pub not_before: u64,
    /// Last second of use.
    pub not_after: u64,
    /// The timelock of the issuer's own grant; 0 = none.
    pub locked_until: u64,
    /// One that the contract's chain gave out for it ([`crate::chain::Chain::write_grant_nonce`]).
    pub nonce: KeyedNonce,
}

/// Signs a consent with fresh ids for the credential and for the issuer's copy.
pub fn consent(
    wallet: &impl Signer,
    profile_id: Uuid,
    terms: &ConsentTerms,
    rng: &mut impl CryptoRngCore,
) -> Result<ConsentToWrite, ClientError> {
    let owner = wallet
        .account_on(terms.contract.chain())
        .ok_or_else(|| ClientError::Input(format!("this wallet is nobody on {}", terms.contract.chain())))?;
    let write_grant = WriteGrant {
        owner,
        grantee: terms.issuer_account,
        issuer_key: terms.issuer.key().to_bytes(),
        credential_id: fresh_data_id(rng),
        data_id: fresh_data_id(rng),
        locked_until: terms.locked_until,
        not_before: terms.not_before,
        not_after: terms.not_after,
        nonce: terms.nonce,
    };
    let signable =
        write_grant.signable(&terms.contract).map_err(|error| ClientError::Input(error.to_string()))?;
    let signature = wallet.sign(&signable)?;
    let write_grant = SignedWriteGrant { contract: terms.contract, write_grant, signature };
    Ok(ConsentToWrite { profile_id, write_grant, key_statement: None, grant_call: None })
}

/// 32 random bytes to store something under.
pub fn fresh_data_id(rng: &mut impl CryptoRngCore) -> DataId {
    let mut bytes = [0; 32];
    rng.fill_bytes(&mut bytes);
    DataId(bytes)
}

/// A copy that is stored, and what it is a copy of.
#[derive(Debug, Clone)]
pub struct Copied {
    /// The copy, as the node has stored it.
    pub copy: Credential,
    /// What was sealed, as the document itself says.
    pub of: Described,
}

/// Opens and checks the original, seals that very document for a recipient, on this machine, and stores it as a copy. The grant is another step: until it
/// is on chain and final, nobody but the owner reads the copy.
pub async fn store_copy(
    session: &Session,
    original: DataId,
    opening: &Opening<'_>,
    recipient: &EncryptionKey,
    rng: &mut impl CryptoRngCore,
) -> Result<Copied, ClientError> {
    store_copy_for(session, original, opening, &Recipient { key: *recipient, profile_id: None }, rng).await
}

/// For whom a copy is.
#[derive(Debug, Clone, Copy)]
pub struct Recipient {
    /// The key to seal for, as its owner stated it.
    pub key: EncryptionKey,
    /// Whose key it is, noted at the node for the owner alone, so that she can share what replaces the credential.
    pub profile_id: Option<Uuid>,
}

/// The same, noting at the node whose key it was sealed for.
pub async fn store_copy_for(
    session: &Session,
    original: DataId,
    opening: &Opening<'_>,
    recipient: &Recipient,
    rng: &mut impl CryptoRngCore,
) -> Result<Copied, ClientError> {
    let opened = original::open(session, original, opening).await?.proven()?;
    let content = upload_sealed(session, fresh_data_id(rng), &recipient.key, &opened.plaintext, rng).await?;
    let copy = session.create_copy(original, &NewCopy { content, shared_with: recipient.profile_id }).await?;
    Ok(Copied { copy, of: opened.described() })
}

/// Whether a copy that an earlier attempt stored, and did not grant, is of that original and for that recipient.
///
/// # Errors
/// [`ClientError::Input`] if it is not, or is sealed for a key that the recipient had before.
pub async fn check_stored_copy(
    session: &Session,
    copy: DataId,
    original: DataId,
    recipient: &Recipient,
) -> Result<(), ClientError> {
    let stored = session.credential(copy).await?;
    if stored.original != Some(original) || stored.shared_with != recipient.profile_id {
        return Err(ClientError::Input(format!("{copy} is no copy of {original} for that profile")));
    }
    if stored.recipient_key != recipient.key {
        return Err(ClientError::Input(format!(
            "the consumer has changed its key since {copy} was sealed for it: delete it, and share anew"
        )));
    }
    Ok(())
}

/// Seals content for a recipient and uploads it, to be stored under `data_id`.
pub async fn upload_sealed(
    session: &Session,
    data_id: DataId,
    recipient: &EncryptionKey,
    plaintext: &[u8],
    rng: &mut impl CryptoRngCore,
) -> Result<SealedContent, ClientError> {
    let SealedBytes { content, bytes } = seal_for(data_id, recipient, plaintext, rng)?;
    session.upload(&bytes).await?;
    Ok(content)
}

/// Content that is sealed, and what names it.
#[derive(Debug, Clone)]
pub struct SealedBytes {
    /// What names it.
    pub content: SealedContent,
    /// The nonce and the box.
    pub bytes: Vec<u8>,
}

/// Seals content for a recipient, to be stored under `data_id`.
pub fn seal_for(
    data_id: DataId,
    recipient: &EncryptionKey,
    plaintext: &[u8],
    rng: &mut impl CryptoRngCore,
) -> Result<SealedBytes, ClientError> {
    let sealed =
        sealed_box::seal(rng, recipient, plaintext).map_err(|error| ClientError::Input(error.to_string()))?;
    let content = SealedContent {
        data_id,
        content_sha256: hex::encode(Sha256::digest(&sealed.content)),
        sender_key: sealed.sender,
        recipient_key: *recipient,
    };
    Ok(SealedBytes { content, bytes: sealed.content })
}
