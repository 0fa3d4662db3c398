//! What an owner asks the nodes that keep shares of her key: one message for all nodes of the set, signed by one of her wallets.
//!
//! It names the profile, the nodes, what is to be done, its time and a nonce, and the key that answers are sealed to: wherever it is replayed,
//! the answer opens for nobody else.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use idos_grants::{Account, Address};
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    encoding,
    message::{CLOCK_SKEW_SECS, Message, MessageError, check_issued, rfc3339, shown_account},
    node_did::NodeDid,
    node_set::NodeSet,
    share_request_typed_data as typed_data,
    signature::{Signature, SignatureError},
    text::RequestNonce,
    verify::{Proof, Signable, verify},
};

/// For how long a request may stand, in seconds.
pub const MAX_LIFETIME_SECS: u64 = 600;

/// How long after a request's end its nonce is to be remembered: as long as clocks may differ, in seconds.
pub const NONCE_SKEW_SECS: u64 = CLOCK_SKEW_SECS;

/// Whom every request is for, as NEAR wallets show it, and the name of the EIP-712 domain.
pub const RECIPIENT: &str = "idOS key shares";

/// What the nodes are to do. As JSON: `{"name":"store","dealing":"…"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub enum ShareOperation {
    /// Keep a share of a new key. The wallet that signs may ask for it from then on.
    Store {
        /// SHA-256 of the dealing; in JSON 64 hex digits.
        #[serde(with = "encoding::hex32")]
        dealing: [u8; 32],
    },
    /// Send the share, sealed to the reply key.
    Release {},
    /// Let another wallet ask too.
    AddWallet {
        /// Which.
        wallet: Account,
    },
    /// Let a wallet ask no more.
    RemoveWallet {
        /// Which.
        wallet: Account,
    },
    /// Make ready the share of a refreshed dealing; the old one stays until the commit.
    PrepareRefresh {
        /// SHA-256 of the dealing after the refresh; in JSON 64 hex digits.
        #[serde(with = "encoding::hex32")]
        dealing: [u8; 32],
    },
    /// Take up the share that was made ready, and wipe the old one.
    CommitRefresh {
        /// SHA-256 of the dealing after the refresh; in JSON 64 hex digits.
        #[serde(with = "encoding::hex32")]
        dealing: [u8; 32],
    },
    /// Wipe the share, and forget the profile.
    Delete {},
    /// Tell what was asked for this profile, when, and by which wallet.
    Audit {},
}

impl ShareOperation {
    /// Its name in JSON, in metrics and in audit lines.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Store { .. } => "store",
            Self::Release {} => "release",
            Self::AddWallet { .. } => "add_wallet",
            Self::RemoveWallet { .. } => "remove_wallet",
            Self::PrepareRefresh { .. } => "prepare_refresh",
            Self::CommitRefresh { .. } => "commit_refresh",
            Self::Delete {} => "delete",
            Self::Audit {} => "audit",
        }
    }

    /// What it comes to, for the person who signs.
    pub(crate) fn meaning(&self) -> &'static str {
        match self {
            Self::Store { .. } => {
                "Split your new idOS key among the nodes below. This wallet will get it back from them. Sign only if you have \
                 just made this key. It costs nothing."
            }
            Self::Release {} => {
                "Hand my idOS key to whoever holds the reply key below. Whoever gets it can read everything stored for you. Sign \
                 only on a device that you trust. It costs nothing."
            }
            Self::AddWallet { .. } => {
                "Let one more wallet get your idOS key from the nodes below. Sign only if the wallet is yours. It costs nothing."
            }
            Self::RemoveWallet { .. } => {
                "Let a wallet get your idOS key no more. Keep another one: without a wallet nobody brings your key back. It costs \
                 nothing."
            }
            Self::PrepareRefresh { .. } => {
                "First of two steps to new shares of the same idOS key: old ones stay good until the second. It costs nothing."
            }
            Self::CommitRefresh { .. } => {
                "Second of two steps to new shares of the same idOS key: old ones are wiped. It costs nothing."
            }
            Self::Delete {} => {
                "Wipe the shares of your idOS key. Without a copy of it everything stored for you is lost. It costs nothing."
            }
            Self::Audit {} => "Show me who asked for shares of my idOS key, and when. It costs nothing.",
        }
    }

    /// What it is about, beside the profile.
    fn subject(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Store { dealing } | Self::PrepareRefresh { dealing } | Self::CommitRefresh { dealing } => {
                Some(("Dealing", hex::encode(dealing)))
            }
            Self::AddWallet { wallet } | Self::RemoveWallet { wallet } => {
                Some(("Wallet", shown_account(wallet)))
            }
            Self::Release {} | Self::Delete {} | Self::Audit {} => None,
        }
    }
}

/// Whose shares: every account may have some stored for a profile, and the owner's are those that her key statement's account stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharesOf {
    /// For whose key.
    pub profile_id: Uuid,
    /// By whose signature.
    pub stored_by: Account,
}

