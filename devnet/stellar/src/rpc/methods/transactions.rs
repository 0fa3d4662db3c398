//! `getTransaction` and `getTransactions`.

use serde_json::{Value, json};
use stellar_xdr::{Hash, TransactionEnvelope, TransactionMeta};

use super::pages::{Page, PageLimit, in_range, shown};
use crate::{
    chain::{AppliedTransaction, TransactionStatus},
    rpc::{
        cursor::Toid,
        error::RpcError,
        format::{XdrFields, XdrFormat},
        held::Held,
        params::Params,
    },
};

const LIMIT: PageLimit = PageLimit { default: 50, max: 200 };

const HASH_BYTES: usize = 32;

pub(in crate::rpc) fn one(held: &mut Held, mut params: Params) -> Result<Value, RpcError> {
    let format = XdrFormat::take(&mut params).map_err(RpcError::invalid_params)?;
    let asked: String = params.optional("hash")?.unwrap_or_default();
    let hash = hash(&asked)?;
    let mut told = match held.network.transaction(&hash) {
        Some(TransactionStatus::Applied(applied)) => {
            let mut told = tell(applied, format)?;
            told.add("createdAt", applied.close_time.to_string());
            told
        }
        Some(TransactionStatus::Pending(_)) | None => not_found(),
    };
    told.add("txHash", asked);
    told.add("latestLedger", held.latest());
    told.add("latestLedgerCloseTime", held.network.latest().close_time().to_string());
    told.add("oldestLedger", held.oldest());
    told.add("oldestLedgerCloseTime", held.oldest_close_time().to_string());
    Ok(told.into_value())
}

fn hash(text: &str) -> Result<Hash, RpcError> {
    if text.len() / 2 != HASH_BYTES {
        return Err(RpcError::invalid_params(format!("unexpected hash length ({})", text.len())));
    }
    let mut hash = [0; HASH_BYTES];
    hex::decode_to_slice(text, &mut hash)
        .map_err(|error| RpcError::invalid_params(format!("incorrect hash: {error}")))?;
    Ok(Hash(hash))
}

fn not_found() -> XdrFields {
    let mut told = XdrFields::new(XdrFormat::Base64);
    told.add("status", "NOT_FOUND");
    told.add("applicationOrder", 0);
    told.add("feeBump", false);
    told.add("ledger", 0);
    told.add("createdAt", "0");
    told.add("events", json!({}));
    told
}

pub(in crate::rpc) fn page(held: &mut Held, mut params: Params) -> Result<Value, RpcError> {
    let page = Page::take(&mut params)?;
    let limit = page.check(held, LIMIT)?;
    let format = XdrFormat::take(&mut params).map_err(RpcError::invalid_request)?;
    let first = first(held, &page)?;
    let found: Vec<&AppliedTransaction> = held
        .network
        .ledgers_from(first.ledger)
        .flat_map(|ledger| &ledger.transactions)
        .filter(|applied| place(applied) >= first)
        .take(limit)
        .collect();
    let cursor = match found.last() {
        Some(last) => place(last).to_string(),
        None if page.cursor.is_empty() => {
            Toid { ledger: held.latest(), transaction: 0, operation: 1 }.to_string()
        }
        None => page.cursor,
    };
    let told: Result<Vec<Value>, RpcError> =
        found.into_iter().map(|applied| tell_listed(applied, format)).collect();
    Ok(json!({
        "transactions": told?,
        "latestLedger": held.latest(),
        "latestLedgerCloseTimestamp": held.network.latest().close_time(),
        "oldestLedger": held.oldest(),
        "oldestLedgerCloseTimestamp": held.oldest_close_time(),
        "cursor": cursor,
    }))
}

/// Where a page begins: at a ledger's first transaction, or behind the one that the cursor names.
fn first(held: &Held, page: &Page) -> Result<Toid, RpcError> {
    if page.cursor.is_empty() {
        return Ok(Toid { ledger: page.start_ledger, transaction: 1, operation: 1 });
    }
    let wrong = |why: String| RpcError::invalid_params(format!("cursor ('{}') {why}", shown(&page.cursor)));
    let last: Toid = page.cursor.parse().map_err(|why| wrong(format!("is no cursor: {why}")))?;
    in_range(held, last.ledger, || format!("the cursor's ledger ({})", last.ledger))
        .map_err(|error| RpcError::invalid_params(error.message))?;
    Ok(Toid { transaction: last.transaction + 1, operation: 1, ..last })
}

fn place(applied: &AppliedTransaction) -> Toid {
    Toid { ledger: applied.ledger, transaction: applied.application_order, operation: 1 }
}

fn tell_listed(applied: &AppliedTransaction, format: XdrFormat) -> Result<Value, RpcError> {
    let mut told = tell(applied, format)?;
    told.add("txHash", hex::encode(applied.hash.0));
    told.add("createdAt", applied.close_time);
    Ok(told.into_value())
}

fn tell(applied: &AppliedTransaction, format: XdrFormat) -> Result<XdrFields, RpcError> {
    let mut told = XdrFields::new(format);
    told.add("status", if applied.is_success() { "SUCCESS" } else { "FAILED" });
    told.add("applicationOrder", applied.application_order);
    told.add("feeBump", matches!(applied.envelope, TransactionEnvelope::TxFeeBump(_)));
    told.add("ledger", applied.ledger);
    told.add_xdr(("envelopeXdr", "envelopeJson"), &applied.envelope)?;
    told.add_xdr(("resultXdr", "resultJson"), &applied.result)?;
    told.add_xdr(("resultMetaXdr", "resultMetaJson"), &applied.meta)?;
    if let TransactionMeta::V4(meta) = &applied.meta {
        if !meta.diagnostic_events.is_empty() {
            told.add_list(("diagnosticEventsXdr", "diagnosticEventsJson"), meta.diagnostic_events.iter())?;
        }
        let mut events = XdrFields::new(format);
        events.add_list(("transactionEventsXdr", "transactionEventsJson"), meta.events.iter())?;
        let by_operation = meta.operations.iter().map(|operation| operation.events.iter());
        events.add_lists(("contractEventsXdr", "contractEventsJson"), by_operation)?;
        told.add("events", events.into_value());
    }
    Ok(told)
}
