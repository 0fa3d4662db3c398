use idos_near_protocol::{
    Bytes32,
    deposits::record_cost,
    record::{KEY_BYTES, RecordKey, read_record, write_record},
};
use near_sdk::{AccountId, NearToken, env, near};

/// Positions in a list: the W3C's minimum, so that one position hides among many.
pub const LIST_SIZE: u32 = 131_072;

/// Positions in a word.
pub const WORD_SIZE: u32 = 256;

/// Kind of a word's record in its [`RecordKey`].
const KIND: u8 = 1;

/// What a word that is not all 0 locks of its issuer's deposit: 104 bytes of state.
pub const WORD_COST: NearToken = record_cost(32);

/// What a position says.
#[near(serializers = [json])]
#[serde(rename_all = "lowercase")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Neither suspended nor revoked; also where nobody ever wrote.
    Valid,
    /// Not to be relied on for now.
    Suspended,
    /// Never to be relied on again.
    Revoked,
}

/// Which of a position's two bits.
#[near(serializers = [json])]
#[serde(rename_all = "lowercase")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Final.
    Revocation,
    /// Comes and goes.
    Suspension,
}

impl Purpose {
    /// Its number in the history.
    pub fn code(self) -> u8 {
        match self {
            Self::Revocation => 0,
            Self::Suspension => 1,
        }
    }
}

/// What names a word of 256 bits.
#[derive(Debug, Clone, Copy)]
pub struct WordKey<'a> {
    /// Whose list.
    pub issuer: &'a AccountId,
    /// Which of the issuer's lists.
    pub list: u32,
    /// Which bits.
    pub purpose: Purpose,
    /// Which 256 of them.
    pub word_index: u16,
}

impl WordKey<'_> {
    /// The word: a big-endian number, 0 where nothing is set.
    pub fn read(&self) -> Bytes32 {
        read_record(&self.hash()).unwrap_or_default()
    }

    /// Stores the word; one that is 0 is no record.
    pub(crate) fn write(&self, word: Bytes32) {
        if word.is_zero() {
            env::storage_remove(&self.hash());
        } else {
            write_record(&self.hash(), &word);
        }
    }

    fn hash(&self) -> [u8; KEY_BYTES as usize] {
        let key = RecordKey::new(KIND).account(self.issuer).fixed(&self.list.to_be_bytes());
        key.fixed(&[self.purpose.code()]).fixed(&self.word_index.to_be_bytes()).hash()
    }
}

/// A word with the one bit of `position`, counted from the least significant.
pub fn mask(position: u32) -> Bytes32 {
    let bit = position % WORD_SIZE;
    let mut mask = [0; 32];
    mask[31 - (bit / 8) as usize] = 1 << (bit % 8);
    Bytes32(mask)
}

/// `word` with bits set, and others cleared.
pub fn changed(word: Bytes32, set: Bytes32, clear: Bytes32) -> Bytes32 {
    Bytes32(std::array::from_fn(|byte| (word.0[byte] | set.0[byte]) & !clear.0[byte]))
}

/// Whether two words have a bit in common.
pub fn overlap(a: Bytes32, b: Bytes32) -> bool {
    a.0.iter().zip(b.0).any(|(a, b)| a & b != 0)
}
