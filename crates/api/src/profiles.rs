//! Profiles, their wallets, and the statement of their encryption key.

use idos_grants::{Account, DataId};
use idos_wallets::{
    KeyStatement, NodeSet, ProfileConsent, Signature, SigningKeyStatement, Wallet, WalletLink,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Answer of `GET /v1/profile`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProfileAnswer {
    /// The profile of the session's wallet; none is an ordinary answer.
    pub profile: Option<Profile>,
}

/// A person's, an issuer's or a consumer's profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Profile {
    /// UUIDv4; also the salt of a password-derived key.
    pub id: Uuid,
    /// The wallets that sign in to it: `eip155:0x…` for a key that counts on every chain of its family,
    /// `eip155:1:0x…` for a contract wallet.
    #[schema(value_type = Vec<String>)]
    pub wallets: Vec<Wallet>,
    /// The encryption key, as a wallet stated it.
    pub key_statement: Option<SignedKeyStatement>,
    /// The key that it signs credentials with in the name of a web site, as a wallet stated it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_key: Option<SignedSigningKeyStatement>,
    /// When it was made.
    pub created_at: u64,
}

/// A profile's encryption key in a message signed by one of its wallets, so that a node cannot swap it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedKeyStatement {
    /// What it says: `profile_id`, `account`, `encryption_key`, `kdf`, `version`, `issued_at`.
    #[schema(value_type = crate::messages::KeyStatementFields)]
    pub statement: KeyStatement,
    /// The wallet's signature, `0x` hex.
    #[schema(value_type = String, pattern = "^0x[0-9a-f]+$")]
    pub signature: Signature,
    /// The nodes that a key with the origin `mpc v1 …` is shared among, for an owner who has nothing left but a wallet. Their digest is in the signed statement,
    /// so the node that keeps them cannot name others. Only the owner is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub node_set: Option<NodeSet>,
}

impl SignedKeyStatement {
    /// Whether the nodes that stand beside the statement, if any do, are those that it names.
    pub fn names_its_nodes(&self) -> bool {
        let shared = self.statement.shared_key();
        self.node_set.as_ref().is_none_or(|set| shared.is_some_and(|shared| shared.is_among(set)))
    }
}

/// `PUT /v1/profile/signing-key`: the key that a profile signs credentials with, in a message signed by one of its wallets. Needed where the issuer is
/// named by `did:web`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedSigningKeyStatement {
    /// What it says: `profile_id`, `account`, `issuer`, `signing_key`, `version`, `issued_at`.
    #[schema(value_type = Object)]
    pub statement: SigningKeyStatement,
    /// The wallet's signature, `0x` hex.
    #[schema(value_type = String)]
    pub signature: Signature,
}

/// `POST /v1/profile`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProfile {
    /// A fresh UUIDv4.
    pub profile_id: Uuid,
    /// The encryption key; may follow later.
    #[serde(default)]
    pub key_statement: Option<SignedKeyStatement>,
}

/// `POST /v1/profile/wallets`: the fields of the message that the new wallet signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWallet {
    /// The message's fields: `domain`, `profile_id`, `account`, `nonce`, `issued_at`.
    #[schema(value_type = crate::messages::WalletLinkFields)]
    pub link: WalletLink,
    /// The new wallet's signature, `0x` hex.
    #[schema(value_type = String, pattern = "^0x[0-9a-f]+$")]
    pub signature: Signature,
}

/// `POST /v1/profiles`: an issuer makes a profile for a person who consented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProfileFor {
    /// The fields of the message that the person's wallet signed: `domain`, `profile_id`, `account`, `encryption_key`, `kdf`, `issuer`,
    /// `nonce`, `issued_at`, `expires_at`.
    #[schema(value_type = crate::messages::ProfileConsentFields)]
    pub consent: ProfileConsent,
    /// The wallet's signature over it, `0x` hex.
    #[schema(value_type = String, pattern = "^0x[0-9a-f]+$")]
    pub signature: Signature,
    /// The statement of the same key, signed by the same wallet.
    pub key_statement: SignedKeyStatement,
    /// The Ed25519 signature of the issuer that the consent names, `0x` hex: over `idos profile consent v1`, a line feed, and the SHA-256
    /// of the text that the wallet signed.
    #[schema(pattern = "^0x[0-9a-f]{128}$")]
    pub issuer_signature: String,
}

/// Answer of `POST /v1/profiles`: the profile as the issuer made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProfileFor {
    /// Its id.
    pub profile_id: Uuid,
    /// Whose wallet opens it.
    #[schema(value_type = String)]
    pub account: Account,
    /// When it was made.
    pub created_at: u64,
}

/// Answer of `GET /v1/profile/key-statements`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyStatementPage {
    /// The profile's key statements, the present one first.
    pub key_statements: Vec<SignedKeyStatement>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

/// Answer of `DELETE /v1/profile`: what is gone, signed by the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProfileDeletionReceipt {
    /// What was deleted.
    pub receipt: ProfileDeletion,
    /// The node's `did:key`.
    pub node: String,
    /// The node's Ed25519 signature over `receipt_text`, `0x` hex.
    pub signature: String,
    /// The exact text that is signed.
    pub receipt_text: String,
}

/// The deletion of a profile with everything in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProfileDeletion {
    /// Which profile. No other ever has its id.
    pub profile_id: Uuid,
    /// When.
    pub deleted_at: u64,
    /// Every credential and copy that it held.
    pub contents: Vec<DeletedContent>,
    /// How much else it had.
    pub counts: DeletedCounts,
}

impl ProfileDeletion {
    /// What the node that is called `node` signs.
    pub fn text(&self, node: &str) -> String {
        let Self { profile_id, deleted_at, contents, counts } = self;
        let DeletedCounts { wallets, key_statements, uploads, reads } = counts;
        let mut text = format!(
            "idOS profile deletion receipt v1\nNode: {node}\nProfile: {profile_id}\nDeleted at: {deleted_at}\nWallets: {wallets}\n\
             Key statements: {key_statements}\nUploads: {uploads}\nReads: {reads}\nCredentials and copies: {}\n",
            contents.len()
        );
        for DeletedContent { data_id, content_sha256 } in contents {
            text.push_str(&format!("{data_id} {content_sha256}\n"));
        }
        text
    }
}

/// One credential or copy of a deleted profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeletedContent {
    /// Its id.
    #[schema(value_type = String)]
    pub data_id: DataId,
    /// SHA-256 of the ciphertext that is gone, 64 hex digits.
    pub content_sha256: String,
}

/// How much went with a profile, beside its credentials and copies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeletedCounts {
    /// Wallets, which may make another profile.
    pub wallets: u64,
    /// Statements of its encryption keys.
    pub key_statements: u64,
    /// Content that was uploaded and not stored.
    pub uploads: u64,
    /// Lines of its audit log: reads of its data by others.
    pub reads: u64,
}
