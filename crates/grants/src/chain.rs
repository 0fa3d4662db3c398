//! Chains, named as [CAIP-2](https://chainagnostic.org/CAIPs/caip-2) does: `namespace:reference`.

mod stellar;

use std::{fmt, str::FromStr};

use arrayvec::ArrayString;
use serde::{Deserialize, Serialize};

/// A family of chains that share an account format and a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Namespace {
    /// EVM chains; the reference is the EIP-155 chain id in decimal.
    Eip155,
    /// NEAR; the reference is the chain's own `chain_id`: `mainnet`, `testnet`, or that of a local chain.
    Near,
    /// Stellar networks; the reference follows from the passphrase, see [`ChainId::stellar`].
    Stellar,
    /// XRPL networks; the reference is the network id in decimal. Wallets only: contracts do not run there.
    Xrpl,
}

impl Namespace {
    /// Every family, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Eip155, Self::Near, Self::Stellar, Self::Xrpl];

    /// The families on which the contracts run.
    pub const WITH_CONTRACTS: [Self; 3] = [Self::Eip155, Self::Near, Self::Stellar];

    /// The namespace as CAIP-2 writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eip155 => "eip155",
            Self::Near => "near",
            Self::Stellar => "stellar",
            Self::Xrpl => "xrpl",
        }
    }

    /// In words, what an address looks like.
    pub(crate) fn address_form(self) -> &'static str {
        match self {
            Self::Eip155 => "an EVM address is 0x and 40 hex digits",
            Self::Near => {
                "a NEAR account id is 2 to 64 characters: lower-case letters and digits, with single - _ . between them"
            }
            Self::Stellar => {
                "a Stellar address is 56 characters that begin with G or C, or a bare key: ed25519-, secp256k1- or secp256r1- and its hex digits (a muxed address, M…, cannot hold grants)"
            }
            Self::Xrpl => "an XRPL classic address is 25 to 35 characters that begin with r",
        }
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Namespace {
    type Err = ChainIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|namespace| namespace.as_str() == text);
        known.ok_or(ChainIdError::UnsupportedNamespace)
    }
}

/// One chain, e.g. `eip155:42161`. There is exactly one text for a chain, so ids compare as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ChainId {
    /// An EVM chain by its EIP-155 chain id, which is never 0.
    Eip155(u64),
    /// A NEAR chain by its `chain_id`.
    Near(Reference),
    /// A Stellar network by what [`ChainId::stellar`] calls it.
    Stellar(Reference),
    /// An XRPL network by its network id.
    Xrpl(u32),
}

impl ChainId {
    /// The Stellar network of a passphrase: by name if it is one that everybody knows, and else by the first 32 hex digits of its network id, which
    /// is the SHA-256 of the passphrase.
    pub fn stellar(passphrase: &str) -> Self {
        Self::Stellar(stellar::reference(passphrase))
    }

    /// The passphrase of a Stellar network that has a name; everybody else's is only its users' to know.
    pub fn stellar_passphrase(&self) -> Option<&'static str> {
        match self {
            Self::Stellar(reference) => stellar::passphrase(reference),
            _ => None,
        }
    }

    /// The family this chain belongs to.
    pub fn namespace(&self) -> Namespace {
        match self {
            Self::Eip155(_) => Namespace::Eip155,
            Self::Near(_) => Namespace::Near,
            Self::Stellar(_) => Namespace::Stellar,
            Self::Xrpl(_) => Namespace::Xrpl,
        }
    }

    /// What the chain is called within its family, e.g. `42161` or `mainnet`.
    pub fn reference(&self) -> String {
        match self {
            Self::Eip155(id) => id.to_string(),
            Self::Near(reference) | Self::Stellar(reference) => reference.to_string(),
            Self::Xrpl(network) => network.to_string(),
        }
    }
}

impl fmt::Display for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.namespace(), self.reference())
    }
}

impl FromStr for ChainId {
    type Err = ChainIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (namespace, reference) = text.split_once(':').ok_or(ChainIdError::Malformed)?;
        match namespace.parse()? {
            Namespace::Eip155 => parse_eip155(reference).map(Self::Eip155),
            Namespace::Near => reference.parse().map(Self::Near),
            Namespace::Stellar => stellar::parse(reference).map(Self::Stellar),
            Namespace::Xrpl => parse_decimal(reference).map(Self::Xrpl),
        }
    }
}

fn parse_eip155(reference: &str) -> Result<u64, ChainIdError> {
    parse_decimal(reference).and_then(|id| if id == 0 { Err(ChainIdError::Malformed) } else { Ok(id) })
}

fn parse_decimal<N: FromStr + ToString>(reference: &str) -> Result<N, ChainIdError> {
    let number: N = reference.parse().map_err(|_| ChainIdError::Malformed)?;
    // "+1" and "01" parse as numbers but are not the one text of that chain.
    if number.to_string() != reference {
        return Err(ChainIdError::Malformed);
    }
    Ok(number)
}

/// What a chain is called within its family, as CAIP-2 allows it: 1 to 32 of `-_a-zA-Z0-9`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(ArrayString<32>);

impl Reference {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Reference {
    type Err = ChainIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if text.is_empty() || !text.chars().all(allowed) {
            return Err(ChainIdError::Malformed);
        }
        ArrayString::from(text).map(Self).map_err(|_| ChainIdError::Malformed)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<ChainId> for String {
    fn from(chain: ChainId) -> Self {
        chain.to_string()
    }
}

impl TryFrom<String> for ChainId {
    type Error = ChainIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Why a text is not a [`ChainId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainIdError {
    /// Not `namespace:reference`, or the reference is not in its one canonical form.
    #[error("a chain is named like eip155:1, near:mainnet or stellar:pubnet (CAIP-2)")]
    Malformed,
    /// A namespace that no contract exists for.
    #[error("only chains of the namespaces eip155, near, stellar and xrpl are supported")]
    UnsupportedNamespace,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_has_exactly_one_text() {
        assert_eq!("eip155:31337".parse(), Ok(ChainId::Eip155(31337)));
        assert_eq!(ChainId::Eip155(1).to_string(), "eip155:1");
        for text in ["near:mainnet", "stellar:pubnet", "stellar:0123456789abcdef0123456789abcdef", "xrpl:0"] {
            assert_eq!(text.parse::<ChainId>().unwrap().to_string(), text);
        }
        for malformed in [
            "",
            "eip155",
            "eip155:",
            "eip155:0",
            "eip155:01",
            "eip155:+1",
            "eip155:-1",
            "eip155:1 ",
            "eip155:0x1",
            "near:",
            "near:a.b",
            "near:a:b",
            "near:123456789012345678901234567890123",
            "stellar:",
            "stellar:mainnet",
            "stellar:0123",
            "stellar:CEE0302D59844D32BDCA915C8203DD44",
            "xrpl:00",
            "xrpl:4294967296",
        ] {
            assert_eq!(malformed.parse::<ChainId>(), Err(ChainIdError::Malformed), "{malformed:?}");
        }
        for foreign in ["cosmos:hub", "EIP155:1", "solana:x"] {
            assert_eq!(foreign.parse::<ChainId>(), Err(ChainIdError::UnsupportedNamespace), "{foreign:?}");
        }
    }
}
