//! A grant in the state.
#![allow(missing_docs, reason = "what the macros add has none")]

use idos_stellar_protocol::{Account, Refusal, encoding::Encoding};
use soroban_sdk::{Bytes, BytesN, Env, contracttype};

/// How far ahead a timelock may end: 20 years of 365 days.
pub const MAX_TIMELOCK_SECS: u64 = 20 * 365 * 24 * 60 * 60;

/// Kind of a grant's storage key.
const KIND: u8 = 1;

// A grant that stands. Unix seconds; `locked_until` is 0 for no timelock.
#[contracttype]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    pub created_at: u64,
    pub locked_until: u64,
}

impl Grant {
    /// In storage a grant is one number: the time of its creation, then its lock, 64 bits each.
    fn pack(self) -> u128 {
        u128::from(self.created_at) << 64 | u128::from(self.locked_until)
    }

    fn unpack(packed: u128) -> Self {
        Self { created_at: (packed >> 64) as u64, locked_until: packed as u64 }
    }
}

/// Where a grant is stored: kind, owner, grantee, data id.
pub struct GrantKey(Bytes);

impl GrantKey {
    pub fn new(env: &Env, owner: &Account, grantee: &Account, data_id: &BytesN<32>) -> Self {
        Self(names(env, KIND, owner, grantee, data_id).into_bytes())
    }

    /// The storage key.
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    pub fn exists(&self, env: &Env) -> bool {
        env.storage().persistent().has(&self.0)
    }

    pub fn read(&self, env: &Env) -> Option<Grant> {
        env.storage().persistent().get(&self.0).map(Grant::unpack)
    }

    pub fn find(&self, env: &Env) -> Result<Grant, Refusal> {
        self.read(env).ok_or(Refusal::GrantNotFound)
    }

    pub fn write(&self, env: &Env, grant: Grant) {
        env.storage().persistent().set(&self.0, &grant.pack());
    }

    pub fn remove(&self, env: &Env) {
        env.storage().persistent().remove(&self.0);
    }
}

/// Kind, owner, grantee and data id: with that a storage key is whole, and an event begins.
pub fn names(env: &Env, kind: u8, owner: &Account, grantee: &Account, data_id: &BytesN<32>) -> Encoding {
    let mut encoding = Encoding::new(env, kind);
    owner.encode(env, &mut encoding);
    grantee.encode(env, &mut encoding);
    encoding.append(data_id.as_ref());
    encoding
}
