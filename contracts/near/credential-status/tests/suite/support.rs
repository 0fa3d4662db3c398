//! Calls by name.

use credential_status::{CredentialStatus, Purpose, Refusal, Status, WordChange};
use idos_near_protocol::Bytes32;
pub use idos_near_testing::{BYTE, NOW, account};

pub type World = idos_near_testing::World<CredentialStatus>;

/// What the first bit of an issuer costs: the deposit record and a word.
pub const FIRST_WORD: u128 = (96 + 104) * BYTE;

/// A word's cost.
pub const WORD: u128 = 104 * BYTE;

pub trait Verbs {
    fn set(&mut self, issuer: &str, list: u32, index: u32, status: Status) -> Result<(), Refusal>;
    fn set_words(&mut self, issuer: &str, purpose: Purpose, changes: Vec<WordChange>) -> Result<(), Refusal>;
    fn status(&self, issuer: &str, list: u32, index: u32) -> Status;
    fn word(&self, issuer: &str, list: u32, purpose: Purpose, word_index: u16) -> Bytes32;
    /// Total and available, in yoctoNEAR.
    fn balance(&self, who: &str) -> Option<(u128, u128)>;
    fn head(&self) -> [u8; 32];
}

impl Verbs for World {
    fn set(&mut self, issuer: &str, list: u32, index: u32, status: Status) -> Result<(), Refusal> {
        self.call(issuer, NOW, FIRST_WORD, |it| it.set_status(list, index, status))
    }

    fn set_words(&mut self, issuer: &str, purpose: Purpose, changes: Vec<WordChange>) -> Result<(), Refusal> {
        self.call(issuer, NOW, 100 * WORD, |it| it.set_status_words(0, purpose, changes))
    }

    fn status(&self, issuer: &str, list: u32, index: u32) -> Status {
        self.view(|_| CredentialStatus::status_of(account(issuer), list, index)).unwrap()
    }

    fn word(&self, issuer: &str, list: u32, purpose: Purpose, word_index: u16) -> Bytes32 {
        self.view(|_| CredentialStatus::status_word(account(issuer), list, purpose, word_index)).unwrap()
    }

    fn balance(&self, who: &str) -> Option<(u128, u128)> {
        let balance = self.view(|_| CredentialStatus::storage_balance_of(account(who)))?;
        Some((balance.total.as_yoctonear(), balance.available.as_yoctonear()))
    }

    fn head(&self) -> [u8; 32] {
        self.view(|contract| contract.history_head().0)
    }
}

/// A word with these bits, counted from the least significant.
pub fn bits(bits: &[u32]) -> Bytes32 {
    let mut word = [0_u8; 32];
    for bit in bits {
        word[31 - (*bit / 8) as usize] |= 1 << (bit % 8);
    }
    Bytes32(word)
}

pub fn change(word_index: u16, set: &[u32], clear: &[u32]) -> WordChange {
    WordChange { word_index, set: bits(set), clear: bits(clear) }
}
