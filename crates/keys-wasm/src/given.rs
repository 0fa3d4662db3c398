//! Randomness that came with the call.

use crypto_box::aead::rand_core::{CryptoRng, Error, RngCore, impls};
use zeroize::Zeroizing;

/// Hands out the bytes that it was given, once.
pub(crate) struct Given {
    bytes: Zeroizing<Vec<u8>>,
    used: usize,
    is_short: bool,
}

impl Given {
    pub(crate) fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self { bytes, used: 0, is_short: false }
    }

    /// Whether every byte was used, and no more was asked for.
    pub(crate) fn was_exact(&self) -> bool {
        !self.is_short && self.used == self.bytes.len()
    }
}

impl RngCore for Given {
    fn next_u32(&mut self) -> u32 {
        impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, into: &mut [u8]) {
        let end = self.used.saturating_add(into.len());
        match self.bytes.get(self.used..end) {
            Some(bytes) => {
                into.copy_from_slice(bytes);
                self.used = end;
            }
            // Whatever is made of these is thrown away.
            None => {
                into.fill(1);
                self.is_short = true;
            }
        }
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(into);
        Ok(())
    }
}

// The caller vouches for it.
impl CryptoRng for Given {}
