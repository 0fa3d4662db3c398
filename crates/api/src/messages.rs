//! The fields of the messages that wallets sign, for the OpenAPI document only: the messages themselves are in `idos_wallets`.

use utoipa::ToSchema;
use uuid::Uuid;

/// The fields of a sign-in.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInFields {
    /// The host of the node, as its challenge states it.
    #[schema(max_length = 255)]
    pub domain: String,
    /// Who signs (CAIP-10).
    pub account: String,
    /// What is signed in to.
    #[schema(max_length = 512)]
    pub uri: String,
    /// From a challenge.
    #[schema(pattern = "^[0-9A-Za-z]{8,64}$")]
    pub nonce: String,
    /// Unix seconds.
    pub issued_at: u64,
    /// Unix seconds: from then on the session is over.
    pub expires_at: u64,
    /// The session's Ed25519 public key.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub session_key: String,
}

/// The fields of a key statement.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyStatementFields {
    /// Whose key.
    pub profile_id: Uuid,
    /// The wallet that signs (CAIP-10).
    pub account: String,
    /// The X25519 public key.
    #[schema(pattern = "^[0-9A-Za-z+/]{43}=$")]
    pub encryption_key: String,
    /// How the key follows from a password, as JSON text; empty if it is random.
    #[schema(max_length = 100)]
    pub kdf: String,
    /// 1, and one more for each statement that replaces another.
    #[schema(minimum = 1)]
    pub version: u32,
    /// Unix seconds.
    pub issued_at: u64,
}

/// The fields of a wallet link.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WalletLinkFields {
    /// The host of the node, as its challenge states it.
    #[schema(max_length = 255)]
    pub domain: String,
    /// The profile that the wallet will open.
    pub profile_id: Uuid,
    /// The wallet to link, which signs (CAIP-10).
    pub account: String,
    /// From a challenge.
    #[schema(pattern = "^[0-9A-Za-z]{8,64}$")]
    pub nonce: String,
    /// Unix seconds.
    pub issued_at: u64,
}

/// The fields of a consent to a profile.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileConsentFields {
    /// The host of the node, as `GET /v1/node` states it.
    #[schema(max_length = 255)]
    pub domain: String,
    /// The profile's id to be: a fresh UUIDv4.
    pub profile_id: Uuid,
    /// The wallet that will open the profile, which signs (CAIP-10).
    pub account: String,
    /// The X25519 public key of the profile.
    #[schema(pattern = "^[0-9A-Za-z+/]{43}=$")]
    pub encryption_key: String,
    /// How the key follows from a password, as JSON text; empty if it is random.
    #[schema(max_length = 100)]
    pub kdf: String,
    /// Who may make the profile.
    #[schema(pattern = "^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}$")]
    pub issuer: String,
    /// Fresh and random, by whoever signs.
    #[schema(pattern = "^[0-9A-Za-z]{8,64}$")]
    pub nonce: String,
    /// Unix seconds.
    pub issued_at: u64,
    /// Unix seconds: from then on it cannot be used; at most a day later.
    pub expires_at: u64,
}

