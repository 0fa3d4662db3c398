//! Bytes and hashes of XDR values.

use sha2::{Digest, Sha256};
use stellar_xdr::{BytesM, Hash, Limits, ScBytes, ScVal, StringM, VecM, WriteXdr};

/// The value as the network writes it.
pub(super) fn encoded(value: &impl WriteXdr) -> Vec<u8> {
    // Without a limit on depth and length, writing to memory does not fail.
    value.to_xdr(Limits::none()).unwrap_or_default()
}

/// Length of the value as the network writes it.
pub(super) fn encoded_len(value: &impl WriteXdr) -> u32 {
    u32::try_from(encoded(value).len()).unwrap_or(u32::MAX)
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub(super) fn hash_of(value: &impl WriteXdr) -> Hash {
    Hash(sha256(&encoded(value)))
}

/// The seed of the `counter`th thing under a seed.
pub(super) fn sub_seed(seed: &[u8; 32], counter: u64) -> [u8; 32] {
    sha256(&[seed.as_slice(), &counter.to_be_bytes()].concat())
}

/// A list that is known to be short enough for its type. A longer one becomes empty.
pub(super) fn list<T: Clone, const MAX: u32>(items: Vec<T>) -> VecM<T, MAX> {
    items.try_into().unwrap_or_default()
}

pub(super) fn symbol(text: &str) -> ScVal {
    ScVal::Symbol(StringM::try_from(text).unwrap_or_default().into())
}

pub(super) fn string(text: &str) -> ScVal {
    // XDR strings of contract values have no bound below 4 GiB.
    ScVal::String(StringM::try_from(text).unwrap_or_default().into())
}

pub(super) fn bytes(bytes: &[u8]) -> ScVal {
    ScVal::Bytes(ScBytes(BytesM::try_from(bytes).unwrap_or_default()))
}
