//! The roles of the table.

/// Somebody who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Whose credential and copies they are.
    Owner,
    /// Somebody with a profile and a credential of her own.
    OtherOwner,
    /// Who stored the credential with the owner's consent, and has a copy.
    Issuer,
    /// An issuer of something else.
    OtherIssuer,
    /// A consumer whose grant on the copy stands and is final.
    Granted,
    /// A consumer whose grant was revoked.
    Revoked,
    /// A consumer whose grant's block is not final.
    Unfinal,
    /// A consumer without a grant.
    Ungranted,
    /// Signed in with a wallet that has no profile.
    Newcomer,
    /// Has the node's own key, and knows every session id.
    Operator,
    /// Signs nothing.
    Nobody,
}

impl Role {
    pub const ALL: [Self; 11] = [
        Self::Owner,
        Self::OtherOwner,
        Self::Issuer,
        Self::OtherIssuer,
        Self::Granted,
        Self::Revoked,
        Self::Unfinal,
        Self::Ungranted,
        Self::Newcomer,
        Self::Operator,
        Self::Nobody,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::OtherOwner => "other owner",
            Self::Issuer => "its issuer",
            Self::OtherIssuer => "other issuer",
            Self::Granted => "granted",
            Self::Revoked => "revoked",
            Self::Unfinal => "not final",
            Self::Ungranted => "no grant",
            Self::Newcomer => "no profile",
            Self::Operator => "operator",
            Self::Nobody => "nobody",
        }
    }

    /// Her wallet's number.
    pub fn number(self) -> u64 {
        Self::ALL.iter().position(|role| *role == self).unwrap() as u64 + 1
    }
}