/// One request to all nodes of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareRequest {
    /// What is to be done.
    pub operation: ShareOperation,
    /// With whose key.
    pub profile_id: Uuid,
    /// The wallet that signs.
    pub account: Account,
    /// The account whose signature stored the shares: that of the profile's key statement. It tells the owner's shares from those that a stranger
    /// stored under her profile's id.
    pub stored_by: Account,
    /// By whom.
    pub node_set: NodeSet,
    /// The X25519 key that answers are sealed to, made for this request; in JSON standard base64.
    #[serde(with = "encoding::base64_32")]
    pub reply_key: [u8; 32],
    /// For one use.
    pub nonce: RequestNonce,
    /// Unix seconds.
    pub issued_at: u64,
    /// Unix seconds: from then on it does not count.
    pub expires_at: u64,
}

impl ShareRequest {
    /// A request of `now`, with a fresh nonce, for as long as one may stand.
    pub fn new(
        operation: ShareOperation,
        shares: SharesOf,
        account: Account,
        node_set: NodeSet,
        reply_key: [u8; 32],
        now: u64,
        rng: &mut impl CryptoRngCore,
    ) -> Self {
        let (nonce, expires_at) = (RequestNonce::fresh(rng), now.saturating_add(MAX_LIFETIME_SECS));
        let SharesOf { profile_id, stored_by } = shares;
        Self {
            operation,
            profile_id,
            account,
            stored_by,
            node_set,
            reply_key,
            nonce,
            issued_at: now,
            expires_at,
        }
    }

    /// Whose shares it is about.
    pub fn shares(&self) -> SharesOf {
        SharesOf { profile_id: self.profile_id, stored_by: self.stored_by }
    }

    /// What the wallet signs: typed data (EIP-712) on EVM, else a text.
    ///
    /// # Errors
    /// If a time cannot be written.
    pub fn signable(&self) -> Result<Signable, MessageError> {
        match self.account.address() {
            Address::Evm(_) => typed_data::digest(self).map(Signable::TypedData),
            Address::Near(_) | Address::Stellar(_) | Address::Xrpl(_) => {
                Ok(Message::new(self.text()?, RECIPIENT).into())
            }
        }
    }

    fn text(&self) -> Result<String, MessageError> {
        let subject = self.operation.subject().map(|(name, value)| format!("{name}: {value}\n"));
        let hosts = self.node_set.hosts().iter().map(ToString::to_string).collect::<Vec<_>>();
        Ok(format!(
            "idOS key shares: {name}\n\
             \n\
             {meaning}\n\
             \n\
             Profile: {profile_id}\n\
             Account: {account}\n\
             Stored By: {stored_by}\n\
             {subject}\
             Required: {threshold} of {count} nodes\n\
             Nodes: {hosts}\n\
             Node Set: {set}\n\
             Reply Key: {reply_key}\n\
             Nonce: {nonce}\n\
             Issued At: {issued_at}\n\
             Expiration Time: {expires_at}",
            name = self.operation.name().replace('_', " "),
            meaning = self.operation.meaning(),
            profile_id = self.profile_id,
            account = shown_account(&self.account),
            stored_by = shown_account(&self.stored_by),
            subject = subject.unwrap_or_default(),
            threshold = self.node_set.threshold(),
            count = self.node_set.node_count(),
            hosts = hosts.join(", "),
            set = hex::encode(self.node_set.digest()),
            reply_key = STANDARD.encode(self.reply_key),
            nonce = self.nonce,
            issued_at = rfc3339(self.issued_at)?,
            expires_at = rfc3339(self.expires_at)?,
        ))
    }

    /// Whether it counts at `now`, at the node `did`: gives the node's index in the set. The nonce is for the caller to check and use up, and to
    /// remember until [`NONCE_SKEW_SECS`] after the request's end.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn check(&self, now: u64, did: &NodeDid) -> Result<u8, ShareRequestError> {
        let index = self.node_set.index_of(did).ok_or(ShareRequestError::OtherNodes)?;
        if matches!(self.operation, ShareOperation::Store { .. }) && self.stored_by != self.account {
            return Err(ShareRequestError::OtherStorer);
        }
        match self.expires_at.checked_sub(self.issued_at) {
            Some(1..=MAX_LIFETIME_SECS) => {}
            _ => return Err(MessageError::WrongLifetime.into()),
        }
        check_issued(self.issued_at, now)?;
        if now >= self.expires_at { Err(MessageError::Expired.into()) } else { Ok(index) }
    }
}

/// Why a request does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShareRequestError {
    /// The node is not one of those that the request names.
    #[error("the request is for other nodes: sign one whose set names this node's DID")]
    OtherNodes,
    /// Shares are stored in another's name.
    #[error("shares are stored by the account that signs: stored_by is another one")]
    OtherStorer,
    /// Its time.
    #[error(transparent)]
    Time(#[from] MessageError),
}

/// A request and its signature: what is sent to every node, and what a node keeps beside a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedShareRequest {
    /// What was signed.
    pub request: ShareRequest,
    /// By [`ShareRequest::account`].
    pub signature: Signature,
}

impl SignedShareRequest {
    /// What the signature comes to: a wallet, or a question to its chain.
    ///
    /// # Errors
    /// If it cannot be the account's.
    pub fn proof(&self) -> Result<Proof, SignatureError> {
        let signable = self.request.signable().map_err(|_| SignatureError::OtherSigner)?;
        verify(&self.request.account, &signable, self.signature.as_bytes())
    }
}
