//! Verbs that their owner signed, for somebody else to send and pay for.

use idos_grants::{Account, ChainId};
use idos_wallets::{GrantMessage, Signature, StatusMessage};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::{ErrorCode, credentials::SignedWriteGrant};

/// A signed call of a contract, in the form of its chain. It works once, for what it names, and until its time has passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SignedCall {
    /// EVM: EIP-712 typed data.
    Eip712 {
        /// The contract that takes it.
        contract: Account,
        /// What was signed.
        message: Box<GrantMessage>,
        /// By the owner's wallet.
        signature: Signature,
    },
    /// NEAR: a delegate action (NEP-366).
    DelegateAction {
        /// The contract that it calls.
        contract: Account,
        /// Borsh of `SignedDelegateAction`, in standard base64.
        signed: String,
    },
    /// Stellar: the text that a bare key signs.
    BareKey {
        /// The contract that takes it.
        contract: Account,
        /// What was signed.
        message: Box<GrantMessage>,
        /// By the owner's key.
        signature: Signature,
    },
    /// Stellar: the text that a bare key signs of a status.
    BareKeyStatus {
        /// The contract that takes it.
        contract: Account,
        /// What was signed.
        message: Box<StatusMessage>,
        /// By the issuer's key.
        signature: Signature,
    },
    /// Stellar: an account's authorization entry.
    AuthorizationEntry {
        /// The contract that it is for.
        contract: Account,
        /// XDR of `SorobanAuthorizationEntry`, in standard base64.
        signed: String,
    },
}

impl SignedCall {
    /// The contract that acts on it.
    pub fn contract(&self) -> Account {
        match self {
            Self::Eip712 { contract, .. }
            | Self::DelegateAction { contract, .. }
            | Self::BareKey { contract, .. }
            | Self::BareKeyStatus { contract, .. }
            | Self::AuthorizationEntry { contract, .. } => *contract,
        }
    }
}

/// `POST /v1/relay`: what is to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RelayCall {
    /// A verb that its owner signed.
    SignedCall(SignedCall),
    /// The grant that an owner signed for an issuer.
    WriteGrant(Box<SignedWriteGrant>),
}

impl RelayCall {
    /// The contract that acts on it.
    pub fn contract(&self) -> Account {
        match self {
            Self::SignedCall(call) => call.contract(),
            Self::WriteGrant(grant) => grant.contract,
        }
    }

    /// What names it: SHA-256 of its JSON as this program writes it, 64 hex digits. The same call is relayed once.
    pub fn digest(&self) -> String {
        // These types have no maps and no floats: writing them does not fail, and always gives the same text.
        let text = serde_json::to_vec(self).unwrap_or_default();
        hex::encode(Sha256::digest(text))
    }
}

/// The schema of a [`RelayCall`] is that of its JSON, which has many forms: one for each kind of signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(
    title = "RelayCall",
    example = json!({
        "signed_call": {
            "kind": "eip712",
            "contract": "eip155:31337:0xcccccccccccccccccccccccccccccccccccccccc",
            "message": {
                "owner": "eip155:31337:0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
                "call": {
                    "verb": "create_grant",
                    "grantee": "eip155:31337:0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc",
                    "data_id": "0x1111111111111111111111111111111111111111111111111111111111111111",
                    "locked_until": 0
                },
                "nonce": "0x2222222222222222222222222222222222222222222222222222222222222222",
                "deadline": 4102444800_u64
            },
            "signature": "0x333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333331b"
        }
    })
)]
pub struct RelayCallForm {
    /// What `idos share --sign-only` prints: `kind` (eip712, delegate_action, authorization_entry, bare_key or bare_key_status), `contract` (CAIP-10), and
    /// what was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub signed_call: Option<serde_json::Value>,
    /// In its place: the `write_grant` of a consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_grant: Option<SignedWriteGrant>,
}

/// What has become of a call. Answer of `POST /v1/relay` and `GET /v1/relay/{digest}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Submission {
    /// What names the call: 64 hex digits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub digest: String,
    /// On which chain.
    #[schema(value_type = String, example = "eip155:42161")]
    pub chain: ChainId,
    /// Who signed it.
    #[schema(value_type = String)]
    pub owner: Account,
    /// How far it is.
    pub fate: Fate,
    /// When it was taken.
    pub created_at: u64,
    /// When it last went on.
    pub updated_at: u64,
}

/// How far a call is. `done` and `failed` are the end of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Fate {
    /// It waits for its turn.
    Queued,
    /// It was sent to the chain.
    Sent {
        /// The transaction's hash, as the chain writes it.
        transaction: String,
    },
    /// The contract has acted on it.
    Done {
        /// The transaction's hash, as the chain writes it.
        transaction: String,
        /// The block in which the contract acted.
        block: u64,
    },
    /// It will not happen. Sign a new call to try again.
    Failed {
        /// A stable code: a contract's own error, such as `GrantExists`, or one of the relay's, such as `expired`.
        code: String,
        /// What to do about it.
        message: String,
        /// The transaction's hash, if one was mined and failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transaction: Option<String>,
    },
}

impl Fate {
    /// Whether nothing changes any more.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Failed { .. })
    }
}

/// Why a call is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayRefusal {
    /// What went wrong.
    pub code: ErrorCode,
    /// What to do about it.
    pub message: String,
    /// The contract's own error, where it is the contract that would refuse.
    pub refused: Option<String>,
}

#[cfg(test)]
mod tests {
    use utoipa::{
        PartialSchema,
        openapi::{RefOr, Schema},
    };

    use super::*;

    #[test]
    fn the_documents_example_is_a_call() {
        let RefOr::T(Schema::Object(schema)) = RelayCallForm::schema() else { panic!("no object") };
        let call: RelayCall = serde_json::from_value(schema.example.unwrap()).unwrap();
        assert!(matches!(call, RelayCall::SignedCall(SignedCall::Eip712 { .. })));
    }
}
