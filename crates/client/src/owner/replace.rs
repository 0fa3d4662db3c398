//! Moving the shares of a credential to the one that replaces it, by its owner's consent: each grantee gets a copy of the new one under a grant with the
//! same timelock, and then loses the old one.
//!
//! Nothing is kept between runs: what is done already is seen at the node, so an interrupted move is finished by doing it again.

use idos_api::{
    credentials::Credential,
    grants::{Grant, GrantState},
    profiles::SignedKeyStatement,
};
use idos_credentials::{KnownKey, NotesError, PublicNotes, verify_notes_by};
use idos_grants::{DataId, timelock::is_locked};
use idos_wallets::{GrantCall, Wallet};
use rand_core::CryptoRngCore;
use serde::Serialize;

use super::{Opening, Recipient, store_copy_for};
use crate::{
    ClientError, Session,
    chain::{AccessGrants, Chain, Chains, Mined},
    encryption,
    session::GrantsFilter,
};

/// The field of public notes by which an issuer says which credential this one replaces: its `urn:uuid:…`.
pub const REPLACES: &str = "replaces";

/// A copy of an original, and the owner's standing grants on it.
#[derive(Debug, Clone)]
pub struct Shared {
    /// The copy.
    pub copy: Credential,
    /// Her grants on it that stand, final or not.
    pub grants: Vec<Grant>,
}

/// What became of one grant on the old credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// The old copy.
    pub old_copy: DataId,
    /// The new copy; none if it could not be made.
    pub new_copy: Option<DataId>,
    /// The transaction that created the new grant; none if it stood already.
    pub granted: Option<Mined>,
    /// How the old grant ended.
    pub old_grant: OldGrant,
}

/// How a grant on the old credential ended, or why it did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum OldGrant {
    /// It is revoked.
    Revoked(Mined),
    /// It was revoked before: the node has not seen it yet.
    Gone,
    /// It is locked through that second: do it again afterwards.
    Locked {
        /// Unix seconds.
        locked_until: u64,
    },
    /// It stays as it is, since nothing took its place.
    Kept {
        /// Why.
        reason: String,
    },
}

/// What an issuer says of two credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Replacement {
    /// The issuer of both says in its signed notes that the new one replaces the old.
    Stated,
    /// It does not say so: that is for the owner to know.
    Unstated,
}

/// Whether `new` says that it replaces `old`. `known_keys` are those of issuers that are named by a web site ([`crate::did_web::keys`]); the word of another
/// such issuer counts for nothing.
///
/// # Errors
/// If one of them is a copy, the notes of the new one are not their issuer's, or it replaces another one.
pub fn check_replaces(
    old: &Credential,
    new: &Credential,
    known_keys: &[KnownKey],
) -> Result<Replacement, ClientError> {
    for credential in [old, new] {
        if let Some(original) = credential.original {
            return Err(ClientError::CopyOfCopy { original });
        }
    }
    let forged = |_| ClientError::Forged("public notes that their issuer did not sign");
    let read = |credential: &Credential| {
        let notes = PublicNotes::parse(&credential.public_notes).map_err(forged)?;
        let mut signature = [0; 64];
        let digits = credential.notes_signature.trim_start_matches("0x");
        hex::decode_to_slice(digits, &mut signature)
            .map_err(|_| ClientError::Forged("public notes with a malformed signature"))?;
        match verify_notes_by(&notes, &signature, known_keys) {
            Err(NotesError::KeyUnknown) => Ok((notes, false)),
            checked => checked.map(|()| (notes, true)).map_err(forged),
        }
    };
    let ((old, _), (new, is_signed)) = (read(old)?, read(new)?);
    match new.field(REPLACES) {
        None => Ok(Replacement::Unstated),
        Some(replaced) if replaced.as_str() != Some(old.id().urn().to_string().as_str()) => {
            Err(ClientError::Input("the new credential says that it replaces another one than this".into()))
        }
        // What one issuer says of another's credential is nothing.
        Some(_) if !is_signed || new.issuer() != old.issuer() => Ok(Replacement::Unstated),
        Some(_) => Ok(Replacement::Stated),
    }
}

/// The copies of an original, with the standing grants on them by `wallets`.
pub async fn shared(
    session: &Session,
    original: DataId,
    wallets: &[Wallet],
) -> Result<Vec<Shared>, ClientError> {
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = session.credentials(cursor.as_deref()).await?;
        for copy in page.credentials.into_iter().filter(|credential| credential.original == Some(original)) {
            let grants = standing(session, copy.data_id, wallets).await?;
            found.push(Shared { copy, grants });
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(found);
        }
    }
}

