//! Events, page by page: by the first ledger, then by the cursor. A page without events moves the cursor too.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    place::Place,
    rpc::{Refusal, Rpc},
};
use crate::source::SourceError;

/// Contracts in one filter,
const FILTER_CONTRACTS: usize = 5;
/// filters in one question,
const FILTERS: usize = 5;
/// and so contracts in one question.
pub(super) const CONTRACTS_MAX: usize = FILTER_CONTRACTS * FILTERS;

/// Events in one page. Servers take up to ten times as many, unless they are told to take fewer.
const PAGE_EVENTS: usize = 1_000;

/// Events of one range. More are asked for by smaller ranges.
const EVENTS_MAX: usize = 20_000;
/// Events of one ledger, whose limits leave room for far fewer.
const LEDGER_EVENTS_MAX: usize = 200_000;

/// An event as the RPC tells it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventJson {
    pub(super) id: Place,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) ledger: u64,
    pub(super) ledger_closed_at: String,
    #[serde(default)]
    pub(super) contract_id: String,
    /// Told by versions that also told of calls that failed.
    #[serde(default)]
    pub(super) in_successful_contract_call: Option<bool>,
    #[serde(default)]
    pub(super) tx_hash: String,
    #[serde(default)]
    pub(super) topic: Vec<String>,
    #[serde(default)]
    pub(super) value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    events: Option<Vec<EventJson>>,
    cursor: Place,
    latest_ledger: u64,
    /// Not told by every version.
    oldest_ledger: Option<u64>,
}

/// The events of up to [`CONTRACTS_MAX`] contracts in the ledgers `from..=to`, in the chain's order, each once.
pub(super) async fn events(
    rpc: &Rpc,
    contracts: &[String],
    from: u32,
    to: u32,
) -> Result<Vec<EventJson>, SourceError> {
    let mut pages = Pages::new(rpc, contracts, from, to, PAGE_EVENTS);
    let mut found = BTreeMap::new();
    while let Some(page) = pages.next().await? {
        merge(&mut found, page)?;
        check_size(found.len(), pages.ledgers_told())?;
    }
    Ok(found.into_values().collect())
}

/// The first event of a contract in the ledgers `from..=to`, of a call that succeeded.
pub(super) async fn first_event(
    rpc: &Rpc,
    contract: String,
    from: u32,
    to: u32,
) -> Result<Option<EventJson>, SourceError> {
    let mut pages = Pages::new(rpc, &[contract], from, to, 1);
    while let Some(page) = pages.next().await? {
        if let Some(event) = page.into_iter().find(EventJson::counts) {
            return Ok(Some(event));
        }
    }
    Ok(None)
}

/// Takes in a page. An event that comes again is the same one.
fn merge(found: &mut BTreeMap<Place, EventJson>, page: Vec<EventJson>) -> Result<(), SourceError> {
    for event in page {
        if found.get(&event.id).is_some_and(|known| *known != event) {
            return Err(SourceError::Invalid("two events in one place"));
        }
        found.insert(event.id, event);
    }
    Ok(())
}

fn check_size(events: usize, ledgers: u64) -> Result<(), SourceError> {
    if events > EVENTS_MAX && ledgers > 0 {
        return Err(SourceError::RangeTooLarge { suggested: Some(ledgers) });
    }
    if events > LEDGER_EVENTS_MAX {
        return Err(SourceError::Invalid("more events than a ledger holds"));
    }
    Ok(())
}

impl EventJson {
    /// Whether it is an event of a call that succeeded.
    pub(super) fn counts(&self) -> bool {
        self.kind == "contract" && self.in_successful_contract_call != Some(false)
    }
}

/// The pages of a range.
struct Pages<'a> {
    rpc: &'a Rpc,
    filters: Value,
    limit: usize,
    from: u32,
    to: u32,
    /// Up to where all has been told; `None`: nothing was asked yet.
    cursor: Option<Place>,
    is_told: bool,
}

impl<'a> Pages<'a> {
    fn new(rpc: &'a Rpc, contracts: &[String], from: u32, to: u32, limit: usize) -> Self {
        Self { rpc, filters: filters(contracts), limit, from, to, cursor: None, is_told: false }
    }

