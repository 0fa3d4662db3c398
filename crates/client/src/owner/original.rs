//! Opening an original, so that what comes out is what its owner means by it.
//!
//! Whatever she then shares, seals anew or exports is taken from here: the document that was checked, not one that is fetched again. It has the digest that
//! the node lists, opens with her key, is signed by its issuer, and is the one that its public notes describe, which the same issuer signed. A node that
//! serves two of her originals in each other's place, notes and all, is noticed by what was shown of them before ([`crate::memory`]).

use idos_api::credentials::Credential as Listed;
use idos_credentials::{
    Check, Credential, Expectations, IssuerDid, KnownKey, NotesError, Outcome, PublicNotes, signer_of_notes,
    verify,
};
use idos_grants::DataId;
use idos_keys::EncryptionSecret;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{ClientError, Session, consumer::open_as_listed, memory};

/// A signature is judged without a time: what has expired is its owner's all the same.
const WHENEVER: u64 = 0;

/// What originals are opened and checked with.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    /// The profile's present secret, and those of keys that it had before.
    pub secrets: &'a [EncryptionSecret],
    /// The keys of issuers that are named by a web site ([`crate::did_web::keys`]). No other site is asked.
    pub known_keys: &'a [KnownKey],
}

impl<'a> Opening<'a> {
    /// With these secrets, where no issuer is a web site.
    pub fn with(secrets: &'a [EncryptionSecret]) -> Self {
        Self { secrets, known_keys: &[] }
    }
}

/// An original, opened and checked.
#[derive(Debug)]
pub struct Original {
    /// The document as its issuer signed it.
    pub plaintext: Zeroizing<Vec<u8>>,
    /// What it says.
    pub credential: Credential,
    /// Whether its issuer's signatures were checked. They are not where the issuer is a web site whose keys the caller has not named; all else was checked.
    pub is_proven: bool,
}

impl Original {
    /// What it is, for its owner to see.
    pub fn described(&self) -> Described {
        let Credential { id, types, issuer, .. } = &self.credential;
        Described { id: id.clone(), types: types.clone(), issuer: issuer.clone() }
    }

    /// The same, where only what its issuer is known to have signed will do.
    ///
    /// # Errors
    /// [`ClientError::IssuerUnasked`]
    pub fn proven(self) -> Result<Self, ClientError> {
        if self.is_proven {
            return Ok(self);
        }
        Err(ClientError::IssuerUnasked { issuer: self.credential.issuer })
    }
}

/// What a credential is, as the document itself says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Described {
    /// The id that its issuer gave it.
    pub id: Option<String>,
    /// Its types.
    pub types: Vec<String>,
    /// Its issuer.
    pub issuer: String,
}

/// Fetches, decrypts and checks one of the caller's originals.
///
/// # Errors
/// [`ClientError::CopyOfCopy`] for a copy, [`ClientError::Undecryptable`] if none of the secrets opens it, and [`ClientError::Forged`] for whatever is not
/// as it should be.
pub async fn open(session: &Session, data_id: DataId, with: &Opening<'_>) -> Result<Original, ClientError> {
    open_listed(session, &session.credential(data_id).await?, with).await
}

/// The same, of one that the node has listed already.
///
/// # Errors
/// As [`open`].
pub async fn open_listed(
    session: &Session,
    listed: &Listed,
    with: &Opening<'_>,
) -> Result<Original, ClientError> {
    if let Some(original) = listed.original {
        return Err(ClientError::CopyOfCopy { original });
    }
    memory::check_same(session.node().memory(), listed)?;
    let plaintext = open_as_listed(session, listed, with.secrets).await?;
    let (notes, signer) = signed_notes(listed, with.known_keys)?;
    let (credential, is_signed) = document(&plaintext, with.known_keys)?;
    if !notes.describe(&credential) {
        return Err(ClientError::Forged("another document than its public notes describe"));
    }
    if signer.is_some() && !is_signed {
        return Err(ClientError::Forged("a document that its issuer did not sign"));
    }
    memory::remember_shown(session.node().memory(), std::slice::from_ref(listed), with.known_keys)?;
    Ok(Original { plaintext, credential, is_proven: signer.is_some() })
}

/// The public notes, and the key of their issuer that signed them; no key if the issuer is a web site whose keys are not known.
pub(crate) fn signed_notes(
    listed: &Listed,
    known_keys: &[KnownKey],
) -> Result<(PublicNotes, Option<IssuerDid>), ClientError> {
    let forged = ClientError::Forged("public notes that their issuer did not sign");
    let Ok(notes) = PublicNotes::parse(&listed.public_notes) else { return Err(forged) };
    let mut signature = [0; 64];
    let digits = listed.notes_signature.strip_prefix("0x").unwrap_or_default();
    if hex::decode_to_slice(digits, &mut signature).is_err() {
        return Err(forged);
    }
    match signer_of_notes(&notes, &signature, known_keys) {
        Ok(signer) => Ok((notes, Some(signer))),
        Err(NotesError::KeyUnknown) => Ok((notes, None)),
        Err(_) => Err(forged),
    }
}

/// What the document says, and whether it is signed by the issuer that it names. Whether the signature covers each claim is for who relies on them.
fn document(plaintext: &[u8], known_keys: &[KnownKey]) -> Result<(Credential, bool), ClientError> {
    let expectations = Expectations { known_keys, ..Expectations::default() };
    let verdict = verify(plaintext, WHENEVER, &expectations);
    let holds = |check| verdict.outcome(check) == Some(&Outcome::Pass);
    let is_signed = holds(Check::Proof) && holds(Check::Issuer);
    let credential = verdict.credential.ok_or(ClientError::Forged("a document that is no credential"))?;
    Ok((credential, is_signed))
}
