//! Accounts that exist, with balance and key, from the first block.

use std::fmt;

use near_account_id::AccountIdRef;
use near_crypto::{KeyType, PublicKey, SecretKey};
use near_primitives::types::{AccountId, Balance};

use crate::chain::GenesisAccount;

/// Accounts that every devnet funds. Their keys follow from their names: never let them hold value anywhere.
pub const FUNDED_ACCOUNTS: [&AccountIdRef; 6] = [
    AccountIdRef::new_or_panic("test.near"),
    AccountIdRef::new_or_panic("alice.near"),
    AccountIdRef::new_or_panic("bob.near"),
    AccountIdRef::new_or_panic("carol.near"),
    AccountIdRef::new_or_panic("dave.near"),
    AccountIdRef::new_or_panic("erin.near"),
];

/// What each of them owns at first.
pub const FUNDED_BALANCE: Balance = Balance::from_near(1_000_000);

/// An account that exists from the first block, with one full-access key.
#[derive(Clone)]
pub struct FundedAccount {
    /// Its name; any valid account id, top-level ones too.
    pub account_id: AccountId,
    /// Its only key.
    pub secret_key: SecretKey,
    /// What it owns.
    pub balance: Balance,
}

impl FundedAccount {
    /// An account whose Ed25519 key everybody can compute: its seed is the account's name, as in nearcore's own tests.
    pub fn well_known(account_id: AccountId) -> Self {
        let secret_key = SecretKey::from_seed(KeyType::ED25519, account_id.as_str());
        Self { account_id, secret_key, balance: FUNDED_BALANCE }
    }

    /// The public half of its key.
    pub fn public_key(&self) -> PublicKey {
        self.secret_key.public_key()
    }

    pub(super) fn genesis(&self) -> GenesisAccount {
        GenesisAccount {
            account_id: self.account_id.clone(),
            balance: self.balance,
            public_keys: vec![self.public_key()],
        }
    }
}

impl fmt::Debug for FundedAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FundedAccount")
            .field("account_id", &self.account_id)
            .field("public_key", &self.public_key())
            .field("balance", &self.balance)
            .finish_non_exhaustive()
    }
}
