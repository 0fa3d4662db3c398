//! The contracts' errors, as a failed transaction or simulation tells them.

use stellar_xdr::{ContractEventBody, DiagnosticEvent, ScError, ScVal};

/// Why a contract refused a call. Names are those of `contracts/README.md`; numbers are fixed, and the same on both contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[repr(u32)]
pub enum Refusal {
    /// The owner already has this grant.
    #[error("this grant exists already")]
    GrantExists = 1,
    /// The owner has no such grant.
    #[error("there is no such grant")]
    GrantNotFound = 2,
    /// Now is not later than the grant's lock.
    #[error("the grant is locked: it cannot be revoked before its timelock has ended")]
    GrantLocked = 3,
    /// Not later than now, not later than the present lock, or too far ahead.
    #[error(
        "the timelock must end later than now and than the present one, and at most 20 years ahead, in Unix seconds"
    )]
    InvalidTimelock = 4,
    /// The owner, or a bare key that is none.
    #[error("the grantee must be somebody else than the owner, and a key must be a compressed one")]
    InvalidGrantee = 5,
    /// The named owner or issuer did not authorize the call, as a native account, or signed it, as a bare key.
    #[error(
        "the owner has not authorized this call: a native account authorizes it, a bare key adds its signature"
    )]
    NotOwner = 6,
    /// Not this key's signature over this text.
    #[error("the signature is not the owner's over this very call, contract and network")]
    InvalidSignature = 20,
    /// Too early.
    #[error("the signed message is not usable yet")]
    SignatureNotYetValid = 21,
    /// Too late.
    #[error("the signed message has expired: sign a new one")]
    SignatureExpired = 22,
    /// Used or cancelled.
    #[error("the nonce was used or cancelled: sign with a new one")]
    NonceUsed = 23,
    /// More items than a batch may have.
    #[error("the batch is too large: send at most 50 items")]
    BatchTooLarge = 40,
    /// No item in a batch.
    #[error("the batch is empty")]
    EmptyBatch = 41,
    /// The position is revoked, for ever.
    #[error("the credential is revoked, which is final")]
    CredentialRevoked = 60,
    /// Beyond the end of a list.
    #[error("the position is beyond the end of the list: it must be below 131,072")]
    IndexOutOfRange = 61,
    /// Revocation bits to clear.
    #[error("a revocation is final: its bits cannot be cleared")]
    RevocationIsFinal = 62,
    /// A bit both to set and to clear.
    #[error("a bit is both to be set and to be cleared")]
    InvalidWordChange = 63,
    /// Of the example.
    #[error("not a member: not admitted, the grant revoked, or the credential revoked or suspended")]
    NotMember = 100,
}

impl Refusal {
    /// Every refusal, by number.
    pub const ALL: [Self; 17] = [
        Self::GrantExists,
        Self::GrantNotFound,
        Self::GrantLocked,
        Self::InvalidTimelock,
        Self::InvalidGrantee,
        Self::NotOwner,
        Self::InvalidSignature,
        Self::SignatureNotYetValid,
        Self::SignatureExpired,
        Self::NonceUsed,
        Self::BatchTooLarge,
        Self::EmptyBatch,
        Self::CredentialRevoked,
        Self::IndexOutOfRange,
        Self::RevocationIsFinal,
        Self::InvalidWordChange,
        Self::NotMember,
    ];

    /// The error of this number.
    pub fn of(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.number() == number)
    }

    /// The error's number.
    pub fn number(self) -> u32 {
        self as u32
    }

    /// What the network's own error means for a call of these contracts: a signature that the host does not accept, or a native account that did
    /// not authorize the call, ends the call before the contract can answer.
    pub fn of_error(error: &ScError) -> Option<Self> {
        match error {
            ScError::Contract(number) => Self::of(*number),
            ScError::Crypto(_) => Some(Self::InvalidSignature),
            ScError::Auth(_) => Some(Self::NotOwner),
            _ => None,
        }
    }

    /// Reads the refusal from the diagnostic events of a failed transaction or simulation, oldest first. The last error is the call's own: one before
    /// it may be another contract's, with numbers of its own, such as an account's that does not find its signature good. `None` if it is not one
    /// of the contracts' own: no such contract, no budget left, a footprint too small.
    pub fn of_diagnostics<'a>(events: impl IntoIterator<Item = &'a DiagnosticEvent>) -> Option<Self> {
        Self::of_error(events.into_iter().filter_map(error_of).last()?)
    }

    /// Reads the refusal from a text such as a simulation's error, which begins with the call's own error, such as `HostError: Error(Contract, #3)`.
    pub fn parse(text: &str) -> Option<Self> {
        let (_, error) = text.split_once("Error(")?;
        let (kind, rest) = error.split_once(", ")?;
        match kind {
            "Contract" => {
                let digits = rest.strip_prefix('#')?.split_once(')')?.0;
                Self::of(digits.parse().ok()?)
            }
            "Crypto" => Some(Self::InvalidSignature),
            "Auth" => Some(Self::NotOwner),
            _ => None,
        }
    }

    /// The error's stable name, the same on every chain.
    pub fn name(self) -> &'static str {
        match self {
            Self::GrantExists => "GrantExists",
            Self::GrantNotFound => "GrantNotFound",
            Self::GrantLocked => "GrantLocked",
            Self::InvalidTimelock => "InvalidTimelock",
            Self::InvalidGrantee => "InvalidGrantee",
            Self::NotOwner => "NotOwner",
            Self::InvalidSignature => "InvalidSignature",
            Self::SignatureNotYetValid => "SignatureNotYetValid",
            Self::SignatureExpired => "SignatureExpired",
            Self::NonceUsed => "NonceUsed",
            Self::BatchTooLarge => "BatchTooLarge",
            Self::EmptyBatch => "EmptyBatch",
            Self::CredentialRevoked => "CredentialRevoked",
            Self::IndexOutOfRange => "IndexOutOfRange",
            Self::RevocationIsFinal => "RevocationIsFinal",
            Self::InvalidWordChange => "InvalidWordChange",
            Self::NotMember => "NotMember",
        }
    }
}

/// The error that a diagnostic event reports.
fn error_of(event: &DiagnosticEvent) -> Option<&ScError> {
    let ContractEventBody::V0(body) = &event.event.body;
    match body.topics.as_slice() {
        [ScVal::Symbol(name), ScVal::Error(error)] if name.as_slice() == b"error" => Some(error),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_from_wherever_it_stands() {
        let table = [
            ("Error(Contract, #1)", Some(Refusal::GrantExists)),
            (
                "HostError: Error(Contract, #63)\n\nEvent log (newest first): Error(Contract, #1)",
                Some(Refusal::InvalidWordChange),
            ),
            (
                "host invocation failed\n\nCaused by:\n    HostError: Error(Crypto, InvalidInput)",
                Some(Refusal::InvalidSignature),
            ),
            ("HostError: Error(Auth, InvalidAction)", Some(Refusal::NotOwner)),
            ("HostError: Error(Storage, MissingValue)", None),
            ("HostError: Error(Contract, #7)", None),
            ("HostError: Error(Contract, #4294967297)", None),
            ("HostError: Error(Contract, 3)", None),
            ("HostError: Error(Contract", None),
            ("GrantExists", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(Refusal::parse(text), expected, "{text}");
        }
    }
}
