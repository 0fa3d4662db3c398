//! Deploying a contract.

use near_primitives::account::AccountContract;
use near_primitives::hash::hash;
use near_primitives::transaction::DeployContractAction;
use near_primitives::trie_key::TrieKey;

use super::account::code_bytes;
use super::{Acting, Failure};
use crate::chain::status::ChainError;

impl Acting<'_> {
    /// Replaces the account's code. Whether the code is any good shows when it is called.
    pub(super) fn deploy_contract(&mut self, deploy: &DeployContractAction) -> Result<(), Failure> {
        let account_id = self.account_id().clone();
        let replaced = code_bytes(self.state, &account_id);
        let account = self.existing()?;
        let storage =
            account.storage_usage().saturating_sub(replaced).saturating_add(deploy.code.len() as u64);
        account.set_storage_usage(storage);
        account
            .set_contract(AccountContract::Local(hash(&deploy.code)))
            .map_err(|error| ChainError::InconsistentState(error.to_string()))?;
        self.state.set(TrieKey::ContractCode { account_id }, deploy.code.clone());
        Ok(())
    }
}
