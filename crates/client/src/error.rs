//! What can go wrong for a client.

use idos_api::{ErrorCode, ErrorDetail};
use idos_grants::{Account, DataId};

use crate::{
    audit::AuditFault, chain::ChainError, issuer::JournalError, key_shares::KeySharesError,
    owner::archive::ArchiveError,
};

/// Why a client could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The node refused.
    #[error("{}", .detail.message)]
    Node {
        /// The HTTP status.
        status: u16,
        /// Code, sentence and request id.
        detail: Box<ErrorDetail>,
    },
    /// The node does not answer, or not as a node does.
    #[error("the node at {url} does not answer as an idOS node: {reason}")]
    Transport {
        /// The node's address.
        url: String,
        /// What happened.
        reason: String,
    },
    /// A relay does not answer, or not as a relay does.
    #[error("the relay at {url} does not answer as an idOS relay: {reason}")]
    RelayUnreachable {
        /// The relay's address.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The chain refused or failed.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// Something that the node served does not hold: it, or somebody on the way, is wrong or hostile.
    #[error("the node served something that does not verify: {0}")]
    Forged(&'static str),
    /// The node's audit log of the caller is not the one that it was, or not of one piece.
    #[error("the node removed or changed lines of your audit log: {0}")]
    AuditLog(#[from] AuditFault),
    /// The profile's key statement names a way from password to key that this client does not go.
    #[error("the key statement's way from password to key is refused: {0}")]
    KdfRefused(String),
    /// The password or key does not open this profile's content.
    #[error("this password or key is not the one of the profile's key statement: check it and try again")]
    WrongKey,
    /// A new password that is too easily guessed.
    #[error(
        "this password is too easily guessed (strength {strength}; 3 is required): take four or more words that do not belong together. {advice}"
    )]
    WeakPassword {
        /// The judgement.
        strength: String,
        /// What is wrong with it.
        advice: String,
    },
    /// Content that does not open.
    #[error(
        "the content does not open with this key: it is damaged, or sealed for somebody else, or for a key that you had before"
    )]
    Undecryptable,
    /// An archive that cannot be read or written, or is not of the form.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// Something in the caller's input is not usable.
    #[error("{0}")]
    Input(String),
    /// A copy is sealed for somebody else; only the original can be shared again.
    #[error("this is a copy that is sealed for somebody else: share its original, {original}")]
    CopyOfCopy {
        /// The copy's original.
        original: DataId,
    },
    /// The issuer is a web site that the caller has not named.
    #[error("{issuer} is a web site, which is asked for its keys only if you name it: say --issuer {issuer}")]
    IssuerUnasked {
        /// Its DID.
        issuer: String,
    },
    /// The site of an issuer does not state its keys.
    #[error("the issuer's DID document at {url} cannot be used: {reason}")]
    DidDocument {
        /// Where it should be.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The issuer's journal cannot be used, or says no.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The profile has no encryption key.
    #[error("the profile has no encryption key yet: state one first")]
    NoEncryptionKey,
    /// The profile's key is stated by an account that may or may not be the caller's.
    #[error(
        "your key is stated by {account}, whose wallet is not in this folder: if it is yours, say so once with `idos key recover --stated-by {account}`; if you do not know it, the node is hostile"
    )]
    StatedElsewhere {
        /// By whom.
        account: Account,
    },
    /// The key that is shared among nodes is not there, or not changed.
    #[error(transparent)]
    KeyShares(#[from] KeySharesError),
    /// There is no session, or it has ended.
    #[error("you are not signed in, or the session has ended: sign in again")]
    SignedOut,
}

impl ClientError {
    /// The error's stable code.
    pub fn code(&self) -> String {
        match self {
            Self::Node { detail, .. } => code_text(detail.code),
            Self::Transport { .. } => "node_unavailable".into(),
            Self::RelayUnreachable { .. } => "relay_unreachable".into(),
            Self::Chain(error) => error.code().into(),
            Self::Forged(_) => "forged".into(),
            Self::AuditLog(_) => "audit_log_altered".into(),
            Self::KdfRefused(_) => "kdf_refused".into(),
            Self::WrongKey => "wrong_key".into(),
            Self::WeakPassword { .. } => "weak_password".into(),
            Self::Undecryptable => "undecryptable".into(),
            Self::Archive(_) => "archive_invalid".into(),
            Self::Input(_) => "malformed".into(),
            Self::CopyOfCopy { .. } => code_text(ErrorCode::CopyOfCopy),
            Self::IssuerUnasked { .. } => "issuer_unknown".into(),
            Self::DidDocument { .. } => "did_document_unusable".into(),
            Self::Journal(JournalError::Pending { .. }) => "issuance_pending".into(),
            Self::Journal(JournalError::Unknown { .. }) => code_text(ErrorCode::NotFound),
            Self::Journal(_) => "journal_unusable".into(),
            Self::NoEncryptionKey => "no_encryption_key".into(),
            Self::StatedElsewhere { .. } => "key_stated_elsewhere".into(),
            Self::KeyShares(error) => error.code().into(),
            Self::SignedOut => "signed_out".into(),
        }
    }

    /// The node's code, if it was the node that refused.
    pub fn node_code(&self) -> Option<ErrorCode> {
        match self {
            Self::Node { detail, .. } => Some(detail.code),
            _ => None,
        }
    }
}

fn code_text(code: ErrorCode) -> String {
    serde_json::to_value(code).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
