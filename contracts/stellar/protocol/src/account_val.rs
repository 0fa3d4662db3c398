//! An account as contracts pass it: a list of a symbol and a value.
//!
//! soroban-sdk's macro writes the same, which is what in-process tests run, but once for every place that needs it.

use soroban_sdk::{
    ConversionError, Env, EnvBase, SpecShakingMarker, Symbol, TryFromVal, TryIntoVal, Val, Vec, symbol_short,
};

use crate::Account;

const KINDS: [&str; 4] = ["Native", "Ed25519", "Secp256k1", "Secp256r1"];

impl TryFromVal<Env, Val> for Account {
    type Error = ConversionError;

    #[inline(never)]
    fn try_from_val(env: &Env, val: &Val) -> Result<Self, ConversionError> {
        let parts: Vec<Val> = val.try_into_val(env)?;
        if parts.len() != 2 {
            return Err(ConversionError);
        }
        let kind: Symbol = parts.get_unchecked(0).try_into_val(env)?;
        let value = parts.get_unchecked(1);
        let Ok(kind) = env.symbol_index_in_strs(kind.to_symbol_val(), &KINDS);
        Ok(match u32::from(kind) {
            0 => Self::Native(value.try_into_val(env)?),
            1 => Self::Ed25519(value.try_into_val(env)?),
            2 => Self::Secp256k1(value.try_into_val(env)?),
            3 => Self::Secp256r1(value.try_into_val(env)?),
            _ => return Err(ConversionError),
        })
    }
}

impl TryFromVal<Env, Account> for Val {
    type Error = ConversionError;

    #[inline(never)]
    fn try_from_val(env: &Env, account: &Account) -> Result<Self, ConversionError> {
        let (kind, value) = match account {
            Account::Native(address) => (symbol_short!("Native"), address.to_val()),
            Account::Ed25519(key) => (symbol_short!("Ed25519"), key.to_val()),
            Account::Secp256k1(key) => (symbol_short!("Secp256k1"), key.to_val()),
            Account::Secp256r1(key) => (symbol_short!("Secp256r1"), key.to_val()),
        };
        Ok(Vec::from_array(env, [kind.to_val(), value]).to_val())
    }
}

impl TryFromVal<Env, &Account> for Val {
    type Error = ConversionError;

    fn try_from_val(env: &Env, account: &&Account) -> Result<Self, ConversionError> {
        Self::try_from_val(env, *account)
    }
}

impl SpecShakingMarker for Account {
    fn spec_shaking_marker() {
        description::Account::spec_shaking_marker();
    }
}

/// What the contracts' descriptions say of it.
mod description {
    #![allow(missing_docs, dead_code, reason = "only its description is used")]

    use soroban_sdk::{Address, BytesN, contracttype};

    #[contracttype]
    pub enum Account {
        Native(Address),
        Ed25519(BytesN<32>),
        Secp256k1(BytesN<33>),
        Secp256r1(BytesN<33>),
    }
}
