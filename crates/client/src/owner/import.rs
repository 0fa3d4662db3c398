//! Importing an exported profile into another node: everything is checked again, sealed for the profile's key there, and stored.

use std::{
    collections::BTreeSet,
    io::{Read, Seek},
};

use idos_api::credentials::NewCredential;
use idos_credentials::{
    Check, Expectations, IssuerDid, IssuerName, KnownKey, NotesError, Outcome, PublicNotes, signer_of_notes,
    verify,
};
use idos_grants::DataId;
use idos_keys::EncryptionKey;
use rand_core::CryptoRngCore;
use serde::Serialize;
use uuid::Uuid;

use super::{
    archive::{ArchiveReader, Entry, Kind},
    export::Progress,
    fresh_data_id, upload_sealed,
};
use crate::{ClientError, Session, pages};

/// What an import came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// What is stored now and was not before.
    pub imported: Vec<Imported>,
    /// What was there already, under whatever data id: the same issuer's credential of the same id.
    pub present: Vec<DataId>,
    /// What is not stored, and why.
    pub not_imported: Vec<NotImported>,
}

/// A credential that was imported. Grants do not come with it: they are on data ids of copies, which it has none of here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Its id in the archive.
    pub data_id: DataId,
    /// Its id at this node: a fresh one, so that no grant that stands somewhere opens it.
    pub stored_as: DataId,
}

/// A credential that was not imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotImported {
    /// Its id in the archive.
    pub data_id: DataId,
    /// Why, for programs: one of [`Objection`]'s codes, or the node's.
    pub code: String,
    /// Why, for a person.
    pub reason: String,
}

/// Why a credential in an archive is not imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Objection {
    /// It is somebody else's.
    #[error("somebody else shared it with you: it is theirs, and stays where it is")]
    ReceivedCopy,
    /// The file is not the one that the manifest states.
    #[error("its file is damaged, or was changed since it was exported")]
    Damaged,
    /// The notes are not in form, or the issuer has not signed them.
    #[error("its public notes are not signed by its issuer")]
    NotesInvalid,
    /// The issuer is a web site whose keys the caller does not have.
    #[error(
        "its issuer is named by a web site, which is asked for its keys only if you name it: import again, and name it"
    )]
    IssuerUnknown,
    /// The credential's proof does not hold.
    #[error("it is not signed by its issuer as it stands")]
    ProofInvalid,
    /// The notes are of another credential.
    #[error("its public notes are of another credential")]
    OtherCredential,
}

impl Objection {
    /// The objection's stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::ReceivedCopy => "received_copy",
            Self::Damaged => "damaged",
            Self::NotesInvalid => "notes_invalid",
            Self::IssuerUnknown => "issuer_unknown",
            Self::ProofInvalid => "proof_invalid",
            Self::OtherCredential => "other_credential",
        }
    }
}

/// Imports `archive` into the profile of `session`, sealed for `recipient`: the profile's own key, as its owner derived it.
///
/// What is there already is skipped, so an import that was interrupted is finished by running it again. A credential that has expired, or is revoked by
/// now, is imported like any other. `known_keys` are those of issuers that are named by a web site ([`crate::did_web::keys`]).
///
/// # Errors
/// If the archive is not of the form, or the node cannot be asked; what was stored until then stays.
pub async fn import<R: Read + Seek>(
    session: &Session,
    recipient: &EncryptionKey,
    archive: R,
    known_keys: &[KnownKey],
    now: u64,
    rng: &mut impl CryptoRngCore,
    mut progress: impl FnMut(Progress),
) -> Result<ImportReport, ClientError> {
    let mut archive = ArchiveReader::open(archive)?;
    let entries = archive.manifest().credentials.clone();
    let of = entries.len();
    let mut present = present(session).await?;
    let mut report = ImportReport::default();
    for (done, entry) in entries.iter().enumerate() {
        progress(Progress { done, of });
        let checked = match checked(&mut archive, entry, known_keys, now)? {
            Ok(checked) => checked,
            Err(objection) => {
                let (code, reason) = (objection.code().to_owned(), objection.to_string());
                report.not_imported.push(NotImported { data_id: entry.data_id, code, reason });
                continue;
            }
        };
        if !present.insert(name(&checked.notes)) {
            report.present.push(entry.data_id);
            continue;
        }
        match store(session, recipient, entry, &checked, rng).await {
            Ok(stored_as) => report.imported.push(Imported { data_id: entry.data_id, stored_as }),
            Err(error @ ClientError::Node { .. }) => report.not_imported.push(NotImported {
                data_id: entry.data_id,
                code: error.code(),
                reason: error.to_string(),
            }),
            Err(error) => return Err(error),
        }
    }
    progress(Progress { done: of, of });
    Ok(report)
}

