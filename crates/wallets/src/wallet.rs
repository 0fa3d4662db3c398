//! Proven wallets.

use std::{fmt, str::FromStr};

use idos_grants::{
    Account, Address, ChainId, Namespace,
    account::{AccountError, PublicKey, StellarAddress, XrplAddress},
    chain::ChainIdError,
};
use serde::{Deserialize, Serialize};

/// On which chains a wallet speaks for its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// On every chain of the family: the address follows from a key.
    Namespace(Namespace),
    /// On one chain: who acts for the address is for that chain to say. An EVM contract; every NEAR and every Stellar account.
    Chain(ChainId),
}

/// A wallet that proved its address. It prints as `eip155:0x…` if proven by key, as `eip155:1:0x…` or `near:mainnet:alice.near` if a
/// chain had to say so, and as `xrpl:r…:secp256k1-02…` where the key does not follow from the address; there is one text for a wallet, so
/// wallets compare as text.
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

    /// The XRPL account of a master key; `None` for keys of a curve that the ledger does not know. No contract runs there, so its key holds its
    /// grants on Stellar.
    pub fn xrpl(key: PublicKey) -> Option<Self> {
        XrplAddress::of_key(&key)?;
        let address = Address::Stellar(StellarAddress::Key(key));
        Some(Self { scope: Scope::Namespace(Namespace::Xrpl), address })
    }

    /// The wallet that is `account`, by the word of its chain: a contract wallet, a NEAR or a Stellar account.
    pub fn on_chain(account: &Account) -> Self {
        Self { scope: Scope::Chain(account.chain()), address: account.address() }
    }

    /// On which chains it speaks for its address.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The address that it holds grants by.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Whether what `account` does on its chain is this wallet's doing.
    pub fn controls(&self, account: &Account) -> bool {
        let in_scope = match self.scope {
            Scope::Namespace(Namespace::Xrpl) => {
                return self.is_xrpl(account) || account.address() == self.address;
            }
            Scope::Namespace(namespace) => account.chain().namespace() == namespace,
            Scope::Chain(chain) => account.chain() == chain,
        };
        in_scope && account.address() == self.address
    }

    fn is_xrpl(&self, account: &Account) -> bool {
        account.address().namespace() == Namespace::Xrpl && Some(account.address()) == self.classic_address()
    }

    /// The addresses that it is known by: the one that it holds grants by and, of an XRPL wallet, the account's own.
    pub fn addresses(&self) -> impl Iterator<Item = Address> {
        let is_xrpl = self.scope == Scope::Namespace(Namespace::Xrpl);
        std::iter::once(self.address).chain(self.classic_address().filter(|_| is_xrpl))
    }

    /// The XRPL account of the key, if it has one.
    fn classic_address(&self) -> Option<Address> {
        let Address::Stellar(StellarAddress::Key(key)) = self.address else { return None };
        XrplAddress::of_key(&key).map(Address::Xrpl)
    }

    /// Whether both are proven by the same key, or are the same: an XRPL account and the bare key that holds its grants.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let by_key = |wallet: &Self| matches!(wallet.scope, Scope::Namespace(_));
        self == other || (self.address == other.address && by_key(self) && by_key(other))
    }
}

impl fmt::Display for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.scope, self.address) {
            (Scope::Namespace(namespace @ Namespace::Xrpl), Address::Stellar(StellarAddress::Key(key))) => {
                let address = self.classic_address().ok_or(fmt::Error)?;
                write!(f, "{namespace}:{address}:{key}")
            }
            (Scope::Namespace(namespace), address) => write!(f, "{namespace}:{address}"),
            (Scope::Chain(chain), address) => write!(f, "{chain}:{address}"),
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
        match namespace.parse()? {
            Namespace::Xrpl => xrpl(rest),
            _ if rest.contains(':') => Ok(Self::on_chain(&text.parse()?)),
            Namespace::Eip155 => Ok(Self::by_key(Address::parse(Namespace::Eip155, rest)?)),
            Namespace::Stellar => bare_key(rest),
            // A NEAR account exists on one chain, also where its name is a key.
            Namespace::Near => Err(WalletError::Malformed),
        }
    }
}

fn xrpl(text: &str) -> Result<Wallet, WalletError> {
    let (address, key) = text.split_once(':').ok_or(WalletError::Malformed)?;
    let address = Address::parse(Namespace::Xrpl, address)?;
    let wallet = Wallet::xrpl(key.parse()?).filter(|wallet| wallet.classic_address() == Some(address));
    wallet.ok_or(WalletError::OtherKey)
}

/// A Stellar account exists on one network, a bare key on all of them.
fn bare_key(text: &str) -> Result<Wallet, WalletError> {
    match Address::parse(Namespace::Stellar, text)? {
        address @ Address::Stellar(StellarAddress::Key(_)) => Ok(Wallet::by_key(address)),
        _ => Err(WalletError::Malformed),
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
        "a wallet is named like eip155:0x…, with its chain if it is a contract or an account of NEAR or Stellar (near:mainnet:alice.near), and with its key on XRPL (xrpl:r…:secp256k1-02…)"
    )]
    Malformed,
    /// XRPL: the key is another account's.
    #[error("the key is not the master key of that XRPL account")]
    OtherKey,
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

    /// The genesis account of XRPL.
    const XRPL: &str = "xrpl:rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh:secp256k1-0330e7fc9d56bb25d6893ba3f317ae5bcf33b3291bd63db32654a313222f7fd020";

    #[test]
    fn a_stellar_account_is_a_wallet_on_its_network_only_and_a_bare_key_on_all() {
        let account = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ";
        let key = format!("ed25519-{}", "ab".repeat(32));
        let table =
            [(format!("stellar:pubnet:{account}"), account, false), (format!("stellar:{key}"), &key, true)];
        for (text, address, everywhere) in table {
            let wallet = text.parse::<Wallet>().unwrap();
            assert_eq!(wallet.to_string(), text);
            let on = |network: &str| format!("stellar:{network}:{address}").parse::<Account>().unwrap();
            assert_eq!(
                [on("pubnet"), on("testnet")].map(|it| wallet.controls(&it)),
                [true, everywhere],
                "{text}"
            );
        }
    }

    #[test]
    fn an_xrpl_account_acts_on_stellar_by_its_key() {
        let wallet = XRPL.parse::<Wallet>().unwrap();
        assert_eq!(wallet.to_string(), XRPL);
        let key = XRPL.rsplit_once(':').unwrap().1;
        let table = [
            (format!("stellar:local:{key}"), true),
            (format!("stellar:pubnet:{key}"), true),
            (format!("stellar:local:{}", key.replace("-03", "-02")), false),
            ("xrpl:0:rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh".into(), true),
            ("xrpl:0:rLUEXYuLiQptky37CqLcm9USQpPiz5rkpD".into(), false),
        ];
        for (account, controlled) in table {
            assert_eq!(wallet.controls(&account.parse().unwrap()), controlled, "{account}");
        }
        let bare = format!("stellar:{key}").parse::<Wallet>().unwrap();
        assert!(wallet.is_same_as(&bare) && bare.is_same_as(&wallet));
        assert!(!bare.controls(&"xrpl:0:rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh".parse().unwrap()));
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
            (
                "Stellar without a network",
                "stellar:GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ".into(),
                WalletError::Malformed,
            ),
            ("XRPL without a key", "xrpl:rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh".into(), WalletError::Malformed),
            ("XRPL with another key", XRPL.replace("-03", "-02"), WalletError::OtherKey),
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
