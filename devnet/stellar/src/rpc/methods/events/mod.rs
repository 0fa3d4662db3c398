//! `getEvents`.

mod filter;
mod history;
mod topics;

use serde_json::{Value, json};
use stellar_xdr::{ContractEvent, ContractEventBody, ContractEventType};

use self::{
    filter::EventFilter,
    history::{EmittedEvent, events_of},
};
use super::horizon::time;
use crate::rpc::{
    cursor::EventId,
    error::RpcError,
    format::{XdrFields, XdrFormat},
    held::Held,
    params::Params,
};

const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: usize = 10_000;

/// Ledgers that one request looks at.
const SCAN_LEDGERS: u32 = 10_000;

pub(in crate::rpc) fn page(held: &mut Held, mut params: Params) -> Result<Value, RpcError> {
    let asked = Asked::take(&mut params)?;
    let (oldest, latest) = (held.oldest(), held.latest());
    let first = asked.start.ledger();
    if !(oldest..=latest).contains(&first) {
        let why = format!("startLedger must be within the ledger range: {oldest} - {latest}");
        return Err(RpcError::invalid_request(why));
    }
    let end = asked.end(latest);
    let found: Vec<EmittedEvent<'_>> = held
        .network
        .ledgers_from(first)
        .take_while(|ledger| ledger.sequence() < end)
        .flat_map(events_of)
        .filter(|event| asked.wants(event))
        .take(asked.limit)
        .collect();
    let cursor = match found.last() {
        Some(last) if found.len() == asked.limit => last.id,
        _ => EventId::end_of(end.saturating_sub(1)),
    };
    let told: Result<Vec<Value>, RpcError> = found.iter().map(|event| tell(event, asked.format)).collect();
    Ok(json!({
        "events": told?,
        "cursor": cursor.to_string(),
        "latestLedger": latest,
        "oldestLedger": oldest,
        "latestLedgerCloseTime": held.network.latest().close_time().to_string(),
        "oldestLedgerCloseTime": held.oldest_close_time().to_string(),
    }))
}

/// Where a page begins.
enum Start {
    /// With a ledger's first event.
    Ledger(u32),
    /// Behind an event.
    After(EventId),
}

impl Start {
    fn ledger(&self) -> u32 {
        match self {
            Self::Ledger(ledger) => *ledger,
            Self::After(cursor) => cursor.toid.ledger,
        }
    }
}

struct Asked {
    start: Start,
    /// The first ledger that is not asked for; 0: there is none.
    end_ledger: u32,
    limit: usize,
    filters: Vec<EventFilter>,
    format: XdrFormat,
}

impl Asked {
    fn take(params: &mut Params) -> Result<Self, RpcError> {
        let invalid = |why: String| RpcError::invalid_params(why);
        let format = XdrFormat::take(params).map_err(invalid)?;
        let start_ledger: u32 = params.optional("startLedger")?.unwrap_or_default();
        let end_ledger: u32 = params.optional("endLedger")?.unwrap_or_default();
        let mut pagination = params.group("pagination")?;
        let cursor: Option<String> = pagination.optional("cursor")?;
        let limit: usize = pagination.optional("limit")?.unwrap_or_default();
        let start = match cursor {
            Some(_) if start_ledger != 0 || end_ledger != 0 => {
                return Err(invalid("ledger ranges and cursor cannot both be set".to_owned()));
            }
            Some(cursor) => {
                Start::After(cursor.parse().map_err(|why: String| pagination.wrong("cursor", &why))?)
            }
            None if start_ledger == 0 => return Err(invalid("startLedger must be positive".to_owned())),
            None => Start::Ledger(start_ledger),
        };
        if limit > LIMIT_MAX {
            return Err(invalid(format!("limit must not exceed {LIMIT_MAX}")));
        }
        let limit = if limit == 0 { LIMIT_DEFAULT } else { limit };
        Ok(Self { start, end_ledger, limit, filters: EventFilter::take_all(params)?, format })
    }

    /// The first ledger that is not looked at.
    fn end(&self, latest: u32) -> u32 {
        let end = self.start.ledger().saturating_add(SCAN_LEDGERS).min(latest.saturating_add(1));
        if self.end_ledger == 0 { end } else { end.min(self.end_ledger) }
    }

    fn wants(&self, event: &EmittedEvent<'_>) -> bool {
        let behind = match self.start {
            Start::Ledger(_) => true,
            Start::After(cursor) => event.id > cursor,
        };
        behind && (self.filters.is_empty() || self.filters.iter().any(|filter| filter.matches(event.event)))
    }
}

fn tell(emitted: &EmittedEvent<'_>, format: XdrFormat) -> Result<Value, RpcError> {
    let ContractEvent { type_, contract_id, body: ContractEventBody::V0(body), .. } = emitted.event;
    let mut told = XdrFields::new(format);
    told.add("type", name(*type_));
    told.add("ledger", emitted.id.toid.ledger);
    told.add("ledgerClosedAt", time(emitted.close_time));
    told.add("contractId", contract_id.as_ref().map(ToString::to_string).unwrap_or_default());
    told.add("id", emitted.id.to_string());
    told.add("operationIndex", emitted.id.toid.operation);
    told.add("transactionIndex", emitted.id.toid.transaction);
    told.add("txHash", hex::encode(emitted.transaction.0));
    told.add("inSuccessfulContractCall", emitted.successful);
    told.add_list(("topic", "topicJson"), body.topics.iter())?;
    told.add_xdr(("value", "valueJson"), &body.data)?;
    Ok(told.into_value())
}

fn name(kind: ContractEventType) -> &'static str {
    match kind {
        ContractEventType::System => "system",
        ContractEventType::Contract => "contract",
        ContractEventType::Diagnostic => "diagnostic",
    }
}
