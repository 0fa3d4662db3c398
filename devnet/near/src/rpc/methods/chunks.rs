//! `chunk`.

use near_jsonrpc_primitives::{
    errors::{RpcError, RpcParseError},
    types::chunks::{ChunkReference, RpcChunkRequest, RpcChunkResponse},
};
use serde_json::Value;

use super::answer;
use crate::{
    chain::Chain,
    rpc::params::{only, parse},
};

pub(in crate::rpc) fn chunk(chain: &Chain, params: Value) -> Result<Value, RpcError> {
    let at = reference(params)?;
    answer(chain.chunk(&at).map(|chunk_view| RpcChunkResponse { chunk_view }))
}

/// `[chunk_id]`, `[[block_id, shard_id]]`, or an object with `chunk_id` or with `block_id` and `shard_id`.
fn reference(params: Value) -> Result<ChunkReference, RpcParseError> {
    match only(params) {
        Ok(pair @ Value::Array(_)) => {
            let (block_id, shard_id) = parse(pair)?;
            Ok(ChunkReference::BlockShardId { block_id, shard_id })
        }
        Ok(hash) => Ok(ChunkReference::ChunkHash { chunk_id: parse(hash)? }),
        Err(params) => Ok(parse::<RpcChunkRequest>(params)?.chunk_reference),
    }
}
