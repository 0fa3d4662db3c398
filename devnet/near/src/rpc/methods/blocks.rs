//! `block`.

use near_jsonrpc_primitives::{
    errors::{RpcError, RpcParseError},
    types::blocks::{RpcBlockError, RpcBlockRequest, RpcBlockResponse},
};
use near_primitives::types::BlockReference;
use serde_json::Value;

use super::answer;
use crate::{
    chain::Chain,
    rpc::params::{only, parse},
};

pub(in crate::rpc) fn block(chain: &Chain, params: Value) -> Result<Value, RpcError> {
    let at = reference(params)?;
    let found = chain.block(&at).map(|block_view| RpcBlockResponse { block_view });
    answer(found.ok_or_else(|| RpcBlockError::UnknownBlock { error_message: described(&at) }))
}

/// `[block_id]`, or an object with `block_id`, `finality` or `sync_checkpoint`.
fn reference(params: Value) -> Result<BlockReference, RpcParseError> {
    match only(params) {
        Ok(block_id) => Ok(BlockReference::BlockId(parse(block_id)?)),
        Err(params) => Ok(parse::<RpcBlockRequest>(params)?.block_reference),
    }
}

/// A block as errors name it.
pub(in crate::rpc) fn described(at: &BlockReference) -> String {
    match at {
        BlockReference::BlockId(near_primitives::types::BlockId::Height(height)) => {
            format!("BLOCK HEIGHT: {height}")
        }
        BlockReference::BlockId(near_primitives::types::BlockId::Hash(hash)) => {
            format!("BLOCK HEADER: {hash}")
        }
        BlockReference::Finality(finality) => format!("{finality:?}"),
        BlockReference::SyncCheckpoint(checkpoint) => format!("{checkpoint:?}"),
    }
}