/// A credential by its issuer and the id that the issuer gave it.
type Name = (String, Uuid);

/// What the profile has at this node.
async fn present(session: &Session) -> Result<BTreeSet<Name>, ClientError> {
    let listed = pages::all(async |cursor| {
        let page = session.credentials(cursor).await?;
        Ok((page.credentials, page.next_cursor))
    });
    let originals = listed.await?.into_iter().filter(|credential| credential.original.is_none());
    let notes = originals.filter_map(|credential| PublicNotes::parse(&credential.public_notes).ok());
    Ok(notes.map(|notes| name(&notes)).collect())
}

fn name(notes: &PublicNotes) -> Name {
    (notes.issuer().to_string(), notes.id())
}

struct Checked {
    notes: PublicNotes,
    /// By which key they are signed.
    signer: IssuerDid,
    plaintext: zeroize::Zeroizing<Vec<u8>>,
}

/// Nothing in an archive is believed because its manifest says so.
fn checked<R: Read + Seek>(
    archive: &mut ArchiveReader<R>,
    entry: &Entry,
    known_keys: &[KnownKey],
    now: u64,
) -> Result<Result<Checked, Objection>, ClientError> {
    if entry.kind == Kind::Received {
        return Ok(Err(Objection::ReceivedCopy));
    }
    let Some(plaintext) = archive.credential(entry)? else { return Ok(Err(Objection::Damaged)) };
    let (notes, signer) = match signed_notes(entry, known_keys) {
        Ok(signed) => signed,
        Err(objection) => return Ok(Err(objection)),
    };
    let verdict = verify(&plaintext, now, &Expectations { known_keys, ..Expectations::default() });
    let holds = [Check::Form, Check::Proof, Check::Claims, Check::Issuer];
    let holds = holds.into_iter().all(|check| verdict.outcome(check) == Some(&Outcome::Pass));
    Ok(match verdict.credential {
        Some(credential) if holds && notes.describe(&credential) => Ok(Checked { notes, signer, plaintext }),
        Some(_) if holds => Err(Objection::OtherCredential),
        _ => Err(Objection::ProofInvalid),
    })
}

fn signed_notes(entry: &Entry, known_keys: &[KnownKey]) -> Result<(PublicNotes, IssuerDid), Objection> {
    let invalid = Objection::NotesInvalid;
    let notes = PublicNotes::parse(&entry.public_notes).map_err(|_| invalid)?;
    let mut signature = [0; 64];
    let digits = entry.notes_signature.strip_prefix("0x").ok_or(invalid)?;
    hex::decode_to_slice(digits, &mut signature).map_err(|_| invalid)?;
    if notes.issuer().to_string() != entry.issuer {
        return Err(invalid);
    }
    match signer_of_notes(&notes, &signature, known_keys) {
        Ok(signer) => Ok((notes, signer)),
        Err(NotesError::KeyUnknown) => Err(Objection::IssuerUnknown),
        Err(_) => Err(invalid),
    }
}

async fn store(
    session: &Session,
    recipient: &EncryptionKey,
    entry: &Entry,
    checked: &Checked,
    rng: &mut impl CryptoRngCore,
) -> Result<DataId, ClientError> {
    let content = upload_sealed(session, fresh_data_id(rng), recipient, &checked.plaintext, rng).await?;
    let is_site = matches!(checked.notes.issuer(), IssuerName::Web(_));
    let notes_key = is_site.then(|| checked.signer.to_string());
    let new = NewCredential {
        content,
        public_notes: entry.public_notes.clone(),
        notes_signature: entry.notes_signature.clone(),
        issuer: entry.issuer.clone(),
        notes_key,
        consent: None,
    };
    Ok(session.create_credential(&new).await?.data_id)
}
