//! The history head: one hash over everything that a contract ever said, in order, the same on every chain.

use near_sdk::{
    AccountId,
    borsh::{BorshDeserialize, BorshSerialize},
    env,
};

use crate::{bytes32::Bytes32, record::push_account};

/// `keccak256(previous head || encoding of the event)`, from 32 zero bytes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, BorshSerialize, BorshDeserialize)]
#[borsh(crate = "near_sdk::borsh")]
#[cfg_attr(not(target_arch = "wasm32"), derive(near_sdk::borsh::BorshSchema))]
pub struct HistoryHead(Bytes32);

impl HistoryHead {
    /// The head.
    pub fn get(self) -> Bytes32 {
        self.0
    }

    /// Starts the encoding of an event. The head takes it in by [`Encoding::fold`].
    pub fn event(&mut self, tag: u8) -> Encoding<'_> {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend_from_slice(&self.0.0);
        bytes.push(tag);
        Encoding { head: self, bytes }
    }
}

/// The canonical encoding of an event: integers big endian, every field of fixed size or with its length.
#[must_use = "an event counts once it is folded"]
pub struct Encoding<'a> {
    head: &'a mut HistoryHead,
    bytes: Vec<u8>,
}

impl Encoding<'_> {
    /// Adds an account of this chain.
    pub fn account(mut self, account: &AccountId) -> Self {
        const NATIVE: u8 = 0;
        self.bytes.push(NATIVE);
        push_account(&mut self.bytes, account);
        self
    }

    /// Adds bytes as they are.
    pub fn fixed(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Adds a number.
    pub fn number(self, number: u64) -> Self {
        self.fixed(&number.to_be_bytes())
    }

    /// Moves the head on.
    pub fn fold(self) {
        self.head.0 = Bytes32(env::keccak256_array(self.bytes));
    }
}

#[cfg(test)]
mod tests {
    use sha3::{Digest, Keccak256};

    use super::*;

    #[test]
    fn the_head_is_the_hash_of_the_previous_head_and_the_encoding() {
        let owner: AccountId = "alice.near".parse().unwrap();
        let mut head = HistoryHead::default();
        head.event(3).account(&owner).fixed(&[7; 4]).number(258).fold();
        let mut expected = vec![0; 32];
        expected.extend_from_slice(&[3, 0, 10]);
        expected.extend_from_slice(b"alice.near");
        expected.extend_from_slice(&[7, 7, 7, 7, 0, 0, 0, 0, 0, 0, 1, 2]);
        assert_eq!(head.get().0, <[u8; 32]>::from(Keccak256::digest(expected)));
    }
}
