//! Which keys act for a NEAR or a Stellar account is the chain's to say: it changes without the account's name changing.

use idos_grants::{Account, Address, ChainId, account::StellarAddress};

use crate::{
    signature::SignatureError,
    wallet::{Scope, Wallet},
};

/// What a chain says of a key of an account, at its newest final block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPermission {
    /// The key may do everything for the account. On Stellar: its weight reaches the account's medium threshold, as contracts ask for.
    FullAccess,
    /// The key may do less: a function-call key, as apps hold them on NEAR; a signer that needs others beside it on Stellar.
    Limited,
    /// The account has no such key.
    NoKey,
    /// There is no such account.
    NoAccount,
}

/// A question to a chain: what `key` may do for `account`. On NEAR `view_access_key`, on Stellar the account's signers and thresholds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKeyCheck {
    account: Account,
    key: [u8; 32],
}

impl AccessKeyCheck {
    pub(crate) fn new(account: &Account, key: [u8; 32]) -> Self {
        Self { account: *account, key }
    }

    /// Whether `key` still acts for `wallet`; `None` if no chain is to be asked about that wallet's keys.
    pub fn of(wallet: &Wallet, key: [u8; 32]) -> Option<Self> {
        match (wallet.scope(), wallet.address()) {
            (Scope::Chain(chain), Address::Near(_) | Address::Stellar(StellarAddress::Account(_))) => {
                Account::new(chain, wallet.address()).ok().map(|account| Self::new(&account, key))
            }
            _ => None,
        }
    }

    /// The account that is to be proven.
    pub fn account(&self) -> Account {
        self.account
    }

    /// The chain that is to be asked.
    pub fn chain(&self) -> ChainId {
        self.account.chain()
    }

    /// The Ed25519 key that signed.
    pub fn key(&self) -> [u8; 32] {
        self.key
    }

    /// Reads the chain's answer. An account that is named by a key and has never held anything is not there yet; until it is, that key is its
    /// only key.
    ///
    /// # Errors
    /// If the key may not act for the account in everything.
    pub fn accept(&self, permission: KeyPermission) -> Result<Wallet, SignatureError> {
        match permission {
            KeyPermission::FullAccess => Ok(Wallet::on_chain(&self.account)),
            KeyPermission::NoAccount if self.named_by() == Some(self.key) => {
                Ok(Wallet::on_chain(&self.account))
            }
            KeyPermission::Limited => Err(SignatureError::NotFullAccess),
            KeyPermission::NoKey | KeyPermission::NoAccount => Err(SignatureError::NotItsKey),
        }
    }

    /// The key that the account is named by.
    fn named_by(&self) -> Option<[u8; 32]> {
        match self.account.address() {
            Address::Near(id) => id.implicit_key(),
            Address::Stellar(StellarAddress::Account(key)) => Some(key),
            _ => None,
        }
    }
}
