//! Proven wallets.

use std::{fmt, str::FromStr};

use idos_grants::{Account, Address, ChainId, Namespace, account::AccountError, chain::ChainIdError};
use serde::{Deserialize, Serialize};

/// On which chains a wallet speaks for its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// On every chain of the family: the address follows from a key.
    Namespace(Namespace),
    /// On one chain: who acts for the address is for that chain to say. An EVM contract; every NEAR account.
    Chain(ChainId),
}

/// A wallet that proved its address. It prints as `eip155:0x…` if proven by key, as `eip155:1:0x…` or `near:mainnet:alice.near` if a
/// chain had to say so; there is one text for a wallet, so wallets compare as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Wallet {
    scope: Scope,
    address: Address,
}

impl Wallet {
    /// The wallet whose key gives `address`.
    pub fn by_key(address: Address) -> Self {
        Self { scope: Scope::Namespace(address.namespace()), address }
    }

    /// The wallet that is `account`, by the word of its chain: a contract wallet, or a NEAR account.
    pub fn on_chain(account: &Account) -> Self {
        Self { scope: Scope::Chain(account.chain()), address: account.address() }
    }

    /// On which chains it speaks for its address.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Its address.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Whether what `account` does on its chain is this wallet's doing.
    pub fn controls(&self, account: &Account) -> bool {
        let in_scope = match self.scope {
            Scope::Namespace(namespace) => account.chain().namespace() == namespace,
            Scope::Chain(chain) => account.chain() == chain,
        };
        in_scope && account.address() == self.address
    }
}

impl fmt::Display for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scope {
            Scope::Namespace(namespace) => write!(f, "{namespace}:{}", self.address),
            Scope::Chain(chain) => write!(f, "{chain}:{}", self.address),
        }
    }
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Wallet {
    type Err = WalletError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (namespace, rest) = text.split_once(':').ok_or(WalletError::Malformed)?;
        if rest.contains(':') {
            return Ok(Self::on_chain(&text.parse()?));
        }
        match namespace.parse()? {
            Namespace::Eip155 => Ok(Self::by_key(Address::parse(Namespace::Eip155, rest)?)),
            // A NEAR account exists on one chain, also where its name is a key.
            Namespace::Near => Err(WalletError::Malformed),
        }
    }
}

impl From<Wallet> for String {
    fn from(wallet: Wallet) -> Self {
        wallet.to_string()
    }
}

impl TryFrom<String> for Wallet {
    type Error = WalletError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Why a text is not a [`Wallet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WalletError {
    /// Neither `namespace:address` nor `namespace:reference:address`.
    #[error(
        "a wallet is named like eip155:0x…, or with its chain if it is a contract or a NEAR account: near:mainnet:alice.near"
    )]
    Malformed,
    /// The family of chains is not a supported one.
    #[error(transparent)]
    Chain(#[from] ChainIdError),
    /// The rest is not an address, or not an account.
    #[error(transparent)]
    Account(#[from] AccountError),
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: [u8; 20] = [0xab; 20];

    #[test]
    fn a_key_controls_its_address_on_every_chain_and_a_contract_on_one() {
        let mainnet = Account::evm(1, ADDRESS);
        let arbitrum = Account::evm(42161, ADDRESS);
        let other = Account::evm(1, [0xcd; 20]);
        let table = [
            ("key", Wallet::by_key(Address::Evm(ADDRESS)), [true, true, false]),
            ("contract", Wallet::on_chain(&mainnet), [true, false, false]),
        ];
        for (name, wallet, controlled) in table {
            assert_eq!(
                [mainnet, arbitrum, other].map(|account| wallet.controls(&account)),
                controlled,
                "{name}"
            );
        }
    }

    #[test]
    fn a_wallet_has_one_text() {
        let address = format!("0x{}", "ab".repeat(20));
        for text in [format!("eip155:{address}"), format!("eip155:42161:{address}")] {
            assert_eq!(text.parse::<Wallet>().unwrap().to_string(), text);
            let shouted = text.replace("ab", "AB");
            assert_eq!(shouted.parse::<Wallet>().unwrap().to_string(), text);
            assert_eq!(serde_json::to_string(&text.parse::<Wallet>().unwrap()).unwrap(), format!("{text:?}"));
        }
    }

    #[test]
    fn a_near_account_is_a_wallet_on_its_chain_only() {
        let [mainnet, testnet] = ["near:mainnet:alice.near", "near:testnet:alice.near"]
            .map(|text| text.parse::<Account>().unwrap());
        let wallet = "near:mainnet:alice.near".parse::<Wallet>().unwrap();
        assert_eq!(wallet, Wallet::on_chain(&mainnet));
        assert_eq!([mainnet, testnet].map(|account| wallet.controls(&account)), [true, false]);
        assert_eq!(wallet.to_string(), "near:mainnet:alice.near");
    }

    #[test]
    fn what_is_not_a_wallet_is_refused() {
        let address = format!("0x{}", "ab".repeat(20));
        let table = [
            ("empty", String::new(), WalletError::Malformed),
            ("address only", address.clone(), WalletError::Malformed),
            ("other family", format!("cosmos:{address}"), ChainIdError::UnsupportedNamespace.into()),
            ("no address", "eip155:".into(), AccountError::MalformedAddress(Namespace::Eip155).into()),
            ("NEAR without a chain", "near:alice.near".into(), WalletError::Malformed),
            ("chain zero", format!("eip155:0:{address}"), AccountError::from(ChainIdError::Malformed).into()),
            (
                "too many parts",
                format!("eip155:1:1:{address}"),
                AccountError::from(ChainIdError::Malformed).into(),
            ),
        ];
        for (name, text, error) in table {
            assert_eq!(text.parse::<Wallet>(), Err(error), "{name}");
        }
    }
}
