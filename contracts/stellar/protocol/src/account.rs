//! Who acts.
#![allow(missing_docs, reason = "what the macro adds has none")]

use soroban_sdk::{Address, BytesN, Env, contracttype, xdr::ToXdr};

use crate::encoding::Encoding;

// Part of the contracts' interface, and of their size: the words stand in README.md instead of in doc comments.
// Keys are as SEC 1 compresses them. A native account and a bare key with the same bytes are two accounts.
#[contracttype]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    Native(Address),
    Ed25519(BytesN<32>),
    Secp256k1(BytesN<33>),
    Secp256r1(BytesN<33>),
}

/// Most bytes that an encoded account has: kind, length, and a compressed key or a strkey's payload.
pub const ENCODED_BYTES_MAX: usize = 35;

/// First bytes of an account's strkey ([SEP-23](https://stellar.org/protocol/sep-23)).
const STRKEY_ACCOUNT: u8 = 6 << 3;
const STRKEY_CONTRACT: u8 = 2 << 3;

impl Account {
    /// Whether it can be anybody at all: a compressed key begins with 2 or 3.
    pub fn is_somebody(&self) -> bool {
        match self {
            Self::Native(_) | Self::Ed25519(_) => true,
            Self::Secp256k1(key) | Self::Secp256r1(key) => matches!(key.get_unchecked(0), 2 | 3),
        }
    }

    /// Appends kind, length and bytes, as the history has them: the same for the same account, and never the same for two.
    pub fn encode(&self, env: &Env, out: &mut Encoding) {
        match self {
            Self::Native(address) => {
                out.push(&[0, 33]);
                out.push(&native(env, address));
            }
            Self::Ed25519(key) => {
                out.push(&[1, 32]);
                out.push(&key.to_array());
            }
            Self::Secp256k1(key) => {
                out.push(&[2, 33]);
                out.push(&key.to_array());
            }
            Self::Secp256r1(key) => {
                out.push(&[3, 33]);
                out.push(&key.to_array());
            }
        }
    }
}

/// The version byte and the payload of an address's strkey: its XDR ends with the payload, after the number of its type.
fn native(env: &Env, address: &Address) -> [u8; 33] {
    // The discriminant of `ScVal::Address`, 4 bytes; of the address, 4; of an account's key type, 4, which a contract has not.
    const TYPE_BYTE: u32 = 7;
    let xdr = address.to_xdr(env);
    let payload = xdr.len().saturating_sub(32);
    let mut bytes = [0; 33];
    let [version, rest @ ..] = &mut bytes;
    *version = if xdr.get_unchecked(TYPE_BYTE) == 0 { STRKEY_ACCOUNT } else { STRKEY_CONTRACT };
    xdr.slice(payload..).copy_into_slice(rest);
    bytes
}
