//! Wallets of every kind that can sign in.

use idos_grants::{
    Account, Address, ChainId,
    account::{PublicKey, StellarAddress, XrplAddress},
};
use idos_wallets::KeyPermission;

use super::{CHAIN, House, Key, SECOND_CHAIN};

/// How a wallet proves that it is an account's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalletKind {
    /// By the key that an EVM address follows from.
    EvmKey,
    /// By a contract's word (ERC-1271).
    EvmContract,
    /// By NEAR's word on a key.
    Near,
    /// By a Stellar network's word on a key.
    Stellar,
    /// By the master key of an XRPL account.
    Xrpl,
}

impl WalletKind {
    /// Each.
    pub const ALL: [Self; 5] = [Self::EvmKey, Self::EvmContract, Self::Near, Self::Stellar, Self::Xrpl];

    /// For messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::EvmKey => "EVM key",
            Self::EvmContract => "EVM contract",
            Self::Near => "NEAR",
            Self::Stellar => "Stellar",
            Self::Xrpl => "XRPL",
        }
    }

    /// The `n`th wallet of this kind, known to its chain: what signs for it, and its account.
    pub fn wallet(self, house: &House, n: u64) -> (Key, Account) {
        match self {
            Self::EvmKey => {
                let key = Key::number(n);
                let account = key.account(CHAIN);
                (key, account)
            }
            Self::EvmContract => {
                let key = Key::number(n + 1000);
                let mut address = [0xaa; 20];
                address[12..].copy_from_slice(&n.to_be_bytes());
                let account = Account::evm(CHAIN, address);
                house.chain_accounts.deploy(account, key.account(CHAIN));
                (key, account)
            }
            Self::Near => {
                let key = Key::near(n);
                let account = format!("near:testnet:person{n}.testnet").parse().unwrap();
                house.chain_accounts.set_permission(account, key.public(), KeyPermission::FullAccess);
                (key, account)
            }
            Self::Stellar => {
                let key = Key::stellar(n);
                let address = Address::Stellar(StellarAddress::Account(key.public()));
                let account = Account::new("stellar:testnet".parse().unwrap(), address).unwrap();
                house.chain_accounts.set_permission(account, key.public(), KeyPermission::FullAccess);
                (key, account)
            }
            Self::Xrpl => {
                let key = Key::xrpl(n);
                let address = XrplAddress::of_key(&PublicKey::Ed25519(key.public())).unwrap();
                let account = Account::new(ChainId::Xrpl(0), Address::Xrpl(address)).unwrap();
                (key, account)
            }
        }
    }

    /// The account of the same name on another chain of its family, which takes the same key's word for it.
    pub fn on_second_chain(self, house: &House, key: &Key, account: Account) -> Account {
        let chain = match self {
            Self::EvmKey | Self::EvmContract => ChainId::Eip155(SECOND_CHAIN),
            Self::Near => "near:mainnet".parse().unwrap(),
            Self::Stellar => "stellar:pubnet".parse().unwrap(),
            Self::Xrpl => ChainId::Xrpl(1),
        };
        let there = Account::new(chain, account.address()).unwrap();
        match self {
            Self::EvmContract => house.chain_accounts.deploy(there, key.account(SECOND_CHAIN)),
            Self::Near | Self::Stellar => {
                house.chain_accounts.set_permission(there, key.public(), KeyPermission::FullAccess);
            }
            Self::EvmKey | Self::Xrpl => {}
        }
        there
    }

    /// The account by which such a wallet grants: XRPL has no contracts, and its keys grant on Stellar.
    pub fn granting(self, key: &Key, account: Account) -> Account {
        if self != Self::Xrpl {
            return account;
        }
        let key = Address::Stellar(StellarAddress::Key(PublicKey::Ed25519(key.public())));
        Account::new("stellar:testnet".parse().unwrap(), key).unwrap()
    }
}
