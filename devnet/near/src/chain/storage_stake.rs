//! Storage staking: an account must hold balance for the bytes it keeps in the state.

use near_parameters::RuntimeConfig;
use near_primitives::account::Account;
use near_primitives::types::Balance;

use super::protocol::ZERO_BALANCE_ACCOUNT_STORAGE_LIMIT;

/// What an account with this balance lacks for its storage; None if it has enough.
pub(crate) fn missing_for_storage(
    config: &RuntimeConfig,
    account: &Account,
    balance: Balance,
) -> Option<Balance> {
    if account.storage_usage() <= ZERO_BALANCE_ACCOUNT_STORAGE_LIMIT {
        return None;
    }
    let required = config.storage_amount_per_byte().saturating_mul(u128::from(account.storage_usage()));
    let available = balance.saturating_add(account.locked());
    required.checked_sub(available).filter(|missing| !missing.is_zero())
}
