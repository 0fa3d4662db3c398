//! An account's name within its chain.

use std::fmt;

use super::{
    AccountError, evm, near::NearAccountId, public_key::PublicKey, stellar::StellarAddress, xrpl::XrplAddress,
};
use crate::chain::Namespace;

/// An account's name within its chain. It prints in one canonical form, in which addresses compare as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// An EVM address; printed as `0x` and 40 lower-case hex digits.
    Evm([u8; 20]),
    /// A NEAR account id, named or implicit.
    Near(NearAccountId),
    /// A Stellar account or contract, or a bare key.
    Stellar(StellarAddress),
    /// An XRPL account. It holds no grants: its bare key does, on Stellar.
    Xrpl(XrplAddress),
}

impl Address {
    /// Parses an address as the chains of `namespace` write it. A mixed-case EVM address must carry a right EIP-55
    /// checksum, so that a mistyped one is refused.
    pub fn parse(namespace: Namespace, text: &str) -> Result<Self, AccountError> {
        match namespace {
            Namespace::Eip155 => evm::parse(text).map(Self::Evm),
            Namespace::Near => text.parse().map(Self::Near),
            Namespace::Stellar => text.parse().map(Self::Stellar),
            Namespace::Xrpl => text.parse().map(Self::Xrpl),
        }
    }

    /// The family of chains that this address belongs to.
    pub fn namespace(&self) -> Namespace {
        match self {
            Self::Evm(_) => Namespace::Eip155,
            Self::Near(_) => Namespace::Near,
            Self::Stellar(_) => Namespace::Stellar,
            Self::Xrpl(_) => Namespace::Xrpl,
        }
    }

    /// The key, if it is a bare one.
    pub fn bare_key(&self) -> Option<PublicKey> {
        match self {
            Self::Stellar(StellarAddress::Key(key)) => Some(*key),
            _ => None,
        }
    }

    /// Whether a grant may name it as grantee: the zero address of EVM chains is nobody.
    pub fn is_somebody(&self) -> bool {
        *self != Self::Evm([0; 20])
    }

    /// Appends the canonical encoding that contracts hash: kind, length, bytes. See `contracts/README.md`.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        const NATIVE: u8 = 0;
        match self {
            Self::Evm(bytes) => encode(NATIVE, &[bytes], out),
            Self::Near(id) => encode(NATIVE, &[id.as_str().as_bytes()], out),
            Self::Stellar(address) => address.encode(|kind, parts| encode(kind, parts, out)),
            Self::Xrpl(address) => encode(NATIVE, &[address.account_id()], out),
        }
    }
}

fn encode(kind: u8, parts: &[&[u8]], out: &mut Vec<u8>) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    // No address is longer than 64 bytes.
    out.extend_from_slice(&[kind, length as u8]);
    parts.iter().for_each(|part| out.extend_from_slice(part));
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Evm(bytes) => write!(f, "0x{}", hex::encode(bytes)),
            Self::Near(id) => f.write_str(id.as_str()),
            Self::Stellar(address) => fmt::Display::fmt(address, f),
            Self::Xrpl(address) => fmt::Display::fmt(address, f),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
