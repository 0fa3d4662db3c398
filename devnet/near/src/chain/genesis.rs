//! What a chain starts from.

use near_crypto::PublicKey;
use near_parameters::RuntimeConfig;
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::borsh;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Balance, BlockHeight};

use super::actions::keys::key_bytes;
use super::state::{Records, State, access_key};
use super::storage_stake::missing_for_storage;

/// What a chain starts from.
#[derive(Debug, Clone)]
pub struct Genesis {
    /// As `status` and NEP-413 name it, such as `localnet`.
    pub chain_id: String,
    /// Height of the genesis block.
    pub height: BlockHeight,
    /// Time of the genesis block, in nanoseconds since 1970.
    pub timestamp_ns: u64,
    /// At least one; the first one signs the blocks. Top-level accounts can only be made here, as NEAR allows
    /// nobody but its registrar to create them.
    pub accounts: Vec<GenesisAccount>,
}

/// An account of the first block, with full-access keys.
#[derive(Debug, Clone)]
pub struct GenesisAccount {
    /// Any valid id, a top-level one too.
    pub account_id: AccountId,
    /// What it owns.
    pub balance: Balance,
    /// Who may sign for it.
    pub public_keys: Vec<PublicKey>,
}

/// Why a chain cannot start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// Two entries for one account.
    #[error("account {0} is listed twice in the genesis: keep one of them")]
    DuplicateAccount(AccountId),
    /// Many keys, little balance.
    #[error("genesis account {account_id} lacks {missing} for the storage of its keys: raise its balance")]
    LackBalanceForState {
        /// Which account.
        account_id: AccountId,
        /// How much more it needs.
        missing: Balance,
    },
    /// More money than the protocol can count.
    #[error("the balances of the genesis accounts exceed what a u128 holds: lower them")]
    SupplyOverflow,
    /// Nobody could sign anything.
    #[error("the genesis has no accounts: give it at least one")]
    NoAccounts,
}

impl Genesis {
    /// The first state, and how much money there is.
    pub(crate) fn state(&self, config: &RuntimeConfig) -> Result<(State, Balance), GenesisError> {
        let mut state = State::default();
        let mut supply = Balance::ZERO;
        for account in &self.accounts {
            supply = supply.checked_add(account.balance).ok_or(GenesisError::SupplyOverflow)?;
            account.put(&mut state, config)?;
        }
        Ok((state, supply))
    }
}

impl GenesisAccount {
    fn put(&self, state: &mut State, config: &RuntimeConfig) -> Result<(), GenesisError> {
        let key = TrieKey::Account { account_id: self.account_id.clone() };
        if state.value(&key).is_some() {
            return Err(GenesisError::DuplicateAccount(self.account_id.clone()));
        }
        let storage = &config.fees.storage_usage_config;
        let full_access = AccessKey::full_access();
        let mut bytes = storage.num_bytes_account;
        for public_key in &self.public_keys {
            bytes += key_bytes(storage.num_extra_bytes_record, public_key, &full_access).unwrap_or_default();
            state.set(&access_key(&self.account_id, public_key), encoded(&full_access));
        }
        let account = Account::new(self.balance, Balance::ZERO, AccountContract::None, bytes);
        if let Some(missing) = missing_for_storage(config, &account, self.balance) {
            return Err(GenesisError::LackBalanceForState { account_id: self.account_id.clone(), missing });
        }
        state.set(&key, encoded(&account));
        Ok(())
    }
}

fn encoded(record: &impl borsh::BorshSerialize) -> Vec<u8> {
    // Writing to memory does not fail.
    borsh::to_vec(record).unwrap_or_default()
}