    /// Ledgers whose events are all told.
    fn ledgers_told(&self) -> u64 {
        self.cursor.map_or(0, |cursor| cursor.ledger().saturating_sub(self.from.into()))
    }

    /// The next page's events; `None` after the last one.
    async fn next(&mut self) -> Result<Option<Vec<EventJson>>, SourceError> {
        if self.is_told {
            return Ok(None);
        }
        let (question, ledger) = self.question()?;
        let page: Page = match self.rpc.ask("getEvents", question).await {
            Ok(page) => page,
            Err(Refusal::NotHere(message)) => return Err(self.rpc.why_not_here(ledger, message).await),
            Err(Refusal::Other(error)) => return Err(error),
        };
        self.take(page).map(Some)
    }

    /// What to ask, and the first ledger that it is about. The RPC takes no last ledger beside a cursor.
    fn question(&self) -> Result<(Value, u32), SourceError> {
        let (filters, limit) = (&self.filters, self.limit);
        let Some(cursor) = self.cursor else {
            let (from, end) = (self.from, self.to.saturating_add(1));
            let pagination = json!({ "limit": limit });
            return Ok((
                json!({ "startLedger": from, "endLedger": end, "filters": filters, "pagination": pagination }),
                from,
            ));
        };
        let ledger = u32::try_from(cursor.ledger())
            .map_err(|_| SourceError::Invalid("a cursor beyond every ledger"))?;
        let pagination = json!({ "cursor": cursor.to_string(), "limit": limit });
        Ok((json!({ "filters": filters, "pagination": pagination }), ledger))
    }

    /// Checks a page, and moves on.
    fn take(&mut self, page: Page) -> Result<Vec<EventJson>, SourceError> {
        let (from, to) = (u64::from(self.from), u64::from(self.to));
        if page.latest_ledger < to {
            return Err(SourceError::Lags);
        }
        // A server that does not refuse ledgers that it dropped, but answers as if nothing had been said in them.
        if let (None, Some(oldest)) = (self.cursor, page.oldest_ledger.filter(|oldest| *oldest > from)) {
            return Err(SourceError::BlocksMissing { from, to: oldest - 1 });
        }
        if self.cursor.is_some_and(|cursor| page.cursor <= cursor) {
            return Err(SourceError::Invalid("a cursor that does not move on"));
        }
        let mut events = page.events.unwrap_or_default();
        let is_asked = |event: &EventJson| {
            event.id.ledger() == event.ledger && event.ledger >= from && event.id <= page.cursor
        };
        if !events.iter().all(is_asked) {
            return Err(SourceError::Invalid("events outside the ledgers asked for"));
        }
        // The cursor is the last event's place while there may be more, and else the end of the last ledger that was looked through.
        let ends_ledger = events.last().is_none_or(|last| last.id != page.cursor);
        let ledger = page.cursor.ledger();
        self.is_told = ledger > to || (ledger == to && ends_ledger);
        self.cursor = Some(page.cursor);
        events.retain(|event| event.ledger <= to);
        Ok(events)
    }
}

