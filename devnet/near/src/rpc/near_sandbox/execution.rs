//! In which order the receipts of a block ran, which an RPC does not say: nearcore runs receipts from a signer to itself
//! first, as their transactions stand in the chunk; then those delayed from earlier blocks; then those that arrived with
//! the chunk, as they stand in it. A receipt that waited for data runs when the last of its data arrives.

use std::collections::HashMap;

use near_indexer_primitives::IndexerExecutionOutcomeWithReceipt;
use near_primitives::{
    hash::CryptoHash,
    views::{ChunkView, ReceiptEnumView, ReceiptView},
};

/// When in a block a receipt runs; compared as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Local(usize),
    Delayed,
    Arrived(usize),
}

/// The receipts that ran in a block, in the order in which they ran. `made` names the receipt that each transaction of the
/// chunk became.
pub(super) fn in_order(
    chunk: Option<&ChunkView>,
    made: &HashMap<CryptoHash, CryptoHash>,
    mut ran: Vec<IndexerExecutionOutcomeWithReceipt>,
) -> Vec<IndexerExecutionOutcomeWithReceipt> {
    let local: Vec<CryptoHash> = chunk.map(|chunk| local_receipts(chunk, made)).unwrap_or_default();
    let arrived = chunk.map(|chunk| chunk.receipts.as_slice()).unwrap_or_default();
    ran.sort_by_key(|executed| turn(&local, arrived, &executed.receipt));
    ran
}

fn local_receipts(chunk: &ChunkView, made: &HashMap<CryptoHash, CryptoHash>) -> Vec<CryptoHash> {
    let local = chunk.transactions.iter().filter(|sent| sent.signer_id == sent.receiver_id);
    local.filter_map(|sent| made.get(&sent.hash).copied()).collect()
}

fn turn(local: &[CryptoHash], arrived: &[ReceiptView], receipt: &ReceiptView) -> Turn {
    if let Some(at) = local.iter().position(|id| *id == receipt.receipt_id) {
        return Turn::Local(at);
    }
    arrived.iter().rposition(|other| sets_off(other, receipt)).map_or(Turn::Delayed, Turn::Arrived)
}

/// Whether the arrival of a receipt lets another run: the receipt itself, or data that it waits for.
fn sets_off(arrived: &ReceiptView, receipt: &ReceiptView) -> bool {
    match (&arrived.receipt, &receipt.receipt) {
        (ReceiptEnumView::Data { data_id, .. }, ReceiptEnumView::Action { input_data_ids, .. }) => {
            input_data_ids.contains(data_id)
        }
        _ => arrived.receipt_id == receipt.receipt_id,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn id(name: &str) -> CryptoHash {
        CryptoHash::hash_bytes(name.as_bytes())
    }

    fn action(name: &str, waits_for: &[&str]) -> ReceiptView {
        let input_data_ids: Vec<_> = waits_for.iter().map(|data| id(data)).collect();
        let receipt = json!({ "Action": {
            "signer_id": "a.near",
            "signer_public_key": "ed25519:22skMptHjFWNyuEWY22ftn2AbLPSYpmYwGJRGwpNHbTV",
            "gas_price": "1",
            "output_data_receivers": [],
            "input_data_ids": input_data_ids,
            "actions": [],
        }});
        view(name, receipt)
    }

    fn data(name: &str) -> ReceiptView {
        view(name, json!({ "Data": { "data_id": id(name), "data": null } }))
    }

    fn view(name: &str, receipt: serde_json::Value) -> ReceiptView {
        let whole = json!({
            "predecessor_id": "a.near", "receiver_id": "b.near", "receipt_id": id(name), "receipt": receipt,
        });
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn a_receipt_to_oneself_runs_first_then_what_was_delayed_then_what_arrived() {
        let local = [id("own-1"), id("own-2")];
        let arrived = [action("arrived-1", &[]), action("arrived-2", &[])];
        let mut ran = ["arrived-2", "delayed", "own-2", "arrived-1", "own-1"].map(|name| action(name, &[]));
        ran.sort_by_key(|receipt| turn(&local, &arrived, receipt));
        assert_eq!(
            ran.map(|receipt| receipt.receipt_id),
            ["own-1", "own-2", "delayed", "arrived-1", "arrived-2"].map(id)
        );
    }

    #[test]
    fn a_callback_runs_when_the_last_of_its_data_arrives() {
        let callback = action("callback", &["x", "y"]);
        let arrived = [data("x"), action("before", &[]), data("y"), action("after", &[])];
        assert_eq!(turn(&[], &arrived, &callback), Turn::Arrived(2));
        assert_eq!(turn(&[], &arrived, &action("before", &[])), Turn::Arrived(1));
        assert_eq!(turn(&[], &arrived, &action("after", &[])), Turn::Arrived(3));
        // It had arrived with this chunk itself, before its data.
        let together = [callback.clone(), data("x"), data("y")];
        assert_eq!(turn(&[], &together, &callback), Turn::Arrived(2));
    }
}
