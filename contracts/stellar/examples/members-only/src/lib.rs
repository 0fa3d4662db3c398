#![no_std]
#![doc = include_str!("../README.md")]
#![allow(missing_docs, reason = "what the macros add has none")]

use idos_stellar_protocol::Account;
use soroban_sdk::{
    Address, BytesN, Env, contract, contractclient, contracterror, contractimpl, contracttype,
    panic_with_error,
};

/// What AccessGrants is asked.
#[contractclient(name = "AccessGrantsClient")]
#[allow(dead_code, reason = "only the client that is made of it is used")]
trait AccessGrants {
    fn has_access(env: Env, owner: Account, grantee: Account, data_id: BytesN<32>) -> bool;
}

/// What CredentialStatus is asked. The answer is a number: 0 for valid.
#[contractclient(name = "CredentialStatusClient")]
#[allow(dead_code, reason = "only the client that is made of it is used")]
trait CredentialStatus {
    fn status_of(env: Env, issuer: Account, list: u32, index: u32) -> u32;
}

/// Neither revoked nor suspended.
const VALID: u32 = 0;

// The owner was not admitted, has revoked the grant, or the credential is revoked or suspended.
#[contracterror]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Refusal {
    NotMember = 100,
}

// Whom the contract asks, for whom, and whose credentials it trusts.
#[contracttype]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub consumer: Address,
    pub grants: Address,
    pub issuer: Account,
    pub statuses: Address,
}

// Where a member's credential is on chain.
#[contracttype]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub data_id: BytesN<32>,
    pub index: u32,
    pub list: u32,
}

#[contracttype]
#[derive(Clone)]
enum Key {
    Acts,
    Config,
    Credential(Address),
}

#[contract]
pub struct MembersOnly;

#[contractimpl]
impl MembersOnly {
    pub fn __constructor(env: Env, config: Config) {
        env.storage().instance().set(&Key::Config, &config);
    }

    // By the consumer, who has read the owner's credential and found it good.
    pub fn admit(env: Env, owner: Address, credential: Credential) {
        config(&env).consumer.require_auth();
        env.storage().persistent().set(&Key::Credential(owner), &credential);
    }

    // What members do: here, they are counted. Answers how many acts there were.
    pub fn act(env: Env, owner: Address) -> Result<u32, Refusal> {
        owner.require_auth();
        if !is_member(&env, owner) {
            return Err(Refusal::NotMember);
        }
        let acts = Self::acts(env.clone()) + 1;
        env.storage().instance().set(&Key::Acts, &acts);
        Ok(acts)
    }

    pub fn acts(env: Env) -> u32 {
        env.storage().instance().get(&Key::Acts).unwrap_or_default()
    }
}

/// Whether the grant stands and the credential is good, at this moment.
fn is_member(env: &Env, owner: Address) -> bool {
    let stored = env.storage().persistent().get(&Key::Credential(owner.clone()));
    let Some(Credential { data_id, index, list }) = stored else { return false };
    let Config { consumer, grants, issuer, statuses } = config(env);
    let (owner, consumer) = (Account::Native(owner), Account::Native(consumer));
    AccessGrantsClient::new(env, &grants).has_access(&owner, &consumer, &data_id)
        && CredentialStatusClient::new(env, &statuses).status_of(&issuer, &list, &index) == VALID
}

fn config(env: &Env) -> Config {
    let stored = env.storage().instance().get(&Key::Config);
    // The constructor ran, or there would be no contract.
    stored.unwrap_or_else(|| panic_with_error!(env, Refusal::NotMember))
}
