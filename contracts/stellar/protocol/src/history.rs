//! The history head: one hash over everything that a contract ever said, in order, the same on every chain.

use soroban_sdk::{Bytes, BytesN, Env, Symbol, symbol_short};

use crate::{encoding::Encoding, ttl};

/// Storage key of the head, a persistent entry of its own: so a call that only reads grants does not wait for one that writes them.
pub const KEY: Symbol = symbol_short!("HEAD");

/// `keccak256(previous head || encoding of the event)`, from 32 zero bytes on.
pub struct History {
    head: BytesN<32>,
    is_changed: bool,
}

impl History {
    /// As it is stored.
    pub fn load(env: &Env) -> Self {
        let stored = env.storage().persistent().get(&KEY);
        Self { head: stored.unwrap_or_else(|| BytesN::from_array(env, &[0; 32])), is_changed: false }
    }

    /// The head.
    pub fn head(self) -> BytesN<32> {
        self.head
    }

    /// Takes in an event.
    pub fn fold(&mut self, env: &Env, event: Encoding) {
        let mut bytes: Bytes = self.head.clone().into();
        bytes.append(&event.into_bytes());
        self.head = env.crypto().keccak256(&bytes).to_bytes();
        self.is_changed = true;
    }

    /// Stores the head, if events moved it, and keeps it alive.
    pub fn save(self, env: &Env) {
        if !self.is_changed {
            return;
        }
        env.storage().persistent().set(&KEY, &self.head);
        ttl::keep(env, &KEY);
    }
}
