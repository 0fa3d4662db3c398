//! Which keys act for a NEAR account is the chain's to say: it changes without the account's name changing.

use idos_grants::{Account, Address, account::NearAccountId};

use crate::{
    signature::SignatureError,
    wallet::{Scope, Wallet},
};

/// What a NEAR chain says of a key of an account, at its newest final block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPermission {
    /// The key may do everything for the account.
    FullAccess,
    /// The key may call certain methods only, as keys do that apps hold.
    FunctionCall,
    /// The account has no such key.
    NoKey,
    /// There is no such account.
    NoAccount,
}

/// A question to a NEAR chain: what `key` may do for `account` (`view_access_key`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKeyCheck {
    account: Account,
    id: NearAccountId,
    key: [u8; 32],
}

impl AccessKeyCheck {
    pub(crate) fn new(account: &Account, id: NearAccountId, key: [u8; 32]) -> Self {
        Self { account: *account, id, key }
    }

    /// Whether `key` still acts for `wallet`; `None` if the wallet is no NEAR account.
    pub fn of(wallet: &Wallet, key: [u8; 32]) -> Option<Self> {
        let (Scope::Chain(chain), Address::Near(id)) = (wallet.scope(), wallet.address()) else {
            return None;
        };
        Some(Self::new(&Account::new(chain, wallet.address()).ok()?, id, key))
    }

    /// The account that is to be proven; the question goes to its chain.
    pub fn account(&self) -> Account {
        self.account
    }

    /// The account's id.
    pub fn id(&self) -> NearAccountId {
        self.id
    }

    /// The Ed25519 key that signed.
    pub fn key(&self) -> [u8; 32] {
        self.key
    }

    /// Reads the chain's answer. An implicit account that has never held anything is not there yet; until it is, the key that it is named by
    /// is its only key.
    ///
    /// # Errors
    /// If the key may not act for the account in everything.
    pub fn accept(&self, permission: KeyPermission) -> Result<Wallet, SignatureError> {
        match permission {
            KeyPermission::FullAccess => Ok(Wallet::on_chain(&self.account)),
            KeyPermission::NoAccount if self.id.implicit_key() == Some(self.key) => {
                Ok(Wallet::on_chain(&self.account))
            }
            KeyPermission::FunctionCall => Err(SignatureError::NotFullAccess),
            KeyPermission::NoKey | KeyPermission::NoAccount => Err(SignatureError::NotItsKey),
        }
    }
}
