//! Storage deposits, by [NEP-145](https://github.com/near/NEPs/blob/master/neps/nep-0145.md): the same on both contracts. State is paid for by
//! locking tokens, 10^19 yoctoNEAR a byte; what is removed is unlocked.

use near_account_id::AccountId;
use serde::{Deserialize, Serialize};

use crate::{decimal, method::Method};

/// What being registered locks, once an account and contract, in yoctoNEAR: 96 bytes.
pub const REGISTRATION_COST: u128 = 960_000_000_000_000_000_000;

/// What a grant locks of its owner's deposit until it is revoked, in yoctoNEAR: 88 bytes.
pub const GRANT_COST: u128 = 880_000_000_000_000_000_000;

/// What a word of statuses locks of its issuer's deposit while it is not 0, in yoctoNEAR: 104 bytes.
pub const WORD_COST: u128 = 1_040_000_000_000_000_000_000;

/// Deposits what is attached for an account. Anyone may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageDeposit {
    /// For whom; `None` for the caller.
    pub account_id: Option<AccountId>,
    /// Keep no more than registration costs, and give the rest back; all, if the account is registered.
    pub registration_only: Option<bool>,
}

impl Method for StorageDeposit {
    const NAME: &'static str = "storage_deposit";
    type Answer = StorageBalance;
}

/// Pays the caller what is available of its deposit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageWithdraw {
    /// In yoctoNEAR; `None` for all.
    #[serde(with = "decimal::option")]
    pub amount: Option<u128>,
}

impl Method for StorageWithdraw {
    const NAME: &'static str = "storage_withdraw";
    type Answer = StorageBalance;

    fn deposit(&self) -> u128 {
        1
    }
}

/// Pays the caller's whole deposit back and forgets it; answers `false` if there was none. Refused while it pays for anything, whatever `force` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageUnregister {
    /// Without effect: a timelock cannot be forced.
    pub force: Option<bool>,
}

impl Method for StorageUnregister {
    const NAME: &'static str = "storage_unregister";
    type Answer = bool;

    fn deposit(&self) -> u128 {
        1
    }
}

/// What an account has deposited. A view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageBalanceOf {
    /// Who.
    pub account_id: AccountId,
}

impl Method for StorageBalanceOf {
    const NAME: &'static str = "storage_balance_of";
    type Answer = Option<StorageBalance>;
}

/// What an account has deposited, in yoctoNEAR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageBalance {
    /// Everything.
    #[serde(with = "decimal")]
    pub total: u128,
    /// What pays for nothing yet.
    #[serde(with = "decimal")]
    pub available: u128,
}

/// The least and the most that may be deposited. A view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageBalanceBounds {}

impl Method for StorageBalanceBounds {
    const NAME: &'static str = "storage_balance_bounds";
    type Answer = Bounds;
}

/// The least and the most that may be deposited, in yoctoNEAR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// To be registered.
    #[serde(with = "decimal")]
    pub min: u128,
    /// `None`: any.
    #[serde(with = "decimal::option")]
    pub max: Option<u128>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_travel_as_strings_and_absence_as_null() {
        let all = StorageWithdraw { amount: None };
        assert_eq!(serde_json::to_string(&all).unwrap(), r#"{"amount":null}"#);
        let some = StorageWithdraw { amount: Some(u128::MAX) };
        let json = format!(r#"{{"amount":"{}"}}"#, u128::MAX);
        assert_eq!(serde_json::to_string(&some).unwrap(), json);
        assert_eq!(serde_json::from_str::<StorageWithdraw>(&json).unwrap(), some);
        for wrong in [r#"{"amount":1}"#, r#"{"amount":"+1"}"#, r#"{"amount":"01"}"#, r#"{"amount":""}"#] {
            assert!(serde_json::from_str::<StorageWithdraw>(wrong).is_err(), "{wrong}");
        }
        let bounds = StorageBalanceBounds::answer(br#"{"min":"960000000000000000000","max":null}"#).unwrap();
        assert_eq!(bounds, Bounds { min: REGISTRATION_COST, max: None });
    }
}
