//! `EXPERIMENTAL_changes` and `EXPERIMENTAL_changes_in_block`.

use near_jsonrpc_primitives::{
    errors::RpcError,
    types::changes::{
        RpcStateChangesInBlockByTypeRequest, RpcStateChangesInBlockByTypeResponse,
        RpcStateChangesInBlockRequest, RpcStateChangesInBlockResponse,
    },
};
use serde_json::Value;

use super::answer;
use crate::{chain::Chain, rpc::params::parse};

pub(in crate::rpc) fn changes(chain: &Chain, params: Value) -> Result<Value, RpcError> {
    let asked: RpcStateChangesInBlockByTypeRequest = parse(params)?;
    let found = chain.changes(&asked.block_reference, &asked.state_changes_request);
    answer(found.map(|(block_hash, changes)| RpcStateChangesInBlockResponse { block_hash, changes }))
}

pub(in crate::rpc) fn changes_in_block(chain: &Chain, params: Value) -> Result<Value, RpcError> {
    let asked: RpcStateChangesInBlockRequest = parse(params)?;
    let found = chain.changes_in_block(&asked.block_reference);
    answer(found.map(|(block_hash, changes)| RpcStateChangesInBlockByTypeResponse { block_hash, changes }))
}
