//! `gas_price`.

use near_jsonrpc_primitives::{
    errors::{RpcError, RpcParseError},
    types::gas_price::{RpcGasPriceError, RpcGasPriceRequest, RpcGasPriceResponse},
};
use near_primitives::{
    types::{BlockReference, MaybeBlockId},
    views::GasPriceView,
};
use serde_json::Value;

use super::{answer, blocks::described};
use crate::{
    chain::Chain,
    rpc::params::{only, parse},
};

pub(in crate::rpc) fn gas_price(chain: &Chain, params: Value) -> Result<Value, RpcError> {
    if let Some(block_id) = block_id(params)? {
        let at = BlockReference::BlockId(block_id);
        if chain.block(&at).is_none() {
            return Err(RpcGasPriceError::UnknownBlock { error_message: described(&at) }.into());
        }
    }
    let gas_price_view = GasPriceView { gas_price: chain.gas_price() };
    answer::<_, RpcGasPriceError>(Ok(RpcGasPriceResponse { gas_price_view }))
}

/// `[block_id]`, `[null]` for the newest block, or an object with `block_id`.
fn block_id(params: Value) -> Result<MaybeBlockId, RpcParseError> {
    match only(params) {
        Ok(block_id) => parse(block_id),
        Err(params) => Ok(parse::<RpcGasPriceRequest>(params)?.block_id),
    }
}
