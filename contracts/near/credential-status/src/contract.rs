//! The contract as the chain calls it.
#![allow(missing_docs, reason = "what the macros add has none")]

use idos_near_protocol::{
    Bytes32,
    deposits::{DepositRefusal, Deposits, StorageBalance, StorageBalanceBounds},
    history::HistoryHead,
};
use near_sdk::{AccountId, NearToken, env, near};

use crate::{
    refusal::Refusal,
    verbs::{self, Call, check_batch, check_word_index},
    word::{Purpose, Status, WORD_COST, WordKey},
};

const DEPOSITS: Deposits = Deposits { record_cost: WORD_COST };

/// The contract. Words and deposits are records of their own; this is what remains.
#[near(
    contract_state,
    contract_metadata(
        standard(standard = "nep145", version = "1.0.0"),
        standard(standard = "nep297", version = "1.0.0"),
        standard(standard = "idos-credential-status", version = "1.0.0"),
    )
)]
#[derive(Default)]
pub struct CredentialStatus {
    history_head: HistoryHead,
}

/// A change of up to 256 neighbouring positions.
#[near(serializers = [json])]
#[serde(deny_unknown_fields)]
#[derive(Debug, Clone)]
pub struct WordChange {
    /// Which word: below 512.
    pub word_index: u16,
    /// The bits to set, as a big-endian number.
    pub set: Bytes32,
    /// The bits to clear: none that is in `set`, none at all for a revocation.
    pub clear: Bytes32,
}

/// Verbs, by the issuer: the account whose action this is.
#[near]
impl CredentialStatus {
    /// Sets the status at `index` of the caller's `list`. What is already so changes nothing and emits nothing.
    #[payable]
    #[handle_result]
    #[deny_unknown_arguments]
    pub fn set_status(&mut self, list: u32, index: u32, status: Status) -> Result<(), Refusal> {
        let mut call = Call::by_predecessor(list, &mut self.history_head);
        call.set_status(index, status)?;
        DEPOSITS.settle(call.issuer(), env::attached_deposit(), call.added, call.removed)?;
        call.emit();
        Ok(())
    }

    /// Changes 1 to 60 words of one purpose of the caller's `list`, all or none. Words that stay as they are emit nothing.
    #[payable]
    #[handle_result]
    #[deny_unknown_arguments]
    pub fn set_status_words(
        &mut self,
        list: u32,
        purpose: Purpose,
        changes: Vec<WordChange>,
    ) -> Result<(), Refusal> {
        check_batch(changes.len())?;
        let mut call = Call::by_predecessor(list, &mut self.history_head);
        for change in changes {
            call.set_word(purpose, change.word_index, change.set, change.clear)?;
        }
        DEPOSITS.settle(call.issuer(), env::attached_deposit(), call.added, call.removed)?;
        call.emit();
        Ok(())
    }
}

/// Views, and what a contract asks by promise.
#[near]
impl CredentialStatus {
    /// The status at `index` of `list` of `issuer`: `valid` says no more than "neither revoked nor suspended".
    #[handle_result]
    pub fn status_of(issuer: AccountId, list: u32, index: u32) -> Result<Status, Refusal> {
        verbs::status_of(&issuer, list, index)
    }

    /// 256 bits of one purpose at once, as a big-endian number.
    #[handle_result]
    pub fn status_word(
        issuer: AccountId,
        list: u32,
        purpose: Purpose,
        word_index: u16,
    ) -> Result<Bytes32, Refusal> {
        check_word_index(word_index)?;
        Ok(WordKey { issuer: &issuer, list, purpose, word_index }.read())
    }

    /// The hash over every event so far.
    pub fn history_head(&self) -> Bytes32 {
        self.history_head.get()
    }
}

/// Storage deposits, by NEP-145.
#[near]
impl CredentialStatus {
    /// Deposits what is attached for `account_id`, by default the caller. With `registration_only`, only what registration costs.
    #[payable]
    #[handle_result]
    pub fn storage_deposit(
        &mut self,
        account_id: Option<AccountId>,
        registration_only: Option<bool>,
    ) -> Result<StorageBalance, DepositRefusal> {
        let account = account_id.unwrap_or_else(env::predecessor_account_id);
        DEPOSITS.deposit(&account, registration_only.unwrap_or_default())
    }

    /// Pays the caller `amount` yoctoNEAR of what is available, by default all. One yoctoNEAR must be attached.
    #[payable]
    #[handle_result]
    pub fn storage_withdraw(&mut self, amount: Option<NearToken>) -> Result<StorageBalance, DepositRefusal> {
        DEPOSITS.withdraw(amount)
    }

    /// Pays the caller's whole deposit back and forgets it. Refused while it pays for words, whatever `force` says. One yoctoNEAR must be
    /// attached.
    #[payable]
    #[handle_result]
    pub fn storage_unregister(&mut self, force: Option<bool>) -> Result<bool, DepositRefusal> {
        let _ = force;
        DEPOSITS.unregister()
    }

    /// What it costs to be registered.
    pub fn storage_balance_bounds() -> StorageBalanceBounds {
        DEPOSITS.bounds()
    }

    /// What an account has deposited; `null` if nothing.
    pub fn storage_balance_of(account_id: AccountId) -> Option<StorageBalance> {
        DEPOSITS.balance_of(&account_id)
    }
}
