//! The contract as the chain calls it.
#![allow(missing_docs, reason = "what the macros add has none")]

use idos_near_protocol::{
    Bytes32,
    deposits::{DepositRefusal, Deposits, StorageBalance, StorageBalanceBounds},
    history::HistoryHead,
};
use near_sdk::{AccountId, NearToken, env, json_types::U64, near};

use crate::{
    grant::{GRANT_COST, GrantKey},
    refusal::Refusal,
    verbs::{Call, Change, check_batch},
};

const DEPOSITS: Deposits = Deposits { record_cost: GRANT_COST };

/// The contract. Grants and deposits are records of their own; this is what remains.
#[near(
    contract_state,
    contract_metadata(
        standard(standard = "nep145", version = "1.0.0"),
        standard(standard = "nep297", version = "1.0.0"),
        standard(standard = "idos-access-grants", version = "1.0.0"),
    )
)]
#[derive(Default)]
pub struct AccessGrants {
    history_head: HistoryHead,
}

/// One grant to create.
#[near(serializers = [json])]
#[serde(deny_unknown_fields)]
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// The account that may read: not the owner.
    pub grantee: AccountId,
    /// The id of the credential copy in the store.
    pub data_id: Bytes32,
    /// Unix seconds; 0 for no timelock.
    pub locked_until: U64,
}

/// One grant of the caller.
#[near(serializers = [json])]
#[serde(deny_unknown_fields)]
#[derive(Debug, Clone)]
pub struct GrantRef {
    /// The account that may read.
    pub grantee: AccountId,
    /// The id of the credential copy in the store.
    pub data_id: Bytes32,
}

/// A grant that stands. Unix seconds.
#[near(serializers = [json])]
#[derive(Debug, PartialEq, Eq)]
pub struct StandingGrant {
    /// When it was created.
    pub created_at: U64,
    /// It cannot be revoked through this second; 0 for no timelock.
    pub locked_until: U64,
}

/// Verbs, by the owner: the account whose action this is.
#[near]
impl AccessGrants {
    /// Lets `grantee` read `data_id` of the caller. `locked_until`: Unix seconds, 0 for no timelock.
    #[payable]
    #[handle_result]
    #[deny_unknown_arguments]
    pub fn create_grant(
        &mut self,
        grantee: AccountId,
        data_id: Bytes32,
        locked_until: U64,
    ) -> Result<(), Refusal> {
        let mut call = Call::by_predecessor(Change::Created, &mut self.history_head);
        call.create(grantee, data_id, locked_until.0)?;
        DEPOSITS.settle(call.owner(), env::attached_deposit(), 1, 0)?;
        call.emit();
        Ok(())
    }

    /// Creates all grants, or none: 1 to 60.
    #[payable]
    #[handle_result]
    #[deny_unknown_arguments]
    pub fn create_grants(&mut self, grants: Vec<NewGrant>) -> Result<(), Refusal> {
        check_batch(grants.len())?;
        let added = grants.len() as u64;
        let mut call = Call::by_predecessor(Change::Created, &mut self.history_head);
        for grant in grants {
            call.create(grant.grantee, grant.data_id, grant.locked_until.0)?;
        }
        DEPOSITS.settle(call.owner(), env::attached_deposit(), added, 0)?;
        call.emit();
        Ok(())
    }

    /// Moves the end of a grant's timelock to a later time, in Unix seconds. It can never be moved back.
    #[handle_result]
    #[deny_unknown_arguments]
    pub fn extend_timelock(
        &mut self,
        grantee: AccountId,
        data_id: Bytes32,
        locked_until: U64,
    ) -> Result<(), Refusal> {
        let mut call = Call::by_predecessor(Change::Extended, &mut self.history_head);
        call.extend(grantee, data_id, locked_until.0)?;
        call.emit();
        Ok(())
    }

    /// Ends a grant that is not locked, and frees what it locked of the caller's deposit.
    #[handle_result]
    #[deny_unknown_arguments]
    pub fn revoke_grant(&mut self, grantee: AccountId, data_id: Bytes32) -> Result<(), Refusal> {
        let mut call = Call::by_predecessor(Change::Revoked, &mut self.history_head);
        call.revoke(grantee, data_id)?;
        DEPOSITS.settle(call.owner(), NearToken::ZERO, 0, 1)?;
        call.emit();
        Ok(())
    }

    /// Revokes all grants, or none: 1 to 60.
    #[handle_result]
    #[deny_unknown_arguments]
    pub fn revoke_grants(&mut self, grants: Vec<GrantRef>) -> Result<(), Refusal> {
        check_batch(grants.len())?;
        let removed = grants.len() as u64;
        let mut call = Call::by_predecessor(Change::Revoked, &mut self.history_head);
        for grant in grants {
            call.revoke(grant.grantee, grant.data_id)?;
        }
        DEPOSITS.settle(call.owner(), NearToken::ZERO, 0, removed)?;
        call.emit();
        Ok(())
    }
}

/// Views, and what a contract asks by promise.
#[near]
impl AccessGrants {
    /// Whether `grantee` may read `data_id` of `owner`: a grant stands, locked or not, until it is revoked.
    pub fn has_access(owner: AccountId, grantee: AccountId, data_id: Bytes32) -> bool {
        GrantKey { owner: &owner, grantee: &grantee, data_id }.read().is_some()
    }

    /// The grant on `data_id` from `owner` to `grantee`; `null` if there is none.
    pub fn grant_of(owner: AccountId, grantee: AccountId, data_id: Bytes32) -> Option<StandingGrant> {
        let grant = GrantKey { owner: &owner, grantee: &grantee, data_id }.read()?;
        Some(StandingGrant { created_at: U64(grant.created_at), locked_until: U64(grant.locked_until) })
    }

    /// The hash over every event so far.
    pub fn history_head(&self) -> Bytes32 {
        self.history_head.get()
    }
}

/// Storage deposits, by NEP-145.
#[near]
impl AccessGrants {
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

    /// Pays the caller's whole deposit back and forgets it. Refused while it pays for grants, whatever `force` says: only a revoke ends a
    /// grant. One yoctoNEAR must be attached.
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
