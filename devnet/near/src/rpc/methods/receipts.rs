//! `EXPERIMENTAL_receipt`.

use near_jsonrpc_primitives::{
    errors::RpcError,
    types::receipts::{RpcReceiptError, RpcReceiptRequest, RpcReceiptResponse},
};
use serde_json::Value;

use super::answer;
use crate::{chain::Chain, rpc::params::parse};

pub(in crate::rpc) fn receipt(chain: &Chain, params: Value) -> Result<Value, RpcError> {
    let id = parse::<RpcReceiptRequest>(params)?.receipt_reference.receipt_id;
    let found = chain.receipt(&id).map(|receipt_view| RpcReceiptResponse { receipt_view });
    answer(found.ok_or(RpcReceiptError::UnknownReceipt { receipt_id: id }))
}
