//! Adding and deleting access keys.

use near_crypto::PublicKey;
use near_primitives::account::AccessKey;
use near_primitives::borsh;
use near_primitives::errors::ActionErrorKind;
use near_primitives::transaction::{AddKeyAction, DeleteKeyAction};
use near_primitives::types::StorageUsage;

use super::{Acting, Failure};
use crate::chain::protocol::initial_nonce;
use crate::chain::state::Records;
use crate::chain::status::ChainError;

impl Acting<'_> {
    pub(super) fn add_key(&mut self, add: &AddKeyAction) -> Result<(), Failure> {
        let account_id = self.account_id().clone();
        if self.state.access_key(&account_id, &add.public_key)?.is_some() {
            let public_key = Box::new(add.public_key.clone());
            return Err(ActionErrorKind::AddKeyAlreadyExists { account_id, public_key }.into());
        }
        let access_key = AccessKey { nonce: initial_nonce(self.block.height), ..add.access_key.clone() };
        let bytes = self.key_bytes(&add.public_key, &access_key)?;
        let account = self.existing()?;
        account.set_storage_usage(account.storage_usage().saturating_add(bytes));
        self.state.set_access_key(&account_id, &add.public_key, &access_key)?;
        Ok(())
    }

    pub(super) fn delete_key(&mut self, delete: &DeleteKeyAction) -> Result<(), Failure> {
        let account_id = self.account_id().clone();
        let Some(access_key) = self.state.access_key(&account_id, &delete.public_key)? else {
            let public_key = Box::new(delete.public_key.clone());
            return Err(ActionErrorKind::DeleteKeyDoesNotExist { account_id, public_key }.into());
        };
        let bytes = self.key_bytes(&delete.public_key, &access_key)?;
        let account = self.existing()?;
        account.set_storage_usage(account.storage_usage().saturating_sub(bytes));
        self.state.remove_access_key(&account_id, &delete.public_key);
        Ok(())
    }

    /// What a key counts in its account's storage usage.
    pub(super) fn key_bytes(
        &self,
        public_key: &PublicKey,
        access_key: &AccessKey,
    ) -> Result<StorageUsage, Failure> {
        let record = self.block.protocol.config.fees.storage_usage_config.num_extra_bytes_record;
        key_bytes(record, public_key, access_key).map_err(Failure::Fault)
    }
}

pub(crate) fn key_bytes(
    record: StorageUsage,
    public_key: &PublicKey,
    access_key: &AccessKey,
) -> Result<StorageUsage, ChainError> {
    let value = borsh::object_length(access_key).map_err(|error| {
        ChainError::InconsistentState(format!("an access key cannot be encoded: {error}"))
    })?;
    Ok(public_key.trie_id_len() as u64 + value as u64 + record)
}
