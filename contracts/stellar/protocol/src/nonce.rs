//! Nonces: any 32 bytes, in any order, once for each account.

use soroban_sdk::{Bytes, BytesN, Env};

use crate::{Account, Refusal, encoding::Encoding};

/// Kind of a nonce's storage key.
const KIND: u8 = 2;

/// Whether the account's nonce was used or cancelled.
///
/// A nonce's entry is persistent, at the least time to live. Archived, it still stands in the way: the network runs nothing on an archived entry
/// before it is restored.
pub fn is_used(env: &Env, account: &Account, nonce: &BytesN<32>) -> bool {
    env.storage().persistent().has(&key(env, account, nonce))
}

/// Uses a nonce up.
pub fn use_up(env: &Env, account: &Account, nonce: &BytesN<32>) -> Result<(), Refusal> {
    let key = key(env, account, nonce);
    if env.storage().persistent().has(&key) {
        return Err(Refusal::NonceUsed);
    }
    env.storage().persistent().set(&key, &());
    Ok(())
}

fn key(env: &Env, account: &Account, nonce: &BytesN<32>) -> Bytes {
    let mut key = Encoding::new(env, KIND);
    account.encode(env, &mut key);
    key.append(nonce.as_ref());
    key.into_bytes()
}
