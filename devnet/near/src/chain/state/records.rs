//! The typed records in the state, read the same way from a block's state and from a block that is being made.

use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::account::{AccessKey, Account};
use near_primitives::borsh::{self, BorshDeserialize};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{PromiseYieldIndices, PromiseYieldTimeout, Receipt, ReceivedData};
use near_primitives::trie_key::{TrieKey, trie_key_parsers};
use near_primitives::types::{AccountId, PromiseYieldStatus};

use super::{State, Value};
use crate::chain::status::ChainError;

/// Something that holds records under [`TrieKey`]s.
pub(crate) trait Records {
    fn value(&self, key: &TrieKey) -> Option<Value>;

    fn record<T: BorshDeserialize>(&self, key: &TrieKey) -> Result<Option<T>, ChainError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        borsh::from_slice(&value).map(Some).map_err(|error| {
            ChainError::InconsistentState(format!("record {key:?} cannot be decoded: {error}"))
        })
    }

    fn account(&self, account_id: &AccountId) -> Result<Option<Account>, ChainError> {
        self.record(&TrieKey::Account { account_id: account_id.clone() })
    }

    fn access_key(&self, account_id: &AccountId, key: &PublicKey) -> Result<Option<AccessKey>, ChainError> {
        self.record(&access_key(account_id, key))
    }

    fn code(&self, account_id: &AccountId) -> Option<Value> {
        self.value(&TrieKey::ContractCode { account_id: account_id.clone() })
    }

    fn received_data(&self, to: &AccountId, data_id: CryptoHash) -> Result<Option<ReceivedData>, ChainError> {
        self.record(&TrieKey::ReceivedData { receiver_id: to.clone(), data_id })
    }

    fn postponed_receipt_id(
        &self,
        to: &AccountId,
        data_id: CryptoHash,
    ) -> Result<Option<CryptoHash>, ChainError> {
        self.record(&TrieKey::PostponedReceiptId { receiver_id: to.clone(), data_id })
    }

    fn pending_data_count(&self, to: &AccountId, receipt_id: CryptoHash) -> Result<Option<u32>, ChainError> {
        self.record(&TrieKey::PendingDataCount { receiver_id: to.clone(), receipt_id })
    }

    fn postponed_receipt(
        &self,
        to: &AccountId,
        receipt_id: CryptoHash,
    ) -> Result<Option<Receipt>, ChainError> {
        self.record(&TrieKey::PostponedReceipt { receiver_id: to.clone(), receipt_id })
    }

    fn yield_receipt(&self, of: &AccountId, data_id: CryptoHash) -> Result<Option<Receipt>, ChainError> {
        self.record(&TrieKey::PromiseYieldReceipt { receiver_id: of.clone(), data_id })
    }

    fn yield_status(
        &self,
        of: &AccountId,
        data_id: CryptoHash,
    ) -> Result<Option<PromiseYieldStatus>, ChainError> {
        self.record(&TrieKey::PromiseYieldStatus { receiver_id: of.clone(), data_id })
    }

    fn yield_indices(&self) -> Result<PromiseYieldIndices, ChainError> {
        Ok(self.record(&TrieKey::PromiseYieldIndices)?.unwrap_or_default())
    }

    fn yield_timeout(&self, index: u64) -> Result<Option<PromiseYieldTimeout>, ChainError> {
        self.record(&TrieKey::PromiseYieldTimeout { index })
    }
}

impl Records for State {
    fn value(&self, key: &TrieKey) -> Option<Value> {
        self.get(&key.to_vec()).cloned()
    }
}

pub(crate) fn access_key(account_id: &AccountId, key: &PublicKey) -> TrieKey {
    TrieKey::AccessKey { account_id: account_id.clone(), key_handle: PublicKeyHandle::from(key) }
}

pub(crate) fn contract_data_key(account_id: &AccountId, key: &[u8]) -> TrieKey {
    TrieKey::ContractData { account_id: account_id.clone(), key: key.to_vec() }
}

/// What the raw keys of all access keys of an account start with.
pub(crate) fn access_key_prefix(account_id: &AccountId) -> Vec<u8> {
    trie_key_parsers::get_raw_prefix_for_access_keys(account_id)
}
