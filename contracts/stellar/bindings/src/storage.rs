//! Where the contracts keep what they know: for footprints, for restoring what was archived, and for readers of ledger entries.

use stellar_xdr::{ContractDataDurability, LedgerKey, LedgerKeyContractData, ScVal};

use crate::{
    access_grants::StandingGrant,
    account::{Account, ContractId},
    credential_status::Purpose,
    value::{Value, ValueError, bytes, symbol},
};

const GRANT: u8 = 1;
const WORD: u8 = 1;
const NONCE: u8 = 2;

/// The history head of either contract: 32 bytes; no entry before the first event.
pub fn history_head(contract: ContractId) -> Result<LedgerKey, ValueError> {
    Ok(persistent(contract, ScVal::Symbol(symbol("HEAD")?)))
}

/// A grant: [`grant_of`] reads its value.
pub fn grant(
    contract: ContractId,
    owner: &Account,
    grantee: &Account,
    data_id: &[u8; 32],
) -> Result<LedgerKey, ValueError> {
    let key = [[GRANT].as_slice(), &owner.encode(), &grantee.encode(), data_id].concat();
    Ok(persistent(contract, bytes(&key)?))
}

/// A grant from its entry's value.
pub fn grant_of(value: &ScVal) -> Result<StandingGrant, ValueError> {
    let packed = u128::from_val(value)?;
    Ok(StandingGrant { created_at: (packed >> 64) as u64, locked_until: packed as u64 })
}

/// A word of a status list: 32 bytes; no entry while it is 0.
pub fn word(
    contract: ContractId,
    issuer: &Account,
    list: u32,
    purpose: Purpose,
    word_index: u16,
) -> Result<LedgerKey, ValueError> {
    let mut key = vec![WORD];
    key.extend(issuer.encode());
    key.extend(list.to_be_bytes());
    key.push(purpose as u8);
    key.extend(word_index.to_be_bytes());
    Ok(persistent(contract, bytes(&key)?))
}

/// A used nonce: nothing but the entry itself.
pub fn nonce(contract: ContractId, account: &Account, nonce: &[u8; 32]) -> Result<LedgerKey, ValueError> {
    let key = [[NONCE].as_slice(), &account.encode(), nonce].concat();
    Ok(persistent(contract, bytes(&key)?))
}

/// The contract itself, whose entry names its code.
pub fn instance(contract: ContractId) -> LedgerKey {
    persistent(contract, ScVal::LedgerKeyContractInstance)
}

fn persistent(contract: ContractId, key: ScVal) -> LedgerKey {
    let durability = ContractDataDurability::Persistent;
    LedgerKey::ContractData(LedgerKeyContractData { contract: contract.address(), key, durability })
}
