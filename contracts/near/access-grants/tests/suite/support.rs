//! Calls by name.

use access_grants::{AccessGrants, GrantRef, NewGrant, Refusal};
pub use idos_near_testing::{BYTE, NOW, account, data};
use near_sdk::json_types::U64;

pub type World = idos_near_testing::World<AccessGrants>;

/// What a first grant costs: the deposit record and the grant.
pub const FIRST_GRANT: u128 = (96 + 88) * BYTE;

pub trait Verbs {
    fn create(
        &mut self,
        owner: &str,
        grantee: &str,
        id: u8,
        locked_until: u64,
        at: u64,
    ) -> Result<(), Refusal>;
    fn extend(
        &mut self,
        owner: &str,
        grantee: &str,
        id: u8,
        locked_until: u64,
        at: u64,
    ) -> Result<(), Refusal>;
    fn revoke(&mut self, owner: &str, grantee: &str, id: u8, at: u64) -> Result<(), Refusal>;
    /// `created_at` and `locked_until`.
    fn grant_of(&self, owner: &str, grantee: &str, id: u8) -> Option<(u64, u64)>;
    /// Total and available, in yoctoNEAR.
    fn balance(&self, who: &str) -> Option<(u128, u128)>;
    fn head(&self) -> [u8; 32];
}

impl Verbs for World {
    fn create(
        &mut self,
        owner: &str,
        grantee: &str,
        id: u8,
        locked_until: u64,
        at: u64,
    ) -> Result<(), Refusal> {
        self.call(owner, at, FIRST_GRANT, |it| it.create_grant(account(grantee), data(id), U64(locked_until)))
    }

    fn extend(
        &mut self,
        owner: &str,
        grantee: &str,
        id: u8,
        locked_until: u64,
        at: u64,
    ) -> Result<(), Refusal> {
        self.call(owner, at, 0, |it| it.extend_timelock(account(grantee), data(id), U64(locked_until)))
    }

    fn revoke(&mut self, owner: &str, grantee: &str, id: u8, at: u64) -> Result<(), Refusal> {
        self.call(owner, at, 0, |it| it.revoke_grant(account(grantee), data(id)))
    }

    fn grant_of(&self, owner: &str, grantee: &str, id: u8) -> Option<(u64, u64)> {
        let grant = self.view(|_| AccessGrants::grant_of(account(owner), account(grantee), data(id)));
        let has_access = self.view(|_| AccessGrants::has_access(account(owner), account(grantee), data(id)));
        assert_eq!(has_access, grant.is_some(), "both views agree");
        grant.map(|grant| (grant.created_at.0, grant.locked_until.0))
    }

    fn balance(&self, who: &str) -> Option<(u128, u128)> {
        let balance = self.view(|_| AccessGrants::storage_balance_of(account(who)))?;
        Some((balance.total.as_yoctonear(), balance.available.as_yoctonear()))
    }

    fn head(&self) -> [u8; 32] {
        self.view(|contract| contract.history_head().0)
    }
}

pub fn new_grant(grantee: &str, id: u8, locked_until: u64) -> NewGrant {
    NewGrant { grantee: account(grantee), data_id: data(id), locked_until: U64(locked_until) }
}

pub fn grant_ref(grantee: &str, id: u8) -> GrantRef {
    GrantRef { grantee: account(grantee), data_id: data(id) }
}
