//! Checks, effects and events of each verb.

use idos_stellar_protocol::{
    Account, KeyProof, Refusal,
    call::{Call, authorize},
    ttl,
};

use soroban_sdk::Env;

use crate::{
    event::{GrantCreated, GrantRevoked, TimelockExtended},
    grant::{Grant, GrantKey, MAX_TIMELOCK_SECS, names},
    items::{Items, NewGrant, Order},
};

/// What a verb does to a grant; the number is the event's first byte in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Created = 1,
    Extended = 2,
    Revoked = 3,
}

impl Change {
    /// What the signed text calls it.
    pub fn title(self, is_batch: bool) -> &'static str {
        match (self, is_batch) {
            (Self::Created, false) => "create a grant",
            (Self::Created, true) => "create grants",
            (Self::Extended, _) => "extend a timelock",
            (Self::Revoked, false) => "revoke a grant",
            (Self::Revoked, true) => "revoke grants",
        }
    }
}

/// One verb, whole: hears the owner, then does it.
pub fn run(
    env: &Env,
    owner: &Account,
    change: Change,
    items: &Items,
    proof: Option<KeyProof>,
) -> Result<(), Refusal> {
    items.check_size()?;
    authorize(env, owner, proof, &Order { change, owner, items })?;
    apply(env, owner, change, items)
}

/// Does it, once the owner was heard. A refusal after an earlier item has had effects is undone by the chain.
pub fn apply(env: &Env, owner: &Account, change: Change, items: &Items) -> Result<(), Refusal> {
    let mut call = Call::by(env, owner);
    for position in 0..items.len() {
        one(&mut call, change, items.get(position))?;
    }
    call.finish();
    Ok(())
}

fn one(call: &mut Call, change: Change, item: NewGrant) -> Result<(), Refusal> {
    let NewGrant { data_id, grantee, locked_until } = item;
    let (env, owner, now) = (call.env, call.account, call.now);
    let key = GrantKey::new(env, owner, &grantee, &data_id);
    let locked_until = match change {
        Change::Created => {
            create(env, now, &key, is_valid_grantee(owner, &grantee), locked_until)?;
            locked_until
        }
        Change::Extended => {
            extend(env, now, &key, locked_until)?;
            locked_until
        }
        Change::Revoked => revoke(env, now, &key)?,
    };

    let mut event = names(env, change as u8, owner, &grantee, &data_id);
    event.push(&locked_until.to_be_bytes());
    call.record(event);
    publish(env, change, owner.clone(), NewGrant { data_id, grantee, locked_until });
    Ok(())
}

fn is_valid_grantee(owner: &Account, grantee: &Account) -> bool {
    grantee.is_somebody() && grantee != owner
}

fn create(
    env: &Env,
    now: u64,
    key: &GrantKey,
    is_valid_grantee: bool,
    locked_until: u64,
) -> Result<(), Refusal> {
    if !is_valid_grantee {
        return Err(Refusal::InvalidGrantee);
    }
    if key.exists(env) {
        return Err(Refusal::GrantExists);
    }
    if locked_until != 0 {
        check_timelock(now, locked_until)?;
    }
    key.write(env, Grant { created_at: now, locked_until });
    ttl::keep(env, key.bytes());
    Ok(())
}

fn extend(env: &Env, now: u64, key: &GrantKey, locked_until: u64) -> Result<(), Refusal> {
    let grant = key.find(env)?;
    check_timelock(now, locked_until)?;
    if locked_until <= grant.locked_until {
        return Err(Refusal::InvalidTimelock);
    }
    key.write(env, Grant { locked_until, ..grant });
    ttl::keep(env, key.bytes());
    Ok(())
}

/// Answers the lock that the grant had.
fn revoke(env: &Env, now: u64, key: &GrantKey) -> Result<u64, Refusal> {
    let grant = key.find(env)?;
    if now <= grant.locked_until {
        return Err(Refusal::GrantLocked);
    }
    key.remove(env);
    Ok(grant.locked_until)
}

fn check_timelock(now: u64, locked_until: u64) -> Result<(), Refusal> {
    let is_valid = locked_until > now && locked_until - now <= MAX_TIMELOCK_SECS;
    if is_valid { Ok(()) } else { Err(Refusal::InvalidTimelock) }
}

fn publish(env: &Env, change: Change, owner: Account, grant: NewGrant) {
    let NewGrant { data_id, grantee, locked_until } = grant;
    match change {
        Change::Created => GrantCreated { owner, grantee, data_id, locked_until }.publish(env),
        Change::Extended => TimelockExtended { owner, grantee, data_id, locked_until }.publish(env),
        Change::Revoked => GrantRevoked { owner, grantee, data_id, locked_until }.publish(env),
    }
}
