//! `query`: questions about the state at a block, and view calls.

mod path;

use near_jsonrpc_primitives::{
    errors::{RpcError, RpcParseError},
    types::query::{RpcQueryError, RpcQueryRequest},
};
use near_primitives::types::BlockReference;
use serde_json::{Value, json};

use super::{answer, blocks::described};
use crate::{
    chain::Chain,
    rpc::params::{pair, parse},
};

pub(in crate::rpc) fn query(chain: &Chain, params: Value) -> Result<Value, RpcError> {
    let asked = request(params)?;
    match chain.query(&asked.block_reference, &asked.request) {
        Err(error) => failure(error),
        found => answer(found),
    }
}

/// An object, or `[path, data]` as clients of old send it.
fn request(params: Value) -> Result<RpcQueryRequest, RpcParseError> {
    match pair(params) {
        Ok((path, data)) => path::parse_path(&parse::<String>(path)?, &parse::<String>(data)?),
        Err(params) => parse(params),
    }
}

/// NEAR nodes tell two kinds of errors as a result with an `error` in it, and clients rely on that.
fn failure(error: RpcQueryError) -> Result<Value, RpcError> {
    match error {
        RpcQueryError::ContractExecutionError { vm_error, block_height, block_hash, .. } => Ok(
            json!({ "error": vm_error, "logs": [], "block_height": block_height, "block_hash": block_hash }),
        ),
        RpcQueryError::UnknownAccessKey { public_key, block_height, block_hash } => {
            let error = format!("access key {public_key} does not exist while viewing");
            Ok(json!({ "error": error, "logs": [], "block_height": block_height, "block_hash": block_hash }))
        }
        RpcQueryError::UnknownBlock { block_reference: at @ BlockReference::BlockId(_) } => {
            Err(unknown_block(at))
        }
        other => Err(other.into()),
    }
}

fn unknown_block(at: BlockReference) -> RpcError {
    let data = format!("DB Not Found Error: {} \n Cause: Unknown", described(&at));
    let mut error = RpcError::from(RpcQueryError::UnknownBlock { block_reference: at });
    error.data = Some(Box::new(Value::String(data)));
    error
}