async fn standing(session: &Session, id: DataId, wallets: &[Wallet]) -> Result<Vec<Grant>, ClientError> {
    let filter = GrantsFilter { data_id: Some(id), ..GrantsFilter::default() };
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = session.grants(&filter, cursor.as_deref()).await?;
        found.extend(page.grants.into_iter().filter(|grant| {
            grant.state != GrantState::Revoked && wallets.iter().any(|wallet| wallet.controls(&grant.owner))
        }));
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(found);
        }
    }
}

/// The new credential, and what is shared of it already.
pub struct Target<'a> {
    /// Its original.
    pub original: DataId,
    /// Its copies, [`shared`] before the first move.
    pub shared: &'a [Shared],
    /// What it is opened with.
    pub opening: Opening<'a>,
    /// Key statements of grantees that are granted to by another wallet than the one whose statement the node serves.
    pub handed_over: &'a [SignedKeyStatement],
}

/// Moves one grant on a copy of the old credential. `chain` acts for the grant's owner; `chains` are asked about the grantee's key.
pub async fn move_share(
    session: &Session,
    old: &Shared,
    grant: &Grant,
    target: &Target<'_>,
    chain: &dyn Chain,
    chains: &dyn Chains,
    rng: &mut impl CryptoRngCore,
) -> Result<Moved, ClientError> {
    let grants = chain.access_grants(&grant.contract)?;
    let old_copy = old.copy.data_id;
    let now = chain.now().await?;
    // The node shows what is final: what was done a moment ago is known to the chain only.
    if grants.grant_of(&grant.owner, &grant.grantee, grant.data_id).await?.is_none() {
        return Ok(Moved { old_copy, new_copy: None, granted: None, old_grant: OldGrant::Gone });
    }
    let (new_copy, granted) = match already_shared(grant, target, now) {
        Some(copy) => (copy, None),
        None => {
            let Some(profile_id) = old.copy.shared_with else {
                let reason =
                    "whose profile it was shared with is not noted: share the new one, and revoke this";
                let old_grant = OldGrant::Kept { reason: reason.into() };
                return Ok(Moved { old_copy, new_copy: None, granted: None, old_grant });
            };
            // The note is the node's word; the statement is the grantee's own.
            let (grantee, handed_over) = ([grant.grantee], target.handed_over);
            let key = encryption::of_profile(session, profile_id, &grantee, handed_over, chains).await?;
            let recipient = Recipient { key, profile_id: Some(profile_id) };
            let copy = copy_for(session, &recipient, target, rng).await?;
            let is_granted = grants.grant_of(&grant.owner, &grant.grantee, copy).await?.is_some();
            let granted = match is_granted {
                true => None,
                false => Some(grants.send(&create(grant, copy, now)).await?),
            };
            (copy, granted)
        }
    };
    let old_grant = end(grants.as_ref(), grant, chain.now().await?).await?;
    Ok(Moved { old_copy, new_copy: Some(new_copy), granted, old_grant })
}

/// The copy of the new credential that the same grantee can read by a grant of the same account, for no shorter than it was promised.
fn already_shared(grant: &Grant, target: &Target<'_>, now: u64) -> Option<DataId> {
    let is_same = |other: &Grant| {
        (other.contract, other.owner, other.grantee) == (grant.contract, grant.owner, grant.grantee)
            && (grant.locked_until <= now || other.locked_until >= grant.locked_until)
    };
    target.shared.iter().find(|shared| shared.grants.iter().any(is_same)).map(|shared| shared.copy.data_id)
}

/// A copy for the recipient: one that an interrupted move has left without a grant, or a new one.
async fn copy_for(
    session: &Session,
    recipient: &Recipient,
    target: &Target<'_>,
    rng: &mut impl CryptoRngCore,
) -> Result<DataId, ClientError> {
    let left = target.shared.iter().find(|shared| {
        shared.grants.is_empty()
            && shared.copy.shared_with == recipient.profile_id
            && shared.copy.recipient_key == recipient.key
    });
    match left {
        Some(left) => Ok(left.copy.data_id),
        None => {
            Ok(store_copy_for(session, target.original, &target.opening, recipient, rng).await?.copy.data_id)
        }
    }
}

fn create(grant: &Grant, data_id: DataId, now: u64) -> GrantCall {
    let locked_until = if grant.locked_until > now { grant.locked_until } else { 0 };
    GrantCall::CreateGrant { grantee: grant.grantee, data_id, locked_until }
}

async fn end(grants: &dyn AccessGrants, grant: &Grant, now: u64) -> Result<OldGrant, ClientError> {
    if is_locked(grant.locked_until, now) {
        return Ok(OldGrant::Locked { locked_until: grant.locked_until });
    }
    let call = GrantCall::RevokeGrant { grantee: grant.grantee, data_id: grant.data_id };
    Ok(OldGrant::Revoked(grants.send(&call).await?))
}