fn filters(contracts: &[String]) -> Value {
    contracts.chunks(FILTER_CONTRACTS).map(|ids| json!({ "type": "contract", "contractIds": ids })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(ledger: u64, event: u32) -> Place {
        format!("{:019}-{event:010}", (ledger << 32) + 4_096).parse().unwrap()
    }

    fn end_of(ledger: u64) -> Place {
        format!("{:019}-{:010}", (ledger << 32) + u64::from(u32::MAX), u32::MAX).parse().unwrap()
    }

    fn event(ledger: u64, number: u32) -> EventJson {
        EventJson {
            id: place(ledger, number),
            kind: "contract".into(),
            ledger,
            ledger_closed_at: String::new(),
            contract_id: String::new(),
            in_successful_contract_call: None,
            tx_hash: String::new(),
            topic: Vec::new(),
            value: String::new(),
        }
    }

    fn page(events: &[(u64, u32)], cursor: Place) -> Page {
        let events = events.iter().map(|(ledger, number)| event(*ledger, *number)).collect();
        Page { events: Some(events), cursor, latest_ledger: 100, oldest_ledger: None }
    }

    fn pages(rpc: &Rpc) -> Pages<'_> {
        Pages::new(rpc, &[], 10, 20, PAGE_EVENTS)
    }

    fn rpc() -> Rpc {
        Rpc::new(&"http://localhost:1".parse().unwrap())
    }

    #[test]
    fn a_range_is_told_when_the_cursor_is_past_its_last_ledger() {
        let table = [
            ("nothing, to the end", page(&[], end_of(20)), true),
            ("nothing, half the way", page(&[], end_of(15)), false),
            ("nothing, beyond the end", page(&[], end_of(30)), true),
            ("a full page in the last ledger", page(&[(12, 1), (20, 7)], place(20, 7)), false),
            ("the last page in the last ledger", page(&[(12, 1), (20, 7)], end_of(20)), true),
            ("a page that ends in a later ledger", page(&[(12, 1), (21, 0)], place(21, 0)), true),
        ];
        let rpc = rpc();
        for (name, page, is_told) in table {
            let mut pages = pages(&rpc);
            pages.take(page).unwrap();
            assert_eq!(pages.is_told, is_told, "{name}");
        }
    }

    #[test]
    fn an_event_that_comes_again_counts_once_and_later_ledgers_not_at_all() {
        let rpc = rpc();
        let (mut pages, mut found) = (pages(&rpc), BTreeMap::new());
        for page in
            [page(&[(12, 1), (12, 2)], place(12, 2)), page(&[(12, 2), (13, 0), (21, 0)], place(21, 0))]
        {
            merge(&mut found, pages.take(page).unwrap()).unwrap();
        }
        let places: Vec<_> = found.keys().copied().collect();
        assert_eq!(places, [place(12, 1), place(12, 2), place(13, 0)]);
        let other = EventJson { value: "AAAAAA==".into(), ..event(12, 2) };
        assert!(matches!(merge(&mut found, vec![other]), Err(SourceError::Invalid(_))));
    }

    #[test]
    fn pages_that_cannot_be_true_are_invalid() {
        let mut elsewhere = page(&[(12, 1)], end_of(20));
        elsewhere.events.iter_mut().flatten().for_each(|event| event.ledger = 13);
        let table = [
            ("before the range", page(&[(9, 1)], end_of(20))),
            ("after the cursor", page(&[(12, 1), (14, 0)], end_of(13))),
            ("an id of another ledger", elsewhere),
            ("a cursor that stands still", page(&[], end_of(11))),
            ("a cursor that goes back", page(&[], end_of(10))),
        ];
        let rpc = rpc();
        for (name, page) in table {
            let mut pages = Pages { cursor: Some(end_of(11)), ..pages(&rpc) };
            assert!(matches!(pages.take(page), Err(SourceError::Invalid(_))), "{name}");
        }
    }

    #[test]
    fn a_server_that_has_dropped_ledgers_or_has_not_got_so_far_is_not_believed() {
        let rpc = rpc();
        let take = |page| pages(&rpc).take(page).unwrap_err();
        let missing = SourceError::BlocksMissing { from: 10, to: 14 };
        assert_eq!(take(Page { oldest_ledger: Some(15), ..page(&[], end_of(20)) }), missing);
        assert_eq!(take(Page { latest_ledger: 19, ..page(&[], end_of(19)) }), SourceError::Lags);
    }

    #[test]
    fn too_many_events_are_asked_for_in_smaller_ranges() {
        assert_eq!(check_size(EVENTS_MAX, 3), Ok(()));
        assert_eq!(check_size(EVENTS_MAX + 1, 3), Err(SourceError::RangeTooLarge { suggested: Some(3) }));
        assert_eq!(check_size(EVENTS_MAX + 1, 0), Ok(()), "one ledger cannot be asked for in parts");
        assert!(matches!(check_size(LEDGER_EVENTS_MAX + 1, 0), Err(SourceError::Invalid(_))));
    }

    #[test]
    fn contracts_are_spread_over_filters() {
        let contracts: Vec<_> = (0..12).map(|number| format!("C{number}")).collect();
        let filters = filters(&contracts);
        let sizes: Vec<_> = filters
            .as_array()
            .unwrap()
            .iter()
            .map(|filter| filter["contractIds"].as_array().unwrap().len())
            .collect();
        assert_eq!(sizes, [5, 5, 2]);
        assert!(sizes.len() <= FILTERS);
    }
}
