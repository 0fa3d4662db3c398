//! What the server says of itself: `getHealth`, `getNetwork`, `getVersionInfo`.

use serde_json::{Value, json};
use url::Url;

use crate::rpc::{error::RpcError, held::Held, params::Params};

/// The devnet answers, so it is well, however old its newest ledger is.
pub(in crate::rpc) fn health(held: &mut Held, _: Params) -> Result<Value, RpcError> {
    Ok(json!({
        "status": "healthy",
        "latestLedger": held.latest(),
        "latestLedgerCloseTime": held.network.latest().close_time().to_string(),
        "oldestLedger": held.oldest(),
        "oldestLedgerCloseTime": held.oldest_close_time().to_string(),
        "ledgerRetentionWindow": held.retention_ledgers(),
    }))
}

pub(in crate::rpc) fn network(held: &Held, friendbot: &Url) -> Result<Value, RpcError> {
    Ok(json!({
        "friendbotUrl": friendbot,
        "passphrase": held.network.passphrase(),
        "protocolVersion": held.network.protocol_version(),
    }))
}

pub(in crate::rpc) fn version_info(held: &mut Held, _: Params) -> Result<Value, RpcError> {
    Ok(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "commitHash": "",
        "buildTimestamp": "",
        "captiveCoreVersion": concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")),
        "protocolVersion": held.network.protocol_version(),
    }))
}
