//! The bytes of events and of storage keys: integers big endian, every field of fixed size or with its length.

use soroban_sdk::{Bytes, Env};

use crate::trap::OrTrap;

/// Longest encoding: a head, `StatusChanged` or a grant's event with two compressed keys.
const BYTES_MAX: usize = 160;

/// Bytes under construction.
pub struct Encoding {
    bytes: [u8; BYTES_MAX],
    used: usize,
}

impl Encoding {
    /// A storage key or an event, by the byte that tells kinds apart.
    pub fn new(kind: u8) -> Self {
        let mut encoding = Self { bytes: [0; BYTES_MAX], used: 0 };
        encoding.push(&[kind]);
        encoding
    }

    /// Appends bytes as they are.
    pub fn push(&mut self, part: &[u8]) {
        let free = self.bytes.get_mut(self.used..).or_trap();
        copy(free.get_mut(..part.len()).or_trap(), part);
        self.used += part.len();
    }

    /// What there is so far.
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.used).or_trap()
    }

    /// What there is so far, for the host.
    pub fn to_bytes(&self, env: &Env) -> Bytes {
        Bytes::from_slice(env, self.as_slice())
    }
}

/// Copies bytes of the same length.
pub(crate) fn copy(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}
