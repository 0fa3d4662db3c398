//! Accounts: an [`Address`] is a name within one chain, an [`Account`] names its chain too
//! ([CAIP-10](https://chainagnostic.org/CAIPs/caip-10)).

mod address;
mod evm;
mod near;
mod public_key;
mod stellar;
mod xrpl;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::chain::{ChainId, ChainIdError, Namespace};

pub use address::Address;
pub use near::NearAccountId;
pub use public_key::PublicKey;
pub use stellar::StellarAddress;
pub use xrpl::XrplAddress;

/// An address on one chain, e.g. `eip155:1:0xd8da6bf26964af9d7eed9e03e53415d37aa96045`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Account {
    chain: ChainId,
    address: Address,
}

impl Account {
    /// An account of `chain`; refused if the address belongs to another family of chains.
    pub fn new(chain: ChainId, address: Address) -> Result<Self, AccountError> {
        if chain.namespace() != address.namespace() {
            return Err(AccountError::OtherNamespace);
        }
        Ok(Self { chain, address })
    }

    /// An account of an EVM chain.
    pub fn evm(chain_id: u64, address: [u8; 20]) -> Self {
        Self { chain: ChainId::Eip155(chain_id), address: Address::Evm(address) }
    }

    /// The chain.
    pub fn chain(&self) -> ChainId {
        self.chain
    }

    /// The address within the chain.
    pub fn address(&self) -> Address {
        self.address
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.chain, self.address)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Account {
    type Err = AccountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (chain, address) = text.rsplit_once(':').ok_or(AccountError::MalformedAccount)?;
        let chain: ChainId = chain.parse()?;
        Ok(Self { chain, address: Address::parse(chain.namespace(), address)? })
    }
}

impl From<Account> for String {
    fn from(account: Account) -> Self {
        account.to_string()
    }
}

impl TryFrom<String> for Account {
    type Error = AccountError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Why a text is not an [`Account`] or [`Address`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// Not `namespace:reference:address`.
    #[error("an account is named like eip155:1:0x… or near:mainnet:alice.near (CAIP-10)")]
    MalformedAccount,
    /// The chain part is not a supported chain.
    #[error(transparent)]
    Chain(#[from] ChainIdError),
    /// The address belongs to another family of chains.
    #[error("the address is not one of this family of chains")]
    OtherNamespace,
    /// Not an address of that family of chains.
    #[error("{}", .0.address_form())]
    MalformedAddress(Namespace),
    /// Mixed case that does not match EIP-55: most often a typing mistake.
    #[error("the address's EIP-55 checksum is wrong: check for a typing mistake")]
    WrongChecksum,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From EIP-55.
    const CHECKSUMMED: [&str; 4] = [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ];

    #[test]
    fn an_evm_address_is_case_insensitive_but_a_wrong_checksum_is_refused() {
        for text in CHECKSUMMED {
            let address = Address::parse(Namespace::Eip155, text).unwrap();
            assert_eq!(address.to_string(), text.to_lowercase());
            assert_eq!(Address::parse(Namespace::Eip155, &text.to_lowercase()), Ok(address));
            let shouted = format!("0x{}", text[2..].to_uppercase());
            assert_eq!(Address::parse(Namespace::Eip155, &shouted), Ok(address));
        }
        let mistyped = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed";
        assert_eq!(Address::parse(Namespace::Eip155, mistyped), Err(AccountError::WrongChecksum));
    }

    #[test]
    fn malformed_accounts_are_refused() {
        let address = "d8da6bf26964af9d7eed9e03e53415d37aa96045";
        let table = [
            ("no chain", format!("0x{address}"), AccountError::MalformedAccount),
            ("no 0x", format!("eip155:1:{address}"), AccountError::MalformedAddress(Namespace::Eip155)),
            (
                "short",
                format!("eip155:1:0x{}", &address[2..]),
                AccountError::MalformedAddress(Namespace::Eip155),
            ),
            ("long", format!("eip155:1:0x{address}00"), AccountError::MalformedAddress(Namespace::Eip155)),
            (
                "not hex",
                format!("eip155:1:0x{}zz", &address[2..]),
                AccountError::MalformedAddress(Namespace::Eip155),
            ),
            ("chain zero", format!("eip155:0:0x{address}"), ChainIdError::Malformed.into()),
            ("other family", format!("cosmos:hub:0x{address}"), ChainIdError::UnsupportedNamespace.into()),
            (
                "not a NEAR id",
                "near:mainnet:Alice.near".into(),
                AccountError::MalformedAddress(Namespace::Near),
            ),
        ];
        for (name, text, error) in table {
            assert_eq!(text.parse::<Account>(), Err(error), "{name}");
        }
    }

    #[test]
    fn an_account_prints_as_it_parses() {
        for text in [
            "eip155:42161:0xd8da6bf26964af9d7eed9e03e53415d37aa96045",
            "near:mainnet:alice.near",
            "stellar:pubnet:GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ",
            "stellar:local:secp256k1-0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
            "xrpl:0:rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh",
        ] {
            assert_eq!(text.parse::<Account>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn an_address_of_another_family_is_refused() {
        let near = Address::parse(Namespace::Near, "alice.near").unwrap();
        assert_eq!(Account::new(ChainId::Eip155(1), near), Err(AccountError::OtherNamespace));
    }
}
