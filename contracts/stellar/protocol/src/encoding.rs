//! The bytes of events and of storage keys: integers big endian, every field of fixed size or with its length.

use soroban_sdk::{Bytes, Env};

/// Bytes under construction. They are the host's: a buffer here would be code for what it does in one call.
pub struct Encoding(Bytes);

impl Encoding {
    /// A storage key or an event, by the byte that tells kinds apart.
    pub fn new(env: &Env, kind: u8) -> Self {
        Self(Bytes::from_slice(env, &[kind]))
    }

    /// Appends bytes as they are.
    #[inline(never)]
    pub fn push(&mut self, part: &[u8]) {
        self.0.extend_from_slice(part);
    }

    /// Appends bytes that the host has.
    #[inline(never)]
    pub fn append(&mut self, part: &Bytes) {
        self.0.append(part);
    }

    /// What there is.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}
