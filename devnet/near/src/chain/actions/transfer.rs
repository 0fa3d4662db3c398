//! Transfers: to an account, to an implicit account that they create, and refunds.

use near_crypto::PublicKey;
use near_primitives::account::{AccessKey, AccessKeyPermission, Account, AccountContract};
use near_primitives::errors::ActionErrorKind;
use near_primitives::types::Balance;

use super::{Acting, Failure};
use crate::chain::protocol::initial_nonce;
use crate::chain::state::Records;
use crate::chain::status::ChainError;

impl Acting<'_> {
    pub(super) fn transfer(&mut self, deposit: Balance) -> Result<(), Failure> {
        let Some(account) = self.account.as_mut() else {
            return self.create_implicit_account(deposit);
        };
        let amount = account.amount().checked_add(deposit);
        let amount =
            amount.ok_or_else(|| ChainError::InconsistentState("a balance exceeds u128".to_owned()))?;
        account.set_amount(amount);
        if self.is_refund() && self.action_receipt.signer_id() == self.account_id() {
            self.refund_allowance(deposit)?;
        }
        Ok(())
    }

    /// The account's name is its public key, and that key gets full access.
    fn create_implicit_account(&mut self, deposit: Balance) -> Result<(), Failure> {
        let account_id = self.account_id().clone();
        let public_key = PublicKey::from_near_implicit_account(&account_id)
            .map_err(|_| ActionErrorKind::AccountDoesNotExist { account_id: account_id.clone() })?;
        let access_key = AccessKey { nonce: initial_nonce(self.block.height), ..AccessKey::full_access() };
        let storage = self.block.protocol.config.fees.storage_usage_config.num_bytes_account;
        let storage = storage + self.key_bytes(&public_key, &access_key)?;
        self.state.set_access_key(&account_id, &public_key, &access_key)?;
        self.account = Some(Account::new(deposit, Balance::ZERO, AccountContract::None, storage));
        self.actor_id = account_id;
        Ok(())
    }

    /// Gas that comes back counts for the allowance of the key that paid it, if the key is still there.
    fn refund_allowance(&mut self, deposit: Balance) -> Result<(), Failure> {
        let account_id = self.account_id().clone();
        let public_key = self.action_receipt.signer_public_key().clone();
        let Some(mut access_key) = self.state.access_key(&account_id, &public_key)? else { return Ok(()) };
        if let AccessKeyPermission::FunctionCall(permission) = &mut access_key.permission
            && let Some(allowance) = permission.allowance.as_mut()
        {
            *allowance = allowance.saturating_add(deposit);
            self.state.set_access_key(&account_id, &public_key, &access_key)?;
        }
        Ok(())
    }
}
