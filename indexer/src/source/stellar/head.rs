//! A contract's history head after a ledger.
//!
//! The RPC has only the newest state. That is the state after an earlier ledger too, if the head has not been written since. If it has, the first transaction that
//! wrote it after that ledger tells what it was before.

use idos_contracts_stellar::{ContractId, Value, storage};
use idos_grants::HistoryHead;
use serde::Deserialize;
use serde_json::json;
use stellar_xdr::{LedgerEntryChange, LedgerEntryData, LedgerKey, TransactionMeta};

use super::{pages, rpc::Rpc, xdr};
use crate::source::SourceError;

const MALFORMED: &str = "a history head in another shape than the contract stores it";
const MALFORMED_META: &str = "a transaction's changes in another shape than the RPC documents";

/// The newest state of a contract's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Newest {
    /// `None` while nothing was ever said.
    head: Option<Stored>,
    /// The ledger that this is the state after.
    as_of: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stored {
    head: HistoryHead,
    written_in: u32,
}

/// The newest state of each contract's head, in one answer.
pub(super) async fn newest(rpc: &Rpc, contracts: &[ContractId]) -> Result<Vec<Newest>, SourceError> {
    let keys = contracts.iter().map(|contract| xdr::base64(&key(*contract)?));
    let keys = keys.collect::<Result<Vec<_>, SourceError>>()?;
    let answer: Entries = rpc.ask("getLedgerEntries", json!({ "keys": keys })).await?;
    let entries = answer.entries.unwrap_or_default();
    if entries.iter().any(|entry| !keys.contains(&entry.key)) {
        return Err(SourceError::Invalid("an entry that was not asked for"));
    }
    let stored = keys.iter().map(|key| {
        let entry = entries.iter().find(|entry| entry.key == *key);
        let head = entry.map(|entry| entry.stored(answer.latest_ledger)).transpose()?;
        Ok(Newest { head, as_of: answer.latest_ledger })
    });
    stored.collect()
}

impl Newest {
    /// The head after the ledger `at`, if this says it; and else what to ask next.
    pub(super) fn at(&self, at: u32) -> At {
        match self.head {
            _ if self.as_of < at => At::Ahead,
            // An entry that is archived is told all the same; so where there is none, nothing was ever said.
            None => At::Head(None),
            Some(stored) if stored.written_in <= at => At::Head(Some(stored.head)),
            Some(_) => At::WrittenSince,
        }
    }

    /// The head after the ledger `at`, since which it has been written.
    pub(super) async fn before_what_was_written_since(
        &self,
        rpc: &Rpc,
        contract: ContractId,
        at: u32,
    ) -> Result<Option<HistoryHead>, SourceError> {
        let event = pages::first_event(rpc, contract.to_string(), at.saturating_add(1), self.as_of).await?;
        let Some(event) = event else {
            // Written, but nothing said: an archived entry was restored.
            return Ok(self.head.map(|stored| stored.head));
        };
        let answer: Transaction = rpc.ask("getTransaction", json!({ "hash": event.tx_hash })).await?;
        let meta = answer.result_meta_xdr.filter(|_| answer.status == "SUCCESS");
        // Behind a load balancer, not every server knows the transaction that another one told of.
        let meta: TransactionMeta = xdr::read(&meta.ok_or(SourceError::Lags)?, MALFORMED_META)?;
        before(&meta, contract)
    }
}

/// What the newest state says of an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Head(Option<HistoryHead>),
    /// The head has been written since.
    WrittenSince,
    /// The server has not got so far.
    Ahead,
}

/// What the head was before a transaction that wrote it.
fn before(meta: &TransactionMeta, contract: ContractId) -> Result<Option<HistoryHead>, SourceError> {
    let key = key(contract)?;
    let changes = changes(meta).ok_or(SourceError::Invalid(MALFORMED_META))?;
    match changes.into_iter().find(|change| key_of(change) == key) {
        Some(LedgerEntryChange::Created(_)) => Ok(None),
        // Restored by this transaction: as it was when it was archived.
        Some(LedgerEntryChange::State(entry) | LedgerEntryChange::Restored(entry)) => {
            head(&entry.data).map(Some)
        }
        _ => Err(SourceError::Invalid(MALFORMED_META)),
    }
}

/// What a transaction's operations changed, in order; `None` for transactions of before there were contracts.
fn changes(meta: &TransactionMeta) -> Option<Vec<&LedgerEntryChange>> {
    match meta {
        TransactionMeta::V4(meta) => {
            Some(meta.operations.iter().flat_map(|one| one.changes.iter()).collect())
        }
        TransactionMeta::V3(meta) => {
            Some(meta.operations.iter().flat_map(|one| one.changes.iter()).collect())
        }
        TransactionMeta::V0(_) | TransactionMeta::V1(_) | TransactionMeta::V2(_) => None,
    }
}

fn key_of(change: &LedgerEntryChange) -> LedgerKey {
    match change {
        LedgerEntryChange::Created(entry)
        | LedgerEntryChange::Updated(entry)
        | LedgerEntryChange::State(entry)
        | LedgerEntryChange::Restored(entry) => entry.to_key(),
        LedgerEntryChange::Removed(key) => key.clone(),
    }
}

/// Where the contract keeps its head.
fn key(contract: ContractId) -> Result<LedgerKey, SourceError> {
    storage::history_head(contract).map_err(|_| SourceError::Invalid(MALFORMED))
}

fn head(entry: &LedgerEntryData) -> Result<HistoryHead, SourceError> {
    let LedgerEntryData::ContractData(data) = entry else { return Err(SourceError::Invalid(MALFORMED)) };
    Value::from_val(&data.val).map(HistoryHead).map_err(|_| SourceError::Invalid(MALFORMED))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entries {
    entries: Option<Vec<EntryJson>>,
    latest_ledger: u32,
}

#[derive(Debug, Deserialize)]
struct EntryJson {
    key: String,
    xdr: String,
    #[serde(rename = "lastModifiedLedgerSeq")]
    last_modified: u32,
}

impl EntryJson {
    fn stored(&self, as_of: u32) -> Result<Stored, SourceError> {
        let data: LedgerEntryData = xdr::read(&self.xdr, MALFORMED)?;
        if xdr::base64(&data.to_key())? != self.key {
            return Err(SourceError::Invalid("another entry than its key says"));
        }
        if self.last_modified > as_of {
            return Err(SourceError::Invalid("an entry that was written after the newest ledger"));
        }
        Ok(Stored { head: head(&data)?, written_in: self.last_modified })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Transaction {
    status: String,
    #[serde(default)]
    result_meta_xdr: Option<String>,
}
