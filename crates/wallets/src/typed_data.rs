//! What the [EIP-712](https://eips.ethereum.org/EIPS/eip-712) structs have in common: domain, nonce, addresses.

use std::{fmt, str::FromStr};

use alloy_primitives::{Address as EvmAddress, B256, U256};
use alloy_sol_types::{Eip712Domain, SolStruct, eip712_domain};
use idos_grants::{Account, Address, ChainId, DataId};
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};

use crate::message::MessageError;

/// The structs as the contract declares them; `contracts/README.md` has their types.
pub(crate) mod abi {
    alloy_sol_types::sol! {
        struct CreateGrant {
            address owner;
            address grantee;
            bytes32 dataId;
            uint64 lockedUntil;
            uint256 nonce;
            uint64 deadline;
        }
        struct ExtendTimelock {
            address owner;
            address grantee;
            bytes32 dataId;
            uint64 lockedUntil;
            uint256 nonce;
            uint64 deadline;
        }
        struct RevokeGrant {
            address owner;
            address grantee;
            bytes32 dataId;
            uint256 nonce;
            uint64 deadline;
        }
        struct WriteGrant {
            address owner;
            address grantee;
            bytes32 issuerKey;
            bytes32 credentialId;
            bytes32 dataId;
            uint64 lockedUntil;
            uint64 notBefore;
            uint64 notAfter;
            uint256 nonce;
        }
    }
}

/// The digest of `message` for the access-grants contract `contract`.
pub(crate) fn digest(message: &impl SolStruct, contract: &Account) -> Result<[u8; 32], TypedDataError> {
    Ok(message.eip712_signing_hash(&domain(contract)?).0)
}

fn domain(contract: &Account) -> Result<Eip712Domain, TypedDataError> {
    let (ChainId::Eip155(chain_id), Address::Evm(address)) = (contract.chain(), contract.address()) else {
        return Err(TypedDataError::NotEvm);
    };
    Ok(eip712_domain! {
        name: "idOS AccessGrants",
        version: "1",
        chain_id: chain_id,
        verifying_contract: EvmAddress::from(address),
    })
}

/// The address of an account of the contract's chain. A signature binds one chain, so an account of another one is a mistake.
pub(crate) fn address_on(contract: &Account, account: &Account) -> Result<EvmAddress, TypedDataError> {
    if account.chain() != contract.chain() {
        return Err(TypedDataError::OtherChain);
    }
    match account.address() {
        Address::Evm(address) => Ok(EvmAddress::from(address)),
        Address::Near(_) | Address::Stellar(_) | Address::Xrpl(_) => Err(TypedDataError::NotEvm),
    }
}

pub(crate) fn word(id: DataId) -> B256 {
    B256::from(id.0)
}

/// A nonce of the contract: 192 bits of key, then 64 bits of sequence, big-endian. Under one key nonces count up from 0; under different
/// keys they may be used in any order. In text `0x` and 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct KeyedNonce(pub [u8; 32]);

impl KeyedNonce {
    /// The first nonce of a random key: independent of every other.
    pub fn fresh(rng: &mut impl CryptoRngCore) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes[..24]);
        Self(bytes)
    }

    pub(crate) fn to_uint(self) -> U256 {
        U256::from_be_bytes(self.0)
    }
}

impl fmt::Display for KeyedNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

impl fmt::Debug for KeyedNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for KeyedNonce {
    type Err = TypedDataError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("0x").ok_or(TypedDataError::MalformedNonce)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| TypedDataError::MalformedNonce)?;
        Ok(Self(bytes))
    }
}

impl From<KeyedNonce> for String {
    fn from(nonce: KeyedNonce) -> Self {
        nonce.to_string()
    }
}

impl TryFrom<String> for KeyedNonce {
    type Error = TypedDataError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Why something cannot be signed for a contract, or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TypedDataError {
    /// Owner or grantee is an account of another chain than the contract.
    #[error("owner and grantee must be accounts of the contract's chain")]
    OtherChain,
    /// Typed data is for contracts on EVM chains.
    #[error("typed data is for contracts on EVM chains")]
    NotEvm,
    /// Not of a Stellar network.
    #[error("contract, owner and grantee must be of a Stellar network")]
    NotStellar,
    /// XRPL: there is no contract; NEAR: a contract sees no signatures.
    #[error(
        "on this chain owners sign no such message: NEAR accounts send a delegate action, Stellar accounts sign an authorization entry"
    )]
    NoSignedVerbs,
    /// Stellar: a network without a name. What is signed names the network by its passphrase.
    #[error(
        "the passphrase of this Stellar network is not known: signed messages are for pubnet, testnet, futurenet and local"
    )]
    UnknownNetwork,
    /// A time that cannot be written.
    #[error(transparent)]
    Time(#[from] MessageError),
    /// Not a [`KeyedNonce`].
    #[error("a nonce is 0x and 64 hex digits")]
    MalformedNonce,
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTRACT: &str = include_str!("../../../contracts/evm/src/AccessGrants.sol");

    #[test]
    fn the_structs_and_the_domain_are_the_contracts_own() {
        let types = [
            abi::CreateGrant::eip712_encode_type(),
            abi::ExtendTimelock::eip712_encode_type(),
            abi::RevokeGrant::eip712_encode_type(),
            abi::WriteGrant::eip712_encode_type(),
        ];
        for encoded in types {
            assert!(CONTRACT.contains(&format!("\"{encoded}\"")), "{encoded}");
        }
        let domain = domain(&Account::evm(1, [0; 20])).unwrap();
        let (name, version) = (domain.name.unwrap(), domain.version.unwrap());
        assert!(CONTRACT.contains(&format!("EIP712(\"{name}\", \"{version}\")")));
    }

    #[test]
    fn a_fresh_nonce_is_the_first_of_a_random_key() {
        let first = KeyedNonce::fresh(&mut rand_core::OsRng);
        let second = KeyedNonce::fresh(&mut rand_core::OsRng);
        assert_ne!(first, second);
        assert_eq!(first.0[24..], [0; 8]);
        assert_eq!(first.to_string().parse(), Ok(first));
    }

    #[test]
    fn a_nonce_is_exactly_32_bytes_of_hex() {
        let good = format!("0x{}", "0".repeat(64));
        for bad in ["", "0x", &good[2..], &good[..65], &format!("{good}0"), &good.replace("00", "zz")] {
            assert_eq!(bad.parse::<KeyedNonce>(), Err(TypedDataError::MalformedNonce), "{bad}");
        }
    }
}