/// The fields of a delegated write grant.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteGrantFields {
    /// Who signs, and whose profile the credential goes into (CAIP-10).
    pub owner: String,
    /// The issuer's account (CAIP-10).
    pub grantee: String,
    /// The issuer's Ed25519 signing key.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub issuer_key: String,
    /// The data id of the original.
    #[schema(pattern = "^0x[0-9a-f]{64}$")]
    pub credential_id: String,
    /// The data id of the issuer's copy, and of the grant.
    #[schema(pattern = "^0x[0-9a-f]{64}$")]
    pub data_id: String,
    /// The timelock of the issuer's grant, in Unix seconds; 0 for none.
    pub locked_until: u64,
    /// Unix seconds: the first second of use.
    pub not_before: u64,
    /// Unix seconds: the last second of use.
    pub not_after: u64,
    /// The owner's nonce in the contract.
    #[schema(pattern = "^0x[0-9a-f]{64}$")]
    pub nonce: String,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use idos_wallets::{KeyStatement, ProfileConsent, SignIn, WalletLink, WriteGrant};
    use serde::{Serialize, de::DeserializeOwned};
    use serde_json::{Value, json};
    use utoipa::PartialSchema;

    use super::*;

    const ACCOUNT: &str = "eip155:1:0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f";
    const NODE: &str = "node.example.com";
    const NONCE: &str = "0123456789abcdef";
    const PROFILE: &str = "9f51b3b2-4cbe-4c2b-8ea3-0b0c1b2f1a11";

    /// The message takes exactly the fields that are documented.
    fn compare<Message: Serialize + DeserializeOwned, Fields: PartialSchema>(message: Value) {
        let message = serde_json::to_value(serde_json::from_value::<Message>(message).unwrap()).unwrap();
        let schema = serde_json::to_value(Fields::schema()).unwrap();
        let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(&message), names(&schema["properties"]));
    }

    #[test]
    fn what_is_documented_of_a_message_is_what_it_holds() {
        let word = format!("0x{}", "ab".repeat(32));
        compare::<SignIn, SignInFields>(
            json!({"domain": NODE, "account": ACCOUNT, "uri": "https://node.example.com/", "nonce": NONCE,
            "issued_at": 1, "expires_at": 2, "session_key": "ab".repeat(32)}),
        );
        compare::<KeyStatement, KeyStatementFields>(
            json!({"profile_id": PROFILE, "account": ACCOUNT, "kdf": "", "version": 1,
            "encryption_key": "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=", "issued_at": 1}),
        );
        compare::<WalletLink, WalletLinkFields>(
            json!({"domain": NODE, "profile_id": PROFILE, "account": ACCOUNT, "nonce": NONCE, "issued_at": 1}),
        );
        compare::<ProfileConsent, ProfileConsentFields>(
            json!({"domain": NODE, "profile_id": PROFILE, "account": ACCOUNT, "kdf": "",
            "encryption_key": "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=", "nonce": NONCE, "issued_at": 1, "expires_at": 2,
            "issuer": "did:key:z6MksWSZwGdEsgJXGWnRHrbRwjkrt87vvLDtww7T846EJnat"}),
        );
        compare::<WriteGrant, WriteGrantFields>(
            json!({"owner": ACCOUNT, "grantee": ACCOUNT, "issuer_key": "ab".repeat(32),
            "credential_id": word, "data_id": word, "locked_until": 0, "not_before": 0, "not_after": 1, "nonce": word}),
        );
    }
}

/// A request to key-share nodes and its signature.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedShareRequestFields {
    /// What was signed: typed data (EIP-712) on EVM, else a text.
    pub request: ShareRequestFields,
    /// By the request's account, `0x` hex.
    #[schema(pattern = "^0x[0-9a-f]+$")]
    pub signature: String,
}

/// The fields of a request to all key-share nodes of a set.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareRequestFields {
    /// `{"name": …}`: `store`, `release`, `add_wallet`, `remove_wallet`, `prepare_refresh`, `commit_refresh`, `delete` or `audit`; with the
    /// `dealing`'s digest or the `wallet` where there is one.
    #[schema(value_type = Object)]
    pub operation: serde_json::Value,
    /// Whose key.
    pub profile_id: Uuid,
    /// The wallet that signs (CAIP-10).
    pub account: String,
    /// The account whose signature stored the shares (CAIP-10): that of the profile's key statement.
    pub stored_by: String,
    /// The nodes: `{"threshold":3,"nodes":[{"did":…,"url":…},…]}`.
    #[schema(value_type = Object)]
    pub node_set: serde_json::Value,
    /// The X25519 key that answers are sealed to.
    #[schema(pattern = "^[0-9A-Za-z+/]{43}=$")]
    pub reply_key: String,
    /// For one use.
    #[schema(pattern = "^[0-9A-Za-z]{16,64}$")]
    pub nonce: String,
    /// Unix seconds.
    pub issued_at: u64,
    /// Unix seconds, at most 600 later.
    pub expires_at: u64,
}

/// The fields of a dealing: all public.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DealingFields {
    /// `idos dealing v1`
    pub format: String,
    /// Whose key.
    pub profile_id: Uuid,
    /// SHA-256 of the node set.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub node_set: String,
    /// From 1; a refresh adds 1.
    pub epoch: u32,
    /// How many nodes.
    pub nodes: u8,
    /// Feldman's commitments: as many elements of ristretto255 as shares are required.
    pub commitments: Vec<String>,
}

/// A share in a sealed box.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SealedShareFields {
    /// The ephemeral key that sealed it.
    #[schema(pattern = "^[0-9A-Za-z+/]{43}=$")]
    pub sender: String,
    /// `nonce || box`, standard base64.
    pub content: String,
}
