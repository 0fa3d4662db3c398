//! The text that a bare key signs: readable, so that a wallet can show it, and bound to one use on one contract of one network.

use soroban_sdk::{Address, Bytes, BytesN, Env, String};

use crate::{Account, encoding::copy, trap::OrTrap};

/// Bytes that are gathered before they go to the host.
const BUFFER_BYTES: usize = 512;

/// Digits of the largest number.
const DIGITS_MAX: usize = 20;

/// A text under construction.
pub struct Text {
    /// What is at the host already.
    bytes: Bytes,
    buffer: [u8; BUFFER_BYTES],
    used: usize,
}

impl Text {
    /// Begins with a line of its own, and an empty one.
    pub fn new(env: &Env, contract: &str, title: &str) -> Self {
        let mut text = Self { bytes: Bytes::new(env), buffer: [0; BUFFER_BYTES], used: 0 };
        text.push(contract.as_bytes());
        text.push(b": ");
        text.push(title.as_bytes());
        text.push(b"\n");
        text
    }

    /// A line with a word.
    pub fn word(&mut self, name: &str, word: &str) {
        self.name(name);
        self.push(word.as_bytes());
    }

    /// A line with a number.
    pub fn number(&mut self, name: &str, number: u64) {
        self.name(name);
        let mut digits = [0; DIGITS_MAX];
        let mut rest = number;
        let mut used = 0;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
            used += 1;
            if rest == 0 {
                break;
            }
        }
        self.push(digits.get(DIGITS_MAX - used..).or_trap());
    }

    /// A line with 32 bytes, in lower-case hex.
    pub fn bytes(&mut self, name: &str, bytes: &BytesN<32>) {
        self.name(name);
        self.hex(&bytes.to_array());
    }

    /// A line with an account: a strkey, or the name of the curve and the key in hex.
    pub fn account(&mut self, name: &str, account: &Account) {
        self.name(name);
        match account {
            Account::Native(address) => self.strkey(address),
            Account::Ed25519(key) => self.key("ed25519-", &key.to_array()),
            Account::Secp256k1(key) => self.key("secp256k1-", &key.to_array()),
            Account::Secp256r1(key) => self.key("secp256r1-", &key.to_array()),
        }
    }

    /// Ends with what binds the text to this contract on this network. No newline at the end.
    pub fn finish(mut self, env: &Env) -> Bytes {
        self.name("Contract");
        self.strkey(&env.current_contract_address());
        self.bytes("Network", &env.ledger().network_id());
        self.flush();
        self.bytes
    }

    fn strkey(&mut self, address: &Address) {
        const STRKEY_BYTES: usize = 56;
        let strkey: String = address.to_string();
        let mut characters = [0; STRKEY_BYTES];
        strkey.copy_into_slice(&mut characters);
        self.push(&characters);
    }

    fn key(&mut self, curve: &str, key: &[u8]) {
        self.push(curve.as_bytes());
        self.hex(key);
    }

    fn hex(&mut self, bytes: &[u8]) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for byte in bytes {
            self.push(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
    }

    fn name(&mut self, name: &str) {
        self.push(b"\n");
        self.push(name.as_bytes());
        self.push(b": ");
    }

    /// Every part is shorter than the buffer.
    fn push(&mut self, part: &[u8]) {
        if self.used + part.len() > BUFFER_BYTES {
            self.flush();
        }
        let free = self.buffer.get_mut(self.used..).or_trap();
        copy(free.get_mut(..part.len()).or_trap(), part);
        self.used += part.len();
    }

    fn flush(&mut self) {
        self.bytes.extend_from_slice(self.buffer.get(..self.used).or_trap());
        self.used = 0;
    }
}
