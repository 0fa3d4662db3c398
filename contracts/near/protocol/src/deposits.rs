//! Storage deposits, by [NEP-145](https://github.com/near/NEPs/blob/master/neps/nep-0145.md): state on NEAR is paid for by locking tokens, and
//! whoever has a record here has locked what its bytes cost. Removing the record unlocks them.
//!
//! An account has one deposit record. It says how much of its deposit is *available* and how many records it pays for; the total is what is
//! available and the cost of all of them and of the deposit record itself. All records that a contract charges for are of one size, so that the
//! cost of one is a constant.

use near_sdk::{
    AccountId, FunctionError, NearToken,
    borsh::{BorshDeserialize, BorshSerialize},
    env, near,
};

use crate::record::{KEY_BYTES, RecordKey, read_record, write_record};

/// Kind of the deposit record in its [`RecordKey`]. Contracts number their own kinds from 1.
const KIND: u8 = 0;

/// What the protocol adds to a record's key and value, in bytes (`storage_num_extra_bytes_record`).
const RECORD_EXTRA_BYTES: u64 = 40;

/// What a byte of state costs (`storage_amount_per_byte`): it is locked, not spent.
const YOCTO_PER_BYTE: u128 = 10_000_000_000_000_000_000;

/// What a state record of this module's kind of key costs, by the length of its value.
pub const fn record_cost(value_bytes: u64) -> NearToken {
    let bytes = KEY_BYTES + value_bytes + RECORD_EXTRA_BYTES;
    NearToken::from_yoctonear(bytes as u128 * YOCTO_PER_BYTE)
}

/// What the deposit record itself costs: the least that an account must deposit, once.
pub const REGISTRATION_COST: NearToken = record_cost(16 + 8);

/// NEP-145: what an account has deposited.
#[near(serializers = [json])]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageBalance {
    /// Everything it has here.
    pub total: NearToken,
    /// The part that pays for nothing: new records may use it, or it may be withdrawn.
    pub available: NearToken,
}

/// NEP-145: the least and the most that an account may deposit.
#[near(serializers = [json])]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageBalanceBounds {
    /// To be registered.
    pub min: NearToken,
    /// No bound: `null`.
    pub max: Option<NearToken>,
}

/// Why a deposit cannot do what is asked. The text is the stable name that clients read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, FunctionError)]
pub enum DepositRefusal {
    /// This many yoctoNEAR are missing: attach them, or let anyone deposit them for the account.
    #[error("StorageDepositMissing({})", .0.as_yoctonear())]
    StorageDepositMissing(NearToken),
    /// Only this many yoctoNEAR are available for withdrawal.
    #[error("StorageBalanceTooLow({})", .0.as_yoctonear())]
    StorageBalanceTooLow(NearToken),
    /// The account has no deposit.
    #[error("NotRegistered")]
    NotRegistered,
    /// The account's deposit pays for this many records, which have to go first.
    #[error("StorageInUse({0})")]
    StorageInUse(u64),
    /// Exactly one yoctoNEAR must be attached: a sign that a full-access key signed.
    #[error("OneYoctoRequired")]
    OneYoctoRequired,
}

/// A deposit record as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(crate = "near_sdk::borsh")]
#[cfg_attr(not(target_arch = "wasm32"), derive(near_sdk::borsh::BorshSchema))]
pub struct Deposit {
    available: u128,
    records: u64,
}

/// The deposits of one contract.
#[derive(Debug, Clone, Copy)]
pub struct Deposits {
    /// What one charged record costs.
    pub record_cost: NearToken,
}

impl Deposits {
    /// Takes in what is attached for `account`, charges for records that were added and gives back for those that were removed.
    pub fn settle(
        &self,
        account: &AccountId,
        attached: NearToken,
        added: u64,
        removed: u64,
    ) -> Result<(), DepositRefusal> {
        if attached.is_zero() && added == removed {
            return Ok(());
        }
        let stored = load(account);
        let registration = if stored.is_some() { 0 } else { REGISTRATION_COST.as_yoctonear() };
        let deposit = stored.unwrap_or(Deposit { available: 0, records: 0 });
        let held = deposit.available + attached.as_yoctonear() + self.cost_of(removed);
        let owed = registration + self.cost_of(added);
        let available = held.checked_sub(owed).ok_or_else(|| missing(owed - held))?;
        store(account, Deposit { available, records: deposit.records + added - removed });
        Ok(())
    }

