//! `getLedgerEntries`.

use serde_json::{Value, json};
use stellar_xdr::{LedgerEntryExt, LedgerKey};

use crate::{
    chain::StoredEntry,
    rpc::{
        error::RpcError,
        format::{XdrFields, XdrFormat, decode},
        held::Held,
        params::Params,
    },
};

const KEYS_MAX: usize = 200;

/// Entries in the order of their keys; those that are not there are left out. Archived ones are there, past the ledger
/// that they lived until.
pub(in crate::rpc) fn entries(held: &mut Held, mut params: Params) -> Result<Value, RpcError> {
    let format = XdrFormat::take(&mut params).map_err(RpcError::invalid_params)?;
    let keys: Vec<String> = params.optional("keys")?.unwrap_or_default();
    if keys.len() > KEYS_MAX {
        let why = format!("key count ({}) exceeds maximum supported ({KEYS_MAX})", keys.len());
        return Err(RpcError::invalid_params(why));
    }
    let keys: Result<Vec<LedgerKey>, RpcError> =
        keys.iter().enumerate().map(|(index, key)| read(index, key)).collect();
    let mut entries = Vec::new();
    for key in keys? {
        if let Some(stored) = held.network.entry(&key) {
            entries.push(tell(&key, stored, format)?);
        }
    }
    Ok(json!({ "entries": entries, "latestLedger": held.latest() }))
}

fn read(index: usize, text: &str) -> Result<LedgerKey, RpcError> {
    match decode(text) {
        Ok(LedgerKey::Ttl(_)) => {
            Err(RpcError::invalid_params("ledger ttl entries cannot be queried directly"))
        }
        Ok(key) => Ok(key),
        Err(_) => {
            let shown: String = text.chars().take(100).collect();
            Err(RpcError::invalid_params(format!("cannot unmarshal key value {shown} at index {index}")))
        }
    }
}

fn tell(key: &LedgerKey, stored: StoredEntry, format: XdrFormat) -> Result<Value, RpcError> {
    let mut told = XdrFields::new(format);
    told.add_xdr(("key", "keyJson"), key)?;
    told.add_xdr(("xdr", "dataJson"), &stored.entry.data)?;
    told.add("lastModifiedLedgerSeq", stored.entry.last_modified_ledger_seq);
    if let Some(live_until) = stored.live_until {
        told.add("liveUntilLedgerSeq", live_until);
    }
    told.add_xdr::<LedgerEntryExt>(("extXdr", "extJson"), &stored.entry.ext)?;
    Ok(told.into_value())
}
