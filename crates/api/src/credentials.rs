//! Credentials and copies. The node sees ciphertext, public notes and keys' public halves.

use idos_grants::{Account, DataId};
use idos_keys::EncryptionKey;
use idos_wallets::{Signature, WriteGrant};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::grants::GrantState;

/// Header of a content answer: the ephemeral X25519 key that the content was sealed with, standard base64.
pub const SENDER_KEY_HEADER: &str = "idos-sender-key";

/// Answer of `PUT /v1/uploads/{sha256}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Upload {
    /// SHA-256 of the content, 64 hex digits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
    /// In bytes.
    pub size: u64,
    /// The content is dropped then, unless a credential or copy has taken it.
    pub expires_at: u64,
}

/// Content that was uploaded, and for whom it is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SealedContent {
    /// The id to store it under: 32 fresh random bytes.
    #[schema(value_type = String, pattern = "^0x[0-9a-f]{64}$", example = "0x6b8f…")]
    pub data_id: DataId,
    /// Which upload.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub content_sha256: String,
    /// The ephemeral key that it was sealed with.
    #[schema(value_type = String, pattern = "^[0-9A-Za-z+/]{43}=$")]
    pub sender_key: EncryptionKey,
    /// The encryption key that it was sealed for.
    #[schema(value_type = String, pattern = "^[0-9A-Za-z+/]{43}=$")]
    pub recipient_key: EncryptionKey,
}

/// `POST /v1/credentials`: an original, by its owner or by an issuer with her write grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCredential {
    /// The encrypted credential.
    pub content: SealedContent,
    /// Readable metadata: a JSON object as text, signed as it stands.
    pub public_notes: String,
    /// The issuer's Ed25519 signature over the notes, `0x` hex.
    #[schema(pattern = "^0x[0-9a-f]{128}$")]
    pub notes_signature: String,
    /// The issuer's `did:key`, or `did:web`.
    pub issuer: String,
    /// The `did:key` of the key that signed the notes, where the issuer is a web site and the caller stores into her own profile. The node asks no
    /// site: that the key is the site's is for readers to find out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes_key: Option<String>,
    /// Needed unless the caller stores into her own profile.
    #[serde(default)]
    pub consent: Option<Consent>,
}

/// An owner's consent to one write by an issuer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Whose profile the credential goes into.
    pub profile_id: Uuid,
    /// What she signed.
    pub write_grant: SignedWriteGrant,
    /// The issuer's own copy, if it keeps one; under the write grant's `data_id`.
    #[serde(default)]
    pub issuer_copy: Option<SealedContent>,
}

/// A delegated write grant and its owner's signature (EIP-712).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedWriteGrant {
    /// The access-grants contract that the signature is bound to.
    #[schema(value_type = String)]
    pub contract: Account,
    /// What she signed: `owner`, `grantee`, `issuer_key`, `credential_id`, `data_id`, `locked_until`, `not_before`,
    /// `not_after`, `nonce`.
    #[schema(value_type = crate::messages::WriteGrantFields)]
    pub write_grant: WriteGrant,
    /// The owner's signature, `0x` hex.
    #[schema(value_type = String, pattern = "^0x[0-9a-f]+$")]
    pub signature: Signature,
}

/// `POST /v1/credentials/{data_id}/copies`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCopy {
    /// The copy, sealed for the grantee.
    pub content: SealedContent,
    /// The profile whose key it is sealed for: kept for the owner, who sees it again in [`Credential::shared_with`].
    #[serde(default)]
    pub shared_with: Option<Uuid>,
}

/// `PUT /v1/credentials/{data_id}/public-notes`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPublicNotes {
    /// The new notes: as before, but for the free fields and a `version` that is one more.
    pub public_notes: String,
    /// The issuer's Ed25519 signature over the notes, `0x` hex.
    pub notes_signature: String,
}

/// Answer of `PUT /v1/credentials/{data_id}/public-notes`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RenewedNotes {
    /// The original.
    #[schema(value_type = String)]
    pub data_id: DataId,
    /// The notes' version from now on.
    pub version: u32,
}

/// What an issuer stored for somebody with her consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Issuance {
    /// The original. Whether its owner still keeps it is not said.
    #[schema(value_type = String)]
    pub data_id: DataId,
    /// The issuer's own copy, if it keeps one.
    #[schema(value_type = Option<String>)]
    pub copy_data_id: Option<DataId>,
    /// The access-grants contract of the write grant.
    #[schema(value_type = Option<String>)]
    pub contract: Option<Account>,
    /// The owner's account that consented.
    #[schema(value_type = Option<String>)]
    pub owner: Option<Account>,
    /// The issuer's account that the grant is to.
    #[schema(value_type = Option<String>)]
    pub grantee: Option<Account>,
    /// The timelock of the issuer's grant; 0 = none.
    pub locked_until: u64,
    /// How the issuer's grant on its copy stands; `null` if it was never seen on chain.
    pub grant: Option<GrantState>,
    /// The public notes as they are now; `null` if nothing is left of original and copies.
    pub public_notes: Option<String>,
    /// The issuer's signature over the notes, `0x` hex.
    pub notes_signature: Option<String>,
    /// When it was stored.
    pub created_at: u64,
}

