//! One file a family of methods; each reads its parameters, asks the chain and answers in NEAR's own types.

pub(super) mod blocks;
pub(super) mod changes;
pub(super) mod chunks;
pub(super) mod gas_price;
pub(super) mod genesis;
pub(super) mod network;
pub(super) mod query;
pub(super) mod receipts;
pub(super) mod sandbox;
pub(super) mod status;
pub(super) mod transactions;

use near_jsonrpc_primitives::errors::RpcError;
use serde::Serialize;
use serde_json::Value;

fn answer<T: Serialize, E: Into<RpcError>>(result: Result<T, E>) -> Result<Value, RpcError> {
    let answer = result.map_err(Into::into)?;
    serde_json::to_value(answer).map_err(|error| RpcError::serialization_error(error.to_string()))
}
