//! The text that a bare key signs: readable, so that a wallet can show it, and bound to one use on one contract of one network.

use soroban_sdk::{Address, Bytes, BytesN, Env, String};

use crate::{Account, trap::OrTrap};

/// Bytes that are gathered before they go to the host.
const BUFFER_BYTES: usize = 512;

/// Digits of the largest number.
const DIGITS_MAX: usize = 20;

/// Bytes of the longest key.
const KEY_BYTES_MAX: usize = 33;

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
        let mut first = DIGITS_MAX;
        let mut rest = number;
        for (at, digit) in digits.iter_mut().enumerate().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
            first = at;
            if rest == 0 {
                break;
            }
        }
        self.push(digits.get(first..).or_trap());
    }

    /// A line with 32 bytes, in lower-case hex.
    pub fn bytes(&mut self, name: &str, bytes: &BytesN<32>) {
        self.name(name);
        self.hex(bytes.as_ref());
    }

    /// A line with an account: a strkey, or the name of the curve and the key in hex.
    pub fn account(&mut self, name: &str, account: &Account) {
        self.name(name);
        let (curve, key) = match account {
            Account::Native(address) => return self.strkey(address),
            Account::Ed25519(key) => ("ed25519-", key.as_ref()),
            Account::Secp256k1(key) => ("secp256k1-", key.as_ref()),
            Account::Secp256r1(key) => ("secp256r1-", key.as_ref()),
        };
        self.push(curve.as_bytes());
        self.hex(key);
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

    fn hex(&mut self, bytes: &Bytes) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut raw = [0; KEY_BYTES_MAX];
        let raw = raw.get_mut(..bytes.len() as usize).or_trap();
        bytes.copy_into_slice(raw);
        for byte in raw {
            self.push(&[DIGITS[usize::from(*byte >> 4)], DIGITS[usize::from(*byte & 15)]]);
        }
    }

    fn name(&mut self, name: &str) {
        self.push(b"\n");
        self.push(name.as_bytes());
        self.push(b": ");
    }

    /// Every part is shorter than the buffer.
    fn push(&mut self, part: &[u8]) {
        if part.len() > BUFFER_BYTES.saturating_sub(self.used) {
            self.flush();
        }
        let free = self.buffer.get_mut(self.used..).or_trap();
        copy(free.get_mut(..part.len()).or_trap(), part);
        self.used = self.used.wrapping_add(part.len());
    }

    fn flush(&mut self) {
        self.bytes.extend_from_slice(self.buffer.get(..self.used).or_trap());
        self.used = 0;
    }
}

/// Copies bytes, as many as both have.
pub(crate) fn copy(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}
