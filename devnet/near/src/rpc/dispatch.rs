//! From a method's name to what does it.

use std::time::Duration;

use near_jsonrpc_primitives::errors::RpcError;
use serde_json::Value;

use super::{
    held::Held,
    methods::{
        blocks, changes, chunks, gas_price, genesis, network, query, receipts, sandbox, status,
        status::Server,
        transactions::{self, Receipts},
    },
    node::{EngineGone, Node},
};
use crate::chain::Chain;

/// Does what a request asks. Names are NEAR's; where it renamed a method, both names work.
pub(super) async fn dispatch(node: &Node, method: &str, params: Value) -> Result<Value, RpcError> {
    match method {
        "health" => status::health(),
        "status" => status(node).await,
        "network_info" => network::network_info(),
        "validators" => read(node, params, network::validators).await,
        "genesis_config" | "EXPERIMENTAL_genesis_config" => {
            read(node, params, |chain, _| genesis::genesis_config(chain)).await
        }
        "EXPERIMENTAL_protocol_config" => read(node, params, genesis::protocol_config).await,
        "block" => read(node, params, blocks::block).await,
        "chunk" => read(node, params, chunks::chunk).await,
        "gas_price" => read(node, params, gas_price::gas_price).await,
        "query" => read(node, params, query::query).await,
        "EXPERIMENTAL_receipt" => read(node, params, receipts::receipt).await,
        "changes" | "EXPERIMENTAL_changes" => read(node, params, changes::changes).await,
        "block_effects" | "EXPERIMENTAL_changes_in_block" => {
            read(node, params, changes::changes_in_block).await
        }
        "broadcast_tx_async" => transactions::broadcast_async(node, params).await,
        "broadcast_tx_commit" => transactions::broadcast_commit(node, params).await,
        "send_tx" => transactions::send_until(node, params).await,
        "tx" => transactions::status(node, params, Receipts::LeftOut).await,
        "EXPERIMENTAL_tx_status" => transactions::status(node, params, Receipts::Listed).await,
        "sandbox_fast_forward" => write(node, params, sandbox::fast_forward).await,
        "sandbox_patch_state" => write(node, params, sandbox::patch_state).await,
        unknown => Err(refused(unknown)),
    }
}

/// The answer to `status`, which is served at a path of its own too.
pub(super) async fn status(node: &Node) -> Result<Value, RpcError> {
    let server = Server {
        rpc_address: node.rpc_address,
        up: Duration::from_nanos(node.clock.unix_ns().saturating_sub(node.started_at_ns)),
    };
    node.read(move |chain| status::status(chain, server)).await?
}

async fn read(
    node: &Node,
    params: Value,
    method: impl FnOnce(&Chain, Value) -> Result<Value, RpcError> + Send + 'static,
) -> Result<Value, RpcError> {
    node.read(move |chain| method(chain, params)).await?
}

async fn write(
    node: &Node,
    params: Value,
    method: impl FnOnce(&mut Held, Value) -> Result<Value, RpcError> + Send + 'static,
) -> Result<Value, RpcError> {
    node.hold(move |held| method(held, params)).await?
}

fn refused(method: &str) -> RpcError {
    // The name comes from outside: an answer repeats only as much of it as names a method.
    let method: String = method.chars().take(METHOD_NAME_MAX).collect();
    let why = format!("{method}: this devnet does not do it; its README lists what it does");
    let mut error = RpcError::method_not_found(method);
    error.data = Some(Box::new(Value::String(why)));
    error
}

/// Characters of an unknown method's name that an answer repeats.
const METHOD_NAME_MAX: usize = 100;

impl From<EngineGone> for RpcError {
    fn from(error: EngineGone) -> Self {
        Self::new_internal_error(None, error.to_string())
    }
}
