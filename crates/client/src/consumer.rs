//! What a consumer does with a copy: fetch, decrypt, verify, in one call, with a verdict that says what failed.

use std::collections::BTreeSet;

use idos_api::grants::GrantState;
use idos_credentials::{
    Check, Credential, Expectations, Outcome, PublicNotes, Verdict, verify, verify_notes_by,
};
use idos_grants::{Account, DataId, Status};
use idos_keys::{EncryptionSecret, sealed_box};
use serde::Serialize;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{ClientError, Session, StatusLists, chain::Chains, memory, session::GrantsFilter};

/// The most pages of grants on one data id that are looked at: anybody can write a grant on it to a chain.
const GRANT_PAGES_MAX: usize = 20;

/// A credential or copy, opened and judged.
#[derive(Debug)]
pub struct Opened {
    /// The credential as its issuer signed it.
    pub plaintext: Zeroizing<Vec<u8>>,
    /// What holds and what does not.
    pub judgement: Judgement,
}

/// What holds of a credential and what does not.
#[derive(Debug, Clone, Serialize)]
pub struct Judgement {
    /// Whether every check passed and the status is good. It never is where the caller did not ask whose word counts, and whom it must be about. So what is
    /// self-issued is good only for who trusts that very issuer by name.
    pub good: bool,
    /// Whether the subject issued it to herself: nobody else has checked what it says.
    pub self_issued: bool,
    /// Whom it had to be about, as far as the caller named no subject: who shared it, by the node's word, or whose it is.
    pub held_by: Vec<Account>,
    /// The credential's own checks: proof, issuer, period, subject.
    pub verdict: Verdict,
    /// Whether the public notes at the node are the issuer's and are of this credential.
    pub notes: NotesCheck,
    /// The version of the public notes, if they can be read: remember it, and expect no older one next time.
    pub notes_version: Option<u32>,
    /// What the issuer says of it on chain; `None` if the credential names no status.
    pub status: Option<SeenStatus>,
    /// Why the status is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_unknown: Option<String>,
}

/// A credential's status, as far as it could be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SeenStatus {
    /// It holds.
    Valid,
    /// It does not hold at present.
    Suspended,
    /// It holds no more.
    Revoked,
    /// Nobody answered: it may be revoked.
    Unknown,
}

impl From<Status> for SeenStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Valid => Self::Valid,
            Status::Suspended => Self::Suspended,
            Status::Revoked => Self::Revoked,
        }
    }
}

impl Judgement {
    /// What fails, as stable codes and sentences; empty if [`Judgement::good`].
    pub fn failures(&self) -> Vec<(String, String)> {
        let checks = self.verdict.failures();
        let mut failures: Vec<_> =
            checks.map(|(check, reason)| (format!("{check:?}").to_lowercase(), reason.to_owned())).collect();
        let mut add = |code: &str, reason: &str| failures.push((code.to_owned(), reason.to_owned()));
        for (check, code, reason) in REQUIRED {
            if self.verdict.outcome(check) == Some(&Outcome::NotAsked) {
                add(code, reason);
            }
        }
        match self.notes {
            NotesCheck::Pass => {}
            NotesCheck::Fail => {
                add("notes", "the public notes at the node are not the issuer's for this credential");
            }
            NotesCheck::Outdated => {
                add(
                    "notes_outdated",
                    "the public notes at the node are older than ones that were seen before",
                );
            }
        }
        match self.status {
            None | Some(SeenStatus::Valid) => {}
            Some(SeenStatus::Suspended) => add("status", "the issuer has suspended the credential"),
            Some(SeenStatus::Revoked) => add("status", "the issuer has revoked the credential"),
            Some(SeenStatus::Unknown) => {
                let reason = self.status_unknown.as_deref().unwrap_or_default();
                add("status_unknown", &format!("whether the issuer has revoked it is not known: {reason}"));
            }
        }
        if self.self_issued && self.verdict.outcome(Check::Trust) != Some(&Outcome::Pass) {
            add("self_issued", "its subject says so herself, and nobody else has checked it");
        }
        failures
    }
}

