//! From a method's name to what does it.

use serde_json::Value;

use super::{
    error::RpcError,
    held::Held,
    methods::{devnet, events, fee_stats, ledger_entries, ledgers, send, server, simulate, transactions},
    node::Node,
    params::Params,
};

/// Does what a request asks.
pub(super) async fn dispatch(node: &Node, method: &str, params: Value) -> Result<Value, RpcError> {
    let method: fn(&mut Held, Params) -> Result<Value, RpcError> = match method {
        "getHealth" => server::health,
        "getNetwork" => {
            let friendbot = node.friendbot_url.clone();
            return with(node, params, move |held, _| server::network(held, &friendbot)).await;
        }
        "getVersionInfo" => server::version_info,
        "getLatestLedger" => ledgers::latest,
        "getLedgers" => ledgers::page,
        "getLedgerEntries" => ledger_entries::entries,
        "getFeeStats" => fee_stats::fee_stats,
        "simulateTransaction" => simulate::simulate,
        "sendTransaction" => send::send,
        "getTransaction" => transactions::one,
        "getTransactions" => transactions::page,
        "getEvents" => events::page,
        "devnet_advanceTime" => devnet::advance_time,
        "devnet_closeLedgers" => devnet::close_ledgers,
        "devnet_skipLedgers" => devnet::skip_ledgers,
        unknown => return Err(RpcError::method_not_found(unknown)),
    };
    with(node, params, method).await
}

async fn with(
    node: &Node,
    params: Value,
    method: impl FnOnce(&mut Held, Params) -> Result<Value, RpcError> + Send + 'static,
) -> Result<Value, RpcError> {
    let params = Params::read(params)?;
    node.hold(move |held| method(held, params)).await?
}
