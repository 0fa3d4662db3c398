//! The contract as the chain calls it.
#![allow(missing_docs, reason = "what the macros add has none")]

use idos_stellar_protocol::{
    Account, KeyProof, Refusal,
    call::{Call, authorize},
    check_batch,
    history::{self, History},
    nonce, ttl,
};
use soroban_sdk::{BytesN, Env, Vec, contract, contractimpl};

use crate::{
    messages::{SetStatus, SetStatusWords, WordChange},
    verbs,
    word::{Purpose, Status, WordKey, checked_index},
};

// Doc comments of what is exported become part of the wasm, and are paid for: README.md and the specification have the words.

#[contract]
pub struct CredentialStatus;

// Verbs, by the issuer: a native account authorizes the call, a bare key adds its proof.
#[contractimpl]
impl CredentialStatus {
    pub fn set_status(
        env: Env,
        issuer: Account,
        list: u32,
        index: u32,
        status: Status,
        proof: Option<KeyProof>,
    ) -> Result<(), Refusal> {
        authorize(&env, &issuer, proof, &SetStatus { issuer: &issuer, list, index, status })?;
        let mut call = Call::by(&env, &issuer);
        verbs::set_status(&mut call, list, index, status)?;
        call.finish();
        Ok(())
    }

    pub fn set_status_words(
        env: Env,
        issuer: Account,
        list: u32,
        purpose: Purpose,
        changes: Vec<WordChange>,
        proof: Option<KeyProof>,
    ) -> Result<(), Refusal> {
        check_batch(changes.len())?;
        authorize(
            &env,
            &issuer,
            proof,
            &SetStatusWords { issuer: &issuer, list, purpose, changes: &changes },
        )?;
        let mut call = Call::by(&env, &issuer);
        for position in 0..changes.len() {
            verbs::set_word(&mut call, list, purpose, &changes.get_unchecked(position))?;
        }
        call.finish();
        Ok(())
    }
}

// Views, and upkeep by anyone.
#[contractimpl]
impl CredentialStatus {
    pub fn status_of(env: Env, issuer: Account, list: u32, index: u32) -> Result<Status, Refusal> {
        verbs::status_of(&env, &issuer, list, index)
    }

    pub fn status_word(
        env: Env,
        issuer: Account,
        list: u32,
        purpose: Purpose,
        word_index: u32,
    ) -> Result<BytesN<32>, Refusal> {
        let word_index = checked_index(word_index)?;
        let word = WordKey { issuer: &issuer, list, purpose, word_index }.read(&env);
        Ok(BytesN::from_array(&env, &word))
    }

    pub fn is_nonce_used(env: Env, issuer: Account, nonce: BytesN<32>) -> bool {
        nonce::is_used(&env, &issuer, &nonce)
    }

    pub fn history_head(env: Env) -> BytesN<32> {
        History::load(&env).head()
    }

    // Keeps a word alive, and with it the history head, for as long as the network allows.
    pub fn extend_ttl(
        env: Env,
        issuer: Account,
        list: u32,
        purpose: Purpose,
        word_index: u32,
    ) -> Result<(), Refusal> {
        let word_index = checked_index(word_index)?;
        let key = WordKey { issuer: &issuer, list, purpose, word_index }.bytes(&env);
        if env.storage().persistent().has(&key) {
            ttl::extend(&env, &key);
        }
        ttl::keep(&env, &history::KEY);
        Ok(())
    }
}
