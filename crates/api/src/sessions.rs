//! Signing in: a wallet signs one message that names a session key; the session key signs every later request.

use idos_keys::EncryptionKey;
use idos_wallets::{SignIn, Signature};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Answer of `POST /v1/sign-in/challenges`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Challenge {
    /// To be named in one signed message.
    pub nonce: String,
    /// The host to be named in it.
    pub domain: String,
    /// Until when the nonce stands.
    pub expires_at: u64,
}

/// `POST /v1/sessions`: the fields of the message that the wallet signed. The node renders the message from them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// The message's fields: `domain`, `account`, `uri`, `nonce`, `issued_at`, `expires_at`, `session_key`.
    #[schema(value_type = crate::messages::SignInFields)]
    pub sign_in: SignIn,
    /// The wallet's signature, `0x` hex.
    #[schema(value_type = String, pattern = "^0x[0-9a-f]+$")]
    pub signature: Signature,
}

/// Answer of `POST /v1/sessions`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// The `keyid` of request signatures.
    pub session_id: String,
    /// When it ends.
    pub expires_at: u64,
    /// The profile of the wallet, if it has one.
    pub profile_id: Option<Uuid>,
}

/// `POST /v1/session/read-key`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReadKey {
    /// The client's ephemeral X25519 key.
    #[schema(value_type = String, pattern = "^[0-9A-Za-z+/]{43}=$")]
    pub client_key: EncryptionKey,
}

/// Answer of `POST /v1/session/read-key`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadKey {
    /// The node's ephemeral X25519 key.
    #[schema(value_type = String, pattern = "^[0-9A-Za-z+/]{43}=$")]
    pub node_key: EncryptionKey,
    /// Until when the node remembers the read key, at most.
    pub expires_at: u64,
}
