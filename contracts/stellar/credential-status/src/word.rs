//! Positions, words of 256 bits, and where they are stored.
#![allow(missing_docs, reason = "what the macros add has none")]

use idos_stellar_protocol::{Account, Refusal, encoding::Encoding, ttl};
use soroban_sdk::{Bytes, BytesN, Env, contracttype};

/// Positions in a list: the W3C's minimum, so that one position hides among many.
pub const LIST_SIZE: u32 = 131_072;

/// Positions in a word.
const WORD_SIZE: u32 = 256;

/// Kind of a word's storage key.
const KIND: u8 = 1;

#[contracttype]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Status {
    Valid = 0,
    Suspended = 1,
    Revoked = 2,
}

// Which of a position's two bits. A revocation is final, a suspension comes and goes.
#[contracttype]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    Revocation = 0,
    Suspension = 1,
}

impl Status {
    /// What the signed text calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
        }
    }
}

impl Purpose {
    /// What the signed text calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Revocation => "revocation",
            Self::Suspension => "suspension",
        }
    }
}

/// 256 bits, as a big-endian number.
pub type Word = [u8; 32];

/// Which word of which list.
#[derive(Clone, Copy)]
pub struct WordKey<'a> {
    pub issuer: &'a Account,
    pub list: u32,
    pub purpose: Purpose,
    /// Below 512.
    pub word_index: u16,
}

impl WordKey<'_> {
    /// The word: 0 where nothing was ever set.
    pub fn read(&self, env: &Env) -> Word {
        let stored: Option<BytesN<32>> = env.storage().persistent().get(&self.bytes(env));
        stored.map(|word| word.to_array()).unwrap_or_default()
    }

    /// Stores the word, and keeps it alive; one that is 0 is no entry.
    pub fn write(&self, env: &Env, word: &Word) {
        let key = self.bytes(env);
        if *word == Word::default() {
            env.storage().persistent().remove(&key);
            return;
        }
        env.storage().persistent().set(&key, &BytesN::from_array(env, word));
        ttl::keep(env, &key);
    }

    /// The storage key.
    pub fn bytes(&self, env: &Env) -> Bytes {
        self.encode(env, KIND).into_bytes()
    }

    /// Kind, issuer, list, purpose and word index: with that a storage key is whole, and an event begins.
    pub fn encode(&self, env: &Env, kind: u8) -> Encoding {
        let mut encoding = Encoding::new(env, kind);
        self.issuer.encode(env, &mut encoding);
        encoding.push(&self.list.to_be_bytes());
        encoding.push(&[self.purpose as u8]);
        encoding.push(&self.word_index.to_be_bytes());
        encoding
    }
}

/// The word that a position is in.
pub fn word_of(index: u32) -> Result<u16, Refusal> {
    if index < LIST_SIZE { Ok((index / WORD_SIZE) as u16) } else { Err(Refusal::IndexOutOfRange) }
}

/// A word's index, if a list has it.
pub fn checked_index(word_index: u32) -> Result<u16, Refusal> {
    if word_index < LIST_SIZE / WORD_SIZE { Ok(word_index as u16) } else { Err(Refusal::IndexOutOfRange) }
}

/// A word with the one bit of `index`, counted from the least significant.
pub fn mask(index: u32) -> Word {
    let bit = index % WORD_SIZE;
    let mut mask = Word::default();
    mask[31 - (bit / 8) as usize] = 1 << (bit % 8);
    mask
}

/// `word` with bits set, and others cleared.
pub fn changed(word: &Word, set: &Word, clear: &Word) -> Word {
    let mut changed = *word;
    for (byte, (set, clear)) in changed.iter_mut().zip(set.iter().zip(clear)) {
        *byte = (*byte | set) & !clear;
    }
    changed
}

/// Whether two words have a bit in common.
pub fn overlap(a: &Word, b: &Word) -> bool {
    a.iter().zip(b).any(|(a, b)| a & b != 0)
}
