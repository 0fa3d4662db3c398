//! Randomness of the older interface for the crates of the newer one.

use std::convert::Infallible;

use crypto_box::aead::rand_core::CryptoRngCore;
use rand_core_next::{TryCryptoRng, TryRng};

pub(super) struct Randomness<'a, R>(pub(super) &'a mut R);

impl<R: CryptoRngCore> TryRng for Randomness<'_, R> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

impl<R: CryptoRngCore> TryCryptoRng for Randomness<'_, R> {}