/// What a credential cannot be good without, and what is said where it was not asked.
const REQUIRED: [(Check, &str, &str); 2] = [
    (
        Check::Trust,
        "trust",
        "whose word counts was not asked: name the issuers that you trust, or a request of yours that does",
    ),
    (
        Check::Subject,
        "subject",
        "whom it must be about was not asked: nobody shares it with you, so name its subject",
    ),
];

/// Whether the public notes that the node served belong to the credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotesCheck {
    /// Signed by the issuer, and of this credential.
    Pass,
    /// Not signed by the issuer, or of another credential.
    Fail,
    /// The issuer's, but older than ones that the caller has seen.
    Outdated,
}

/// Whom to ask for a credential's status.
#[derive(Clone, Copy)]
pub enum StatusSource<'a> {
    /// The chain itself, that of the contract which the credential names.
    Chains(&'a dyn Chains),
    /// The node's mirror, on the node's word.
    Node,
    /// A node's signed W3C lists.
    Lists(&'a StatusLists),
}

/// Fetches, decrypts and judges what is stored under `data_id`. `secrets` are the profile's present one, and those of keys that it had before: what was
/// received under one of them stays sealed for it.
pub async fn fetch(
    session: &Session,
    data_id: DataId,
    secrets: &[EncryptionSecret],
    expectations: &Expectations<'_>,
    status_source: StatusSource<'_>,
    now: u64,
) -> Result<Opened, ClientError> {
    let metadata = session.credential(data_id).await?;
    memory::check_same(session.node().memory(), &metadata)?;
    let plaintext = open_as_listed(session, &metadata, secrets).await?;
    let held_by = held_by(session, data_id, expectations).await?;
    let expectations = &Expectations { holders: &held_by, ..*expectations };
    let verdict = verify(&plaintext, now, expectations);
    let notes = check_notes(&metadata, verdict.credential.as_ref(), expectations);
    let (status, status_unknown) = match &verdict.credential {
        Some(credential) => seen_status(status_of(session, credential, status_source).await)?,
        None => (None, None),
    };
    let self_issued = is_self_issued(&metadata, verdict.credential.as_ref());
    let is_asked = REQUIRED.iter().all(|(check, ..)| verdict.outcome(*check) == Some(&Outcome::Pass));
    let good = verdict.is_valid()
        && is_asked
        && notes == NotesCheck::Pass
        && matches!(status, None | Some(SeenStatus::Valid));
    let notes_version = PublicNotes::parse(&metadata.public_notes).ok().map(|notes| notes.version());
    let judgement =
        Judgement { good, self_issued, held_by, verdict, notes, notes_version, status, status_unknown };
    Ok(Opened { plaintext, judgement })
}

/// The accounts of whoever the credential is from: those that the caller expects, or else those whose grants on it stand. A stranger's grant among them makes
/// nothing good that is not about the stranger.
async fn held_by(
    session: &Session,
    data_id: DataId,
    expectations: &Expectations<'_>,
) -> Result<Vec<Account>, ClientError> {
    if expectations.subject.is_some() || !expectations.holders.is_empty() {
        return Ok(expectations.holders.to_vec());
    }
    let filter = GrantsFilter { data_id: Some(data_id), ..GrantsFilter::default() };
    let (mut owners, mut cursor) = (BTreeSet::new(), None::<String>);
    for _ in 0..GRANT_PAGES_MAX {
        let page = session.grants(&filter, cursor.as_deref()).await?;
        let standing = page.grants.iter().filter(|grant| grant.state != GrantState::Revoked);
        owners.extend(standing.map(|grant| grant.owner));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(owners.into_iter().collect())
}

/// Whether the notes say so, signed or not, or the credential's issuer is its subject.
fn is_self_issued(metadata: &idos_api::credentials::Credential, credential: Option<&Credential>) -> bool {
    let notes_say_so = PublicNotes::parse(&metadata.public_notes).is_ok_and(|notes| notes.is_self_issued());
    notes_say_so
        || credential.is_some_and(|credential| credential.subject.as_ref() == Some(&credential.issuer))
}

/// Fetches and decrypts what is stored under `data_id`, and judges nothing of what it says.
pub async fn decrypt(
    session: &Session,
    data_id: DataId,
    secret: &EncryptionSecret,
) -> Result<Zeroizing<Vec<u8>>, ClientError> {
    let metadata = session.credential(data_id).await?;
    open_as_listed(session, &metadata, std::slice::from_ref(secret)).await
}

/// Fetches and decrypts what the node lists, if it is that. The key that it is listed to be sealed for is tried first.
pub(crate) async fn open_as_listed(
    session: &Session,
    metadata: &idos_api::credentials::Credential,
    secrets: &[EncryptionSecret],
) -> Result<Zeroizing<Vec<u8>>, ClientError> {
    let sealed = session.content(metadata.data_id).await?;
    check_content(metadata, &sealed)?;
    let (listed, others): (Vec<_>, Vec<_>) =
        secrets.iter().partition(|secret| secret.public() == metadata.recipient_key);
    let mut candidates = listed.into_iter().chain(others);
    candidates
        .find_map(|secret| sealed_box::open(secret, &sealed.sender, &sealed.content).ok())
        .ok_or(ClientError::Undecryptable)
}

/// Content must be that which is listed: of that size, that digest, sealed with that key.
fn check_content(
    metadata: &idos_api::credentials::Credential,
    sealed: &sealed_box::Sealed,
) -> Result<(), ClientError> {
    if sealed.content.len() as u64 != metadata.size {
        return Err(ClientError::Forged("content of another size than it lists"));
    }
    if hex::encode(Sha256::digest(&sealed.content)) != metadata.content_sha256 {
        return Err(ClientError::Forged("other content than it lists under this data id"));
    }
    if sealed.sender != metadata.sender_key {
        return Err(ClientError::Forged("another sender key than it lists under this data id"));
    }
    Ok(())
}

/// Whoever does not answer keeps nobody from the rest of the verdict; whoever lies does.
fn seen_status(
    asked: Result<Option<Status>, ClientError>,
) -> Result<(Option<SeenStatus>, Option<String>), ClientError> {
    match asked {
        Ok(status) => Ok((status.map(SeenStatus::from), None)),
        Err(error @ (ClientError::Forged(_) | ClientError::SignedOut)) => Err(error),
        Err(error) => Ok((Some(SeenStatus::Unknown), Some(error.to_string()))),
    }
}

async fn status_of(
    session: &Session,
    credential: &Credential,
    source: StatusSource<'_>,
) -> Result<Option<Status>, ClientError> {
    let Some(reference) = credential.status else { return Ok(None) };
    let contract = reference.contract();
    let issuer = Account::new(contract.chain(), reference.issuer());
    let issuer = issuer.map_err(|error| ClientError::Input(error.to_string()))?;
    let status = match source {
        StatusSource::Chains(chains) => {
            let chain = chains.chain(contract.chain()).await?;
            chain
                .credential_status(&contract)?
                .status_of(&issuer, reference.list(), reference.index())
                .await?
        }
        StatusSource::Node => {
            session.status(&contract, &issuer, reference.list(), reference.index()).await?.status
        }
        StatusSource::Lists(lists) => lists.status_of(&reference).await?,
    };
    Ok(Some(status))
}

fn check_notes(
    metadata: &idos_api::credentials::Credential,
    credential: Option<&Credential>,
    expectations: &Expectations<'_>,
) -> NotesCheck {
    let verified = || {
        let notes = PublicNotes::parse(&metadata.public_notes).ok()?;
        let digits = metadata.notes_signature.strip_prefix("0x")?;
        let mut signature = [0; 64];
        hex::decode_to_slice(digits, &mut signature).ok()?;
        verify_notes_by(&notes, &signature, expectations.known_keys).ok()?;
        notes.describe(credential?).then_some(notes.version())
    };
    match verified() {
        Some(version) if version < expectations.min_notes_version => NotesCheck::Outdated,
        Some(_) => NotesCheck::Pass,
        None => NotesCheck::Fail,
    }
}
