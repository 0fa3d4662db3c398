//! From sealed to stored to granted, any number of times.

use idos_api::{ErrorCode, credentials::Consent};
use idos_credentials::PublicNotes;
use idos_grants::DataId;
use serde::Serialize;

use super::journal::{Journal, JournalError, Pending, Stored};
use crate::{
    ChainError, ClientError, Session,
    chain::{Chain, Mined},
};

/// Who creates the issuer's grant on the chain.
#[derive(Clone, Copy)]
pub enum Granting<'a> {
    /// This process, with a wallet that pays.
    With(&'a dyn Chain),
    /// Nobody now: the issuance stays pending, to be carried on later.
    Later,
}

/// What has come of an issuance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Issued {
    /// The original, as far as it is known.
    #[serde(flatten)]
    pub stored: Stored,
    /// The transaction by which this process created the grant; none if it stood already, there is no copy to grant, or it is still to be created.
    pub grant: Option<Mined>,
    /// Whether everything is done.
    pub done: bool,
}

/// Carries a pending issuance on to its end, and takes it off the journal. It may be called again and again, also after a crash at any moment: the node
/// knows the same write again, and the chain is asked whether the grant stands before it is created.
///
/// # Errors
/// Whatever stopped it; the journal keeps the reason, and the issuance unless the node has refused it for good.
pub async fn carry_on(
    session: &Session,
    journal: &Journal,
    id: DataId,
    granting: Granting<'_>,
) -> Result<Issued, ClientError> {
    let pending = journal.get(id)?.ok_or(JournalError::Unknown { id })?;
    let mut at = pending.clone();
    match advance(session, journal, &mut at, granting).await {
        Ok(issued) => {
            if issued.done {
                journal.abandon(id)?;
            }
            Ok(issued)
        }
        Err(error) if at.stored.is_none() && is_refused_for_good(&error) => {
            journal.abandon(id)?;
            Err(error)
        }
        Err(error) => {
            journal.put(&Pending { last_error: Some(error.to_string()), ..at })?;
            Err(error)
        }
    }
}

async fn advance(
    session: &Session,
    journal: &Journal,
    pending: &mut Pending,
    granting: Granting<'_>,
) -> Result<Issued, ClientError> {
    let stored = match &pending.stored {
        Some(stored) => stored.clone(),
        None => {
            let stored = store(session, journal, pending).await?;
            pending.stored = Some(stored.clone());
            journal.put(pending)?;
            stored
        }
    };
    let consent = pending.request.consent.as_ref().filter(|consent| consent.issuer_copy.is_some());
    let (grant, done) = match (consent, granting) {
        // There is nothing to read, so there is nothing to grant.
        (None, _) => (None, true),
        (Some(_), Granting::Later) => (None, false),
        (Some(consent), Granting::With(chain)) => (create_grant(chain, consent, pending).await?, true),
    };
    Ok(Issued { stored, grant, done })
}

/// Stores, uploading first unless an earlier try may have stored it: then the node is asked before megabytes are sent again.
async fn store(session: &Session, journal: &Journal, pending: &Pending) -> Result<Stored, ClientError> {
    let answer = match session.create_credential(&pending.request).await {
        Err(error) if error.node_code() == Some(ErrorCode::ContentMissing) => {
            for content in journal.contents(pending)? {
                session.upload(&content).await?;
            }
            session.create_credential(&pending.request).await
        }
        answer => answer,
    };
    match answer {
        Ok(credential) => Ok(Stored::Answered(Box::new(credential))),
        Err(error) if is_refused_for_good(&error) && is_stored(session, pending).await? => {
            Ok(Stored::Before { data_id: pending.id() })
        }
        Err(error) => Err(error),
    }
}

/// Whether an earlier try has stored this very credential. The node does not know the write again where its owner has changed what was stored, so it is
/// asked what it has of this issuer; the notes tell another credential that was stored by the same consent. Where nothing is left of original and copies there
/// is nothing to go on with.
async fn is_stored(session: &Session, pending: &Pending) -> Result<bool, ClientError> {
    let issuance = match session.issuance(pending.id()).await {
        Ok(issuance) => issuance,
        Err(error) if error.node_code() == Some(ErrorCode::NotFound) => return Ok(false),
        Err(error) => return Err(error),
    };
    let id_of = |notes: &str| PublicNotes::parse(notes).ok().map(|notes| notes.id());
    let stored = issuance.public_notes.as_deref().and_then(id_of);
    Ok(stored.is_some() && stored == id_of(&pending.request.public_notes))
}

/// The transaction that created the grant; `None` if it stood.
async fn create_grant(
    chain: &dyn Chain,
    consent: &Consent,
    pending: &Pending,
) -> Result<Option<Mined>, ClientError> {
    let signed = &consent.write_grant;
    let terms = &signed.write_grant;
    let grants = chain.access_grants(&signed.contract)?;
    let stands = async || -> Result<bool, ChainError> {
        Ok(grants.grant_of(&terms.owner, &terms.grantee, terms.data_id).await?.is_some())
    };
    if stands().await? {
        return Ok(None);
    }
    let sent = match &pending.grant_call {
        Some(call) => chain.relay(call).await,
        None => chain.relay_write_grant(signed).await,
    };
    match sent {
        Ok(mined) => Ok(Some(mined)),
        // Somebody else, or an earlier try whose end was not seen, was first.
        Err(error) => {
            if stands().await.unwrap_or(false) {
                return Ok(None);
            }
            Err(error.into())
        }
    }
}

/// Whether the same request will be refused again whenever it is sent.
fn is_refused_for_good(error: &ClientError) -> bool {
    matches!(
        error.node_code(),
        Some(
            ErrorCode::Malformed
                | ErrorCode::SignatureInvalid
                | ErrorCode::Expired
                | ErrorCode::UnknownContract
                | ErrorCode::UnknownChain
                | ErrorCode::Exists
                | ErrorCode::WriteGrantInvalid
                | ErrorCode::WriteGrantUsed
                | ErrorCode::NotesInvalid
        )
    )
}
