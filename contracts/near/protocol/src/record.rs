//! State records. Their names are hashes: of one length and cost, whatever the ids that went in, and never the same for two records.

use near_sdk::{
    AccountId,
    borsh::{self, BorshDeserialize, BorshSerialize},
    env,
};

/// Length of a key, in bytes.
pub const KEY_BYTES: u64 = 32;

/// A record's name under construction: a byte that names the kind of record, then fields that are of fixed size or carry their length.
pub struct RecordKey(Vec<u8>);

impl RecordKey {
    /// A record of one kind. Kinds within a contract differ.
    pub fn new(kind: u8) -> Self {
        let mut bytes = Vec::with_capacity(192);
        bytes.push(kind);
        Self(bytes)
    }

    /// Adds an account id: its length in one byte, then its characters.
    #[must_use]
    pub fn account(mut self, account: &AccountId) -> Self {
        push_account(&mut self.0, account);
        self
    }

    /// Adds bytes, as many for every record of the kind.
    #[must_use]
    pub fn fixed(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// The name.
    pub fn hash(self) -> [u8; KEY_BYTES as usize] {
        env::sha256_array(self.0)
    }
}

/// Reads a record; `None` if there is none. One that cannot be read ends the call: nothing may take it for missing.
pub fn read_record<T: BorshDeserialize>(key: &[u8; KEY_BYTES as usize]) -> Option<T> {
    let bytes = env::storage_read(key)?;
    Some(borsh::from_slice(&bytes).unwrap_or_else(|_| env::panic_str("RecordNotReadable")))
}

/// Writes a record over what was there.
pub fn write_record<T: BorshSerialize>(key: &[u8; KEY_BYTES as usize], record: &T) {
    let bytes = borsh::to_vec(record).unwrap_or_else(|_| env::panic_str("RecordNotWritable"));
    env::storage_write(key, &bytes);
}

/// Appends length and characters of an account id, which has at most 64.
pub(crate) fn push_account(bytes: &mut Vec<u8>, account: &AccountId) {
    bytes.push(account.len() as u8);
    bytes.extend_from_slice(account.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_one_id_ends_and_the_next_begins_is_part_of_the_name() {
        let key = |kind, owner: &str, grantee: &str, data: [u8; 2]| {
            let account = |id: &str| id.parse::<AccountId>().unwrap();
            RecordKey::new(kind).account(&account(owner)).account(&account(grantee)).fixed(&data).hash()
        };
        let present = key(1, "aa", "abb", [1, 2]);
        assert_eq!(present, key(1, "aa", "abb", [1, 2]));
        for other in [
            key(2, "aa", "abb", [1, 2]),
            key(1, "aaa", "bb", [1, 2]),
            key(1, "abb", "aa", [1, 2]),
            key(1, "aa", "abb", [2, 1]),
        ] {
            assert_ne!(present, other);
        }
    }
}
