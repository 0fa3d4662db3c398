//! What every method has.

use serde::{Serialize, de::DeserializeOwned};

/// A teragas: the unit in which gas is usually counted on NEAR.
pub const TGAS: u64 = 1_000_000_000_000;

/// A method of a contract, as a struct of its arguments.
pub trait Method: Serialize {
    /// The name it is called by.
    const NAME: &'static str;
    /// What it answers.
    type Answer: DeserializeOwned;

    /// Gas to attach to a call, in gas units: at least twice what it was measured to need. What is left comes back.
    fn gas(&self) -> u64 {
        10 * TGAS
    }

    /// The deposit that a call must carry, in yoctoNEAR. Methods that pay for storage take what is missing of it
    /// ([`Refusal::StorageDepositMissing`](crate::Refusal)) on top.
    fn deposit(&self) -> u128 {
        0
    }

    /// The arguments as JSON.
    fn args(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }

    /// Reads the answer. A method that answers nothing answers no bytes, or `null`.
    fn answer(bytes: &[u8]) -> serde_json::Result<Self::Answer> {
        serde_json::from_slice(if bytes.is_empty() { b"null" } else { bytes })
    }
}
