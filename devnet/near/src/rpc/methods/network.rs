//! `network_info` and `validators`: one process has neither peers nor validators, and says so.

use near_jsonrpc_primitives::{
    errors::{RpcError, RpcParseError},
    types::{
        network_info::{RpcNetworkInfoError, RpcNetworkInfoResponse},
        validator::{RpcValidatorError, RpcValidatorRequest, RpcValidatorResponse},
    },
};
use near_primitives::{
    types::{BlockReference, EpochReference},
    views::EpochValidatorInfo,
};
use serde_json::Value;

use super::answer;
use crate::{
    chain::Chain,
    rpc::params::{only, parse},
};

pub(in crate::rpc) fn network_info() -> Result<Value, RpcError> {
    answer::<_, RpcNetworkInfoError>(Ok(RpcNetworkInfoResponse {
        active_peers: Vec::new(),
        num_active_peers: 0,
        peer_max_count: 0,
        sent_bytes_per_sec: 0,
        received_bytes_per_sec: 0,
        known_producers: Vec::new(),
    }))
}

pub(in crate::rpc) fn validators(chain: &Chain, params: Value) -> Result<Value, RpcError> {
    if !knows_epoch(chain, &epoch(params)?) {
        return Err(RpcValidatorError::UnknownEpoch.into());
    }
    answer::<_, RpcValidatorError>(Ok(RpcValidatorResponse { validator_info: nobody(chain) }))
}

/// `[block_id]`, `[null]` for the newest epoch, or an object with `block_id` or `epoch_id`.
fn epoch(params: Value) -> Result<EpochReference, RpcParseError> {
    match only(params) {
        Ok(Value::Null) => Ok(EpochReference::Latest),
        Ok(block_id) => Ok(EpochReference::BlockId(parse(block_id)?)),
        Err(params) => Ok(parse::<RpcValidatorRequest>(params)?.epoch_reference),
    }
}

fn knows_epoch(chain: &Chain, epoch: &EpochReference) -> bool {
    match epoch {
        EpochReference::Latest => true,
        EpochReference::BlockId(block_id) => {
            chain.block(&BlockReference::BlockId(block_id.clone())).is_some()
        }
        EpochReference::EpochId(id) => {
            chain.block(&BlockReference::latest()).is_some_and(|newest| newest.header.epoch_id == id.0)
        }
    }
}

fn nobody(chain: &Chain) -> EpochValidatorInfo {
    EpochValidatorInfo {
        current_validators: Vec::new(),
        next_validators: Vec::new(),
        current_fishermen: Vec::new(),
        next_fishermen: Vec::new(),
        current_proposals: Vec::new(),
        prev_epoch_kickout: Vec::new(),
        epoch_start_height: chain.genesis_height(),
        epoch_height: 0,
        validator_reward_paid_prev_epoch: Default::default(),
    }
}
