//! The contract as the chain calls it.
#![allow(missing_docs, reason = "what the macros add has none")]

use idos_stellar_protocol::{
    Account, KeyProof, KeySignature, Refusal,
    history::{self, History},
    nonce, ttl,
};
use soroban_sdk::{Address, BytesN, Env, Vec, contract, contractimpl};

use crate::{
    grant::{Grant, GrantKey},
    items::{GrantRef, Items, NewGrant},
    verbs::{self, Change},
    write_grant::{self, WriteGrant},
};

// Doc comments of what is exported become part of the wasm, and are paid for: README.md and the specification have the words.

#[contract]
pub struct AccessGrants;

// Verbs, by the owner: a native account authorizes the call, a bare key adds its proof.
#[contractimpl]
impl AccessGrants {
    pub fn create_grant(
        env: Env,
        owner: Account,
        grantee: Account,
        data_id: BytesN<32>,
        locked_until: u64,
        proof: Option<KeyProof>,
    ) -> Result<(), Refusal> {
        let item = Items::One(NewGrant { data_id, grantee, locked_until });
        verbs::run(&env, &owner, Change::Created, &item, proof)
    }

    pub fn extend_timelock(
        env: Env,
        owner: Account,
        grantee: Account,
        data_id: BytesN<32>,
        locked_until: u64,
        proof: Option<KeyProof>,
    ) -> Result<(), Refusal> {
        let item = Items::One(NewGrant { data_id, grantee, locked_until });
        verbs::run(&env, &owner, Change::Extended, &item, proof)
    }

    pub fn revoke_grant(
        env: Env,
        owner: Account,
        grantee: Account,
        data_id: BytesN<32>,
        proof: Option<KeyProof>,
    ) -> Result<(), Refusal> {
        let item = Items::One(NewGrant { data_id, grantee, locked_until: 0 });
        verbs::run(&env, &owner, Change::Revoked, &item, proof)
    }

    pub fn create_grants(
        env: Env,
        owner: Account,
        grants: Vec<NewGrant>,
        proof: Option<KeyProof>,
    ) -> Result<(), Refusal> {
        verbs::run(&env, &owner, Change::Created, &Items::New(grants), proof)
    }

    pub fn revoke_grants(
        env: Env,
        owner: Account,
        grants: Vec<GrantRef>,
        proof: Option<KeyProof>,
    ) -> Result<(), Refusal> {
        verbs::run(&env, &owner, Change::Revoked, &Items::Refs(grants), proof)
    }

    pub fn create_grant_by_write_grant(
        env: Env,
        write_grant: WriteGrant,
        signature: Option<KeySignature>,
    ) -> Result<(), Refusal> {
        write_grant::run(&env, write_grant, signature)
    }

    // A bare key cancels a nonce by signing something else with it.
    pub fn cancel_nonce(env: Env, owner: Address, nonce: BytesN<32>) -> Result<(), Refusal> {
        owner.require_auth();
        nonce::use_up(&env, &Account::Native(owner), &nonce)
    }
}

// Views, and upkeep by anyone.
#[contractimpl]
impl AccessGrants {
    pub fn has_access(env: Env, owner: Account, grantee: Account, data_id: BytesN<32>) -> bool {
        GrantKey::new(&env, &owner, &grantee, &data_id).exists(&env)
    }

    pub fn grant_of(env: Env, owner: Account, grantee: Account, data_id: BytesN<32>) -> Option<Grant> {
        GrantKey::new(&env, &owner, &grantee, &data_id).read(&env)
    }

    pub fn is_nonce_used(env: Env, owner: Account, nonce: BytesN<32>) -> bool {
        nonce::is_used(&env, &owner, &nonce)
    }

    pub fn history_head(env: Env) -> BytesN<32> {
        History::load(&env).head()
    }

    // Keeps a grant alive, and with it the history head, for as long as the network allows.
    pub fn extend_ttl(
        env: Env,
        owner: Account,
        grantee: Account,
        data_id: BytesN<32>,
    ) -> Result<(), Refusal> {
        let key = GrantKey::new(&env, &owner, &grantee, &data_id);
        key.find(&env)?;
        ttl::extend(&env, key.bytes());
        ttl::keep(&env, &history::KEY);
        Ok(())
    }
}
