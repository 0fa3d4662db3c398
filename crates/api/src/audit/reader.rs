//! Who a line of the log is about.

use idos_wallets::Wallet;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ReaderCommitment, ReaderSalt};

/// How long one salt serves one reader of one thing, in seconds: 30 days. Then the reader gets another, so that what is old can be erased by itself.
pub const PERIOD_SECS: u64 = 30 * 24 * 60 * 60;

impl ReaderCommitment {
    /// To a reader: SHA-256 of what it is, the salt, and the profile and wallet as text.
    pub fn of(salt: &ReaderSalt, profile_id: Uuid, wallet: &Wallet) -> Self {
        let hash = Sha256::new()
            .chain_update("idOS audit log reader v1\n")
            .chain_update(salt.0)
            .chain_update(format!("Profile: {profile_id}\nWallet: {wallet}\n"));
        Self(hash.finalize().into())
    }
}

/// Who read, as far as the node still knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LogReader {
    /// Known, with what shows that the line is about it.
    Shown {
        /// The profile that read.
        profile_id: Uuid,
        /// The wallet that it signed in with.
        #[schema(value_type = String)]
        wallet: Wallet,
        /// The salt of the line's commitment.
        #[schema(value_type = String)]
        salt: ReaderSalt,
    },
    /// Erased, with the salt: the line is as it was, and nobody can tell who it is about. The reason is the node's word.
    Erased {
        /// What the node says why.
        because: ErasedBecause,
    },
}

/// Why a reader was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErasedBecause {
    /// It deleted its profile.
    ProfileDeleted,
    /// The node keeps readers for so long only.
    TermOver,
}

impl ErasedBecause {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::ProfileDeleted, Self::TermOver];

    /// As JSON and SQL have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ProfileDeleted => "profile_deleted",
            Self::TermOver => "term_over",
        }
    }
}

impl LogReader {
    /// The commitment to it; `None` if it was erased.
    pub fn commitment(&self) -> Option<ReaderCommitment> {
        match self {
            Self::Shown { profile_id, wallet, salt } => Some(ReaderCommitment::of(salt, *profile_id, wallet)),
            Self::Erased { .. } => None,
        }
    }

    /// The wallet that read, if it is known.
    pub fn wallet(&self) -> Option<&Wallet> {
        match self {
            Self::Shown { wallet, .. } => Some(wallet),
            Self::Erased { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wallet(byte: &str) -> Wallet {
        format!("eip155:0x{}", byte.repeat(20)).parse().unwrap()
    }

    #[test]
    fn salt_profile_and_wallet_are_in_the_commitment() {
        let base = ReaderCommitment::of(&ReaderSalt([1; 32]), Uuid::from_u128(2), &wallet("03"));
        let table = [
            ("salt", ReaderCommitment::of(&ReaderSalt([9; 32]), Uuid::from_u128(2), &wallet("03"))),
            ("profile", ReaderCommitment::of(&ReaderSalt([1; 32]), Uuid::from_u128(9), &wallet("03"))),
            ("wallet", ReaderCommitment::of(&ReaderSalt([1; 32]), Uuid::from_u128(2), &wallet("09"))),
        ];
        for (name, other) in table {
            assert_ne!(other, base, "{name}");
        }
        // What other implementations must come to.
        assert_eq!(base.to_string(), "6d53b0541a2e02a0b970649f5fee6f3ebf595877024d549f0d478905c22fe8b2");
    }

    #[test]
    fn what_is_erased_says_why_and_nothing_else() {
        for because in ErasedBecause::ALL {
            let json = serde_json::to_value(LogReader::Erased { because }).unwrap();
            assert_eq!(json, serde_json::json!({ "state": "erased", "because": because.as_str() }));
        }
    }
}
