//! `getLatestLedger` and `getLedgers`.

use serde_json::{Value, json};

use super::pages::{Page, PageLimit, in_range, shown};
use crate::{
    chain::Ledger,
    rpc::{
        error::RpcError,
        format::{XdrFields, XdrFormat, base64},
        held::Held,
        params::Params,
    },
};

const LIMIT: PageLimit = PageLimit { default: 50, max: 200 };

pub(in crate::rpc) fn latest(held: &mut Held, _: Params) -> Result<Value, RpcError> {
    let ledger = held.network.latest();
    Ok(json!({
        "id": hex::encode(ledger.hash().0),
        "protocolVersion": held.network.protocol_version(),
        "sequence": ledger.sequence(),
        "closeTime": ledger.close_time().to_string(),
        "headerXdr": base64(&ledger.header.header)?,
        "metadataXdr": base64(&ledger.meta())?,
    }))
}

/// Ledgers that were skipped are not there.
pub(in crate::rpc) fn page(held: &mut Held, mut params: Params) -> Result<Value, RpcError> {
    let page = Page::take(&mut params)?;
    let limit = page.check(held, LIMIT)?;
    let format = XdrFormat::take(&mut params).map_err(RpcError::invalid_request)?;
    let first = if page.cursor.is_empty() { page.start_ledger } else { after(held, &page.cursor)? };
    let ledgers: Vec<&Ledger> = held.network.ledgers_from(first).take(limit).collect();
    let cursor = ledgers.last().map_or(first.saturating_sub(1), |ledger| ledger.sequence());
    let told: Result<Vec<Value>, RpcError> = ledgers.into_iter().map(|ledger| tell(ledger, format)).collect();
    Ok(json!({
        "ledgers": told?,
        "latestLedger": held.latest(),
        "latestLedgerCloseTime": held.network.latest().close_time(),
        "oldestLedger": held.oldest(),
        "oldestLedgerCloseTime": held.oldest_close_time(),
        "cursor": cursor.to_string(),
    }))
}

fn after(held: &Held, cursor: &str) -> Result<u32, RpcError> {
    let wrong = |why: String| RpcError::invalid_params(format!("cursor ('{}') {why}", shown(cursor)));
    let last: u32 = cursor.parse().map_err(|error| wrong(format!("is no ledger's number: {error}")))?;
    let first = last.saturating_add(1);
    in_range(held, first, || format!("cursor ('{last}')"))
        .map_err(|error| RpcError::invalid_params(error.message))?;
    Ok(first)
}

fn tell(ledger: &Ledger, format: XdrFormat) -> Result<Value, RpcError> {
    let mut told = XdrFields::new(format);
    told.add("hash", hex::encode(ledger.hash().0));
    told.add("sequence", ledger.sequence());
    told.add("ledgerCloseTime", ledger.close_time().to_string());
    told.add_xdr(("headerXdr", "headerJson"), &ledger.header)?;
    told.add_xdr(("metadataXdr", "metadataJson"), &ledger.meta())?;
    Ok(told.into_value())
}