    /// NEP-145 `storage_deposit`. Whatever is attached belongs to `account` from now on; with `registration_only`, whatever registration does
    /// not need goes back to who attached it.
    pub fn deposit(
        &self,
        account: &AccountId,
        registration_only: bool,
    ) -> Result<StorageBalance, DepositRefusal> {
        let attached = env::attached_deposit();
        let deposit = load(account);
        let needed = if deposit.is_some() { NearToken::ZERO } else { REGISTRATION_COST };
        let surplus = attached
            .checked_sub(needed)
            .ok_or(DepositRefusal::StorageDepositMissing(needed.saturating_sub(attached)))?;
        let mut deposit = deposit.unwrap_or(Deposit { available: 0, records: 0 });
        if registration_only {
            pay(env::predecessor_account_id(), surplus);
        } else {
            deposit.available += surplus.as_yoctonear();
        }
        store(account, deposit);
        Ok(self.balance(deposit))
    }

    /// NEP-145 `storage_withdraw`: pays the caller `amount` of what is available, or all of it.
    pub fn withdraw(&self, amount: Option<NearToken>) -> Result<StorageBalance, DepositRefusal> {
        require_one_yocto()?;
        let account = env::predecessor_account_id();
        let mut deposit = load(&account).ok_or(DepositRefusal::NotRegistered)?;
        let available = NearToken::from_yoctonear(deposit.available);
        let amount = amount.unwrap_or(available);
        let rest = available.checked_sub(amount).ok_or(DepositRefusal::StorageBalanceTooLow(available))?;
        deposit.available = rest.as_yoctonear();
        store(&account, deposit);
        pay(account, amount.saturating_add(env::attached_deposit()));
        Ok(self.balance(deposit))
    }

    /// NEP-145 `storage_unregister`: pays the caller everything back and forgets it; `false` if it has no deposit. Refused while its deposit
    /// pays for records: a timelock may hold them, so that no `force` may drop them.
    pub fn unregister(&self) -> Result<bool, DepositRefusal> {
        require_one_yocto()?;
        let account = env::predecessor_account_id();
        let Some(deposit) = load(&account) else {
            pay(account, env::attached_deposit());
            return Ok(false);
        };
        if deposit.records > 0 {
            return Err(DepositRefusal::StorageInUse(deposit.records));
        }
        env::storage_remove(&key(&account));
        pay(account, self.balance(deposit).total.saturating_add(env::attached_deposit()));
        Ok(true)
    }

    /// NEP-145 `storage_balance_of`.
    pub fn balance_of(&self, account: &AccountId) -> Option<StorageBalance> {
        load(account).map(|deposit| self.balance(deposit))
    }

    /// NEP-145 `storage_balance_bounds`.
    pub fn bounds(&self) -> StorageBalanceBounds {
        StorageBalanceBounds { min: REGISTRATION_COST, max: None }
    }

    fn balance(&self, deposit: Deposit) -> StorageBalance {
        let total = REGISTRATION_COST.as_yoctonear() + self.cost_of(deposit.records) + deposit.available;
        StorageBalance {
            total: NearToken::from_yoctonear(total),
            available: NearToken::from_yoctonear(deposit.available),
        }
    }

    fn cost_of(&self, records: u64) -> u128 {
        self.record_cost.as_yoctonear() * u128::from(records)
    }
}

fn missing(yocto: u128) -> DepositRefusal {
    DepositRefusal::StorageDepositMissing(NearToken::from_yoctonear(yocto))
}

fn require_one_yocto() -> Result<(), DepositRefusal> {
    let one = NearToken::from_yoctonear(1);
    if env::attached_deposit() == one { Ok(()) } else { Err(DepositRefusal::OneYoctoRequired) }
}

fn pay(account: AccountId, amount: NearToken) {
    if !amount.is_zero() {
        let receipt = env::promise_batch_create(&account);
        env::promise_batch_action_transfer(receipt, amount);
    }
}

fn key(account: &AccountId) -> [u8; KEY_BYTES as usize] {
    RecordKey::new(KIND).account(account).hash()
}

fn load(account: &AccountId) -> Option<Deposit> {
    read_record(&key(account))
}

fn store(account: &AccountId, deposit: Deposit) {
    write_record(&key(account), &deposit);
}
