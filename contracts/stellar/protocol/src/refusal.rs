//! The errors. Numbers are fixed for ever; clients read them as `Error(Contract, #number)`.
#![allow(missing_docs, reason = "what the macro adds has none")]

use soroban_sdk::contracterror;

/// Why a call is refused. Names are those of the specification; one table serves both contracts.
#[contracterror]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Refusal {
    GrantExists = 1,
    GrantNotFound = 2,
    GrantLocked = 3,
    InvalidTimelock = 4,
    InvalidGrantee = 5,
    NotOwner = 6,
    InvalidSignature = 20,
    SignatureNotYetValid = 21,
    SignatureExpired = 22,
    NonceUsed = 23,
    BatchTooLarge = 40,
    EmptyBatch = 41,
    CredentialRevoked = 60,
    IndexOutOfRange = 61,
    RevocationIsFinal = 62,
    InvalidWordChange = 63,
}
