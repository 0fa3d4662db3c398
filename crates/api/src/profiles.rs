//! Profiles, their wallets, and the statement of their encryption key.

use idos_wallets::{KeyStatement, Signature, Wallet, WalletLink};
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
