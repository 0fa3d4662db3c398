//! Creating and deleting accounts.

use near_primitives::account::{Account, AccountContract};
use near_primitives::errors::ActionErrorKind;
use near_primitives::receipt::Receipt;
use near_primitives::transaction::DeleteAccountAction;
use near_primitives::trie_key::{TrieKey, trie_key_parsers};
use near_primitives::types::{AccountId, Balance, StorageUsage};

use super::{Acting, ActionResult, Failure};
use crate::chain::state::{Records, StateUpdate, access_key_prefix, contract_data_key};
use crate::chain::status::ChainError;

impl Acting<'_> {
    pub(super) fn create_account(&mut self) -> Result<(), Failure> {
        let account_id = self.account_id().clone();
        let predecessor_id = self.receipt.predecessor_id();
        let config = &self.block.protocol.config;
        let creation = &config.account_creation_config;
        if account_id.is_top_level() {
            let too_short = account_id.len() < usize::from(creation.min_allowed_top_level_account_length);
            if too_short && *predecessor_id != creation.registrar_account_id {
                return Err(ActionErrorKind::CreateAccountOnlyByRegistrar {
                    account_id,
                    registrar_account_id: creation.registrar_account_id.clone(),
                    predecessor_id: predecessor_id.clone(),
                }
                .into());
            }
        } else if !account_id.is_sub_account_of(predecessor_id) {
            let predecessor_id = predecessor_id.clone();
            return Err(ActionErrorKind::CreateAccountNotAllowed { account_id, predecessor_id }.into());
        }
        let storage = config.fees.storage_usage_config.num_bytes_account;
        self.account = Some(Account::new(Balance::ZERO, Balance::ZERO, AccountContract::None, storage));
        self.actor_id = account_id;
        Ok(())
    }

    pub(super) fn delete_account(
        &mut self,
        delete: &DeleteAccountAction,
        result: &mut ActionResult,
    ) -> Result<(), Failure> {
        let account_id = self.account_id().clone();
        let account = self.existing()?.clone();
        let without_code = account.storage_usage().saturating_sub(code_bytes(self.state, &account_id));
        if without_code > Account::MAX_ACCOUNT_DELETION_STORAGE_USAGE {
            return Err(ActionErrorKind::DeleteAccountWithLargeState { account_id }.into());
        }
        if !account.amount().is_zero() {
            result.new_receipts.push(Receipt::new_balance_refund(&delete.beneficiary_id, account.amount()));
        }
        remove_records(self.state, &account_id)?;
        self.account = None;
        self.actor_id = self.receipt.predecessor_id().clone();
        Ok(())
    }
}

/// What the code of an account counts in its storage usage.
pub(super) fn code_bytes(state: &StateUpdate, account_id: &AccountId) -> StorageUsage {
    state.code(account_id).map_or(0, |code| code.len() as u64)
}

fn remove_records(state: &mut StateUpdate, account_id: &AccountId) -> Result<(), ChainError> {
    state.remove(TrieKey::Account { account_id: account_id.clone() });
    if state.code(account_id).is_some() {
        state.remove(TrieKey::ContractCode { account_id: account_id.clone() });
    }
    for raw in state.keys_with_prefix(&access_key_prefix(account_id)) {
        let key_handle =
            trie_key_parsers::parse_key_handle_from_access_key_key(&raw, account_id).map_err(|error| {
                ChainError::InconsistentState(format!("an access key cannot be decoded: {error}"))
            })?;
        state.remove(TrieKey::AccessKey { account_id: account_id.clone(), key_handle });
    }
    let data = contract_data_key(account_id, &[]).to_vec();
    for raw in state.keys_with_prefix(&data) {
        let key = raw.get(data.len()..).unwrap_or_default();
        state.remove(contract_data_key(account_id, key));
    }
    Ok(())
}
