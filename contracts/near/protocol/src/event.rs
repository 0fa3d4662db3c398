//! NEP-297: events are log lines that begin with `EVENT_JSON:`.

use near_sdk::{env, serde::Serialize, serde_json};

/// The most events that a batch may have: with the longest account ids and numbers, this many fit into the 16 KiB of logs that NEAR allows
/// a receipt.
pub const MAX_BATCH: usize = 60;

/// The version of the events' format.
pub const VERSION: &str = "1.0.0";

#[derive(Serialize)]
#[serde(crate = "near_sdk::serde")]
struct Line<'a, T> {
    standard: &'a str,
    version: &'a str,
    event: &'a str,
    data: &'a [T],
}

/// Logs one line for `events`, which are all of one kind and in order; none for none.
pub fn emit<T: Serialize>(standard: &str, event: &str, events: &[T]) {
    if events.is_empty() {
        return;
    }
    match serde_json::to_string(&Line { standard, version: VERSION, event, data: events }) {
        Ok(json) => env::log_str(&["EVENT_JSON:", &json].concat()),
        // Plain structs of strings and numbers always serialize. An event must not be lost: rather refuse the call.
        Err(_) => env::panic_str("EventNotSerialized"),
    }
}
