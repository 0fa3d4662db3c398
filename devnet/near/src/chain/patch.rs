//! Writing records straight into the state, as NEAR's sandbox lets a test do.

use near_crypto::PublicKeyHandle;
use near_primitives::account::Account;
use near_primitives::state_record::StateRecord;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{Balance, StateChangeCause};

use super::state::{Records, StateUpdate, contract_data_key};
use super::status::{ChainError, PatchError};

/// Refuses records of kinds that this chain keeps elsewhere or not at all.
pub(crate) fn check(records: &[StateRecord]) -> Result<(), PatchError> {
    match records.iter().find(|record| key(record).is_none()) {
        Some(record) => Err(PatchError::UnsupportedRecord { kind: record.get_type_string() }),
        None => Ok(()),
    }
}

/// Applies records that have been [checked](check). Answers how much money there is now that was not there before,
/// and how much is gone.
pub(crate) fn apply(
    state: &mut StateUpdate,
    records: Vec<StateRecord>,
) -> Result<(Balance, Balance), ChainError> {
    let (mut minted, mut burnt) = (Balance::ZERO, Balance::ZERO);
    for record in records {
        let Some(key) = key(&record) else { continue };
        match record {
            StateRecord::Account { account_id, account } => {
                let before = state.account(&account_id)?.as_ref().map_or(Balance::ZERO, money_of);
                let after = money_of(&account);
                minted = minted.saturating_add(after.saturating_sub(before));
                burnt = burnt.saturating_add(before.saturating_sub(after));
                state.set_record(key, &account)?;
            }
            StateRecord::AccessKey { access_key, .. } => state.set_record(key, &access_key)?,
            StateRecord::Data { value, .. } => state.set(key, value.into()),
            StateRecord::Contract { code, .. } => state.set(key, code),
            _ => {}
        }
    }
    state.commit(StateChangeCause::Migration);
    Ok((minted, burnt))
}

fn money_of(account: &Account) -> Balance {
    account.amount().saturating_add(account.locked())
}

fn key(record: &StateRecord) -> Option<TrieKey> {
    match record {
        StateRecord::Account { account_id, .. } => Some(TrieKey::Account { account_id: account_id.clone() }),
        StateRecord::Contract { account_id, .. } => {
            Some(TrieKey::ContractCode { account_id: account_id.clone() })
        }
        StateRecord::Data { account_id, data_key, .. } => Some(contract_data_key(account_id, data_key)),
        StateRecord::AccessKey { account_id, public_key, .. } => {
            let key_handle: PublicKeyHandle = public_key.clone();
            Some(TrieKey::AccessKey { account_id: account_id.clone(), key_handle })
        }
        _ => None,
    }
}