/// Answer of `GET /v1/issuances`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IssuancePage {
    /// What the caller stored for others, newest first.
    pub issuances: Vec<Issuance>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

/// `PUT /v1/credentials/{data_id}/content`: an original's content, sealed anew by its owner for the key that her profile states now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContent {
    /// SHA-256 of the content that it takes the place of.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub replaces: String,
    /// Which upload.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub content_sha256: String,
    /// The ephemeral key that it was sealed with.
    #[schema(value_type = String, pattern = "^[0-9A-Za-z+/]{43}=$")]
    pub sender_key: EncryptionKey,
    /// The encryption key that it was sealed for: the one that the profile states.
    #[schema(value_type = String, pattern = "^[0-9A-Za-z+/]{43}=$")]
    pub recipient_key: EncryptionKey,
}

/// What the node knows of a credential or copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Credential {
    /// Its id.
    #[schema(value_type = String, pattern = "^0x[0-9a-f]{64}$")]
    pub data_id: DataId,
    /// Whose it is.
    pub profile_id: Uuid,
    /// For a copy: the original, as long as the owner asks; a grantee does not see it.
    #[schema(value_type = Option<String>, pattern = "^0x[0-9a-f]{64}$")]
    pub original: Option<DataId>,
    /// For a copy: the profile that the owner noted when she shared it; only she sees it.
    #[serde(default)]
    pub shared_with: Option<Uuid>,
    /// Readable metadata, as the issuer signed it.
    pub public_notes: String,
    /// The issuer's signature over the notes, `0x` hex.
    #[schema(pattern = "^0x[0-9a-f]{128}$")]
    pub notes_signature: String,
    /// The issuer's `did:key`.
    pub issuer: String,
    /// SHA-256 of the encrypted content, 64 hex digits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub content_sha256: String,
    /// Bytes of encrypted content.
    pub size: u64,
    /// The ephemeral key that it was sealed with.
    #[schema(value_type = String, pattern = "^[0-9A-Za-z+/]{43}=$")]
    pub sender_key: EncryptionKey,
    /// The encryption key that it was sealed for.
    #[schema(value_type = String, pattern = "^[0-9A-Za-z+/]{43}=$")]
    pub recipient_key: EncryptionKey,
    /// When it was stored.
    pub created_at: u64,
}

/// Answer of `GET /v1/credentials`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CredentialPage {
    /// Originals and copies of the caller's profile, oldest first.
    pub credentials: Vec<Credential>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

/// Answer of `DELETE /v1/credentials/{data_id}`: what is gone, signed by the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeletionReceipt {
    /// What was deleted.
    pub receipt: Deletion,
    /// The node's `did:key`.
    pub node: String,
    /// The node's Ed25519 signature over `receipt_text`, `0x` hex.
    pub signature: String,
    /// The exact text that is signed.
    pub receipt_text: String,
}

/// Why something was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeletionReason {
    /// Its owner asked for it.
    Asked,
    /// Its owner deleted the whole profile.
    ProfileDeleted,
    /// A copy: every grant on it was revoked, finally.
    GrantsRevoked,
    /// A copy: whom it was granted to gave it up, and nobody else had a grant.
    Rescinded,
}

/// A receipt, and why there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeptReceipt {
    /// Why it was deleted.
    pub reason: DeletionReason,
    /// What was deleted.
    pub receipt: DeletionReceipt,
}

/// Answer of `GET /v1/receipts`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceiptPage {
    /// What was deleted of the caller's, oldest first.
    pub receipts: Vec<KeptReceipt>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

/// One deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Deletion {
    /// What was deleted.
    #[schema(value_type = String, pattern = "^0x[0-9a-f]{64}$")]
    pub data_id: DataId,
    /// Whose it was.
    pub profile_id: Uuid,
    /// SHA-256 of the ciphertext that is gone, 64 hex digits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub content_sha256: String,
    /// When.
    pub deleted_at: u64,
}

impl Deletion {
    /// What the node that is called `node` signs.
    pub fn text(&self, node: &str) -> String {
        let Self { data_id, profile_id, content_sha256, deleted_at } = self;
        format!(
            "idOS deletion receipt v1\nNode: {node}\nData id: {data_id}\nProfile: {profile_id}\nContent SHA-256: {content_sha256}\nDeleted at: {deleted_at}\n"
        )
    }
}
