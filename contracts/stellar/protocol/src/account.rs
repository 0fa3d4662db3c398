//! Who acts.
#![allow(missing_docs, reason = "what the macro adds has none")]

use soroban_sdk::{Address, Bytes, BytesN, Env, xdr::ToXdr};

use crate::encoding::Encoding;

/// An account of the network, or a bare key as SEC 1 compresses it. A native account and a bare key with the same bytes are two accounts.
#[cfg_attr(not(target_family = "wasm"), soroban_sdk::contracttype)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    Native(Address),
    Ed25519(BytesN<32>),
    Secp256k1(BytesN<33>),
    Secp256r1(BytesN<33>),
}

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
    #[inline(never)]
    pub fn encode(&self, env: &Env, out: &mut Encoding) {
        let (kind, bytes) = match self {
            Self::Native(address) => (0, native(env, address)),
            Self::Ed25519(key) => (1, key.clone().into()),
            Self::Secp256k1(key) => (2, key.clone().into()),
            Self::Secp256r1(key) => (3, key.clone().into()),
        };
        out.push(&[kind, bytes.len() as u8]);
        out.append(&bytes);
    }
}

/// The version byte and the payload of an address's strkey: its XDR ends with the payload, after the number of its type.
fn native(env: &Env, address: &Address) -> Bytes {
    // The discriminant of `ScVal::Address`, 4 bytes; of the address, 4; of an account's key type, 4, which a contract has not.
    const TYPE_BYTE: u32 = 7;
    const BYTES: u32 = 33;
    let xdr = address.to_xdr(env);
    let version = if xdr.get_unchecked(TYPE_BYTE) == 0 { STRKEY_ACCOUNT } else { STRKEY_CONTRACT };
    let mut bytes = xdr.slice(xdr.len().saturating_sub(BYTES)..);
    bytes.set(0, version);
    bytes
}
