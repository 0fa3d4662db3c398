//! `genesis_config` and `EXPERIMENTAL_protocol_config`.

use chrono::DateTime;
use near_chain_configs::{GenesisConfig, ProtocolConfig};
use near_jsonrpc_primitives::{
    errors::RpcError,
    types::config::{RpcProtocolConfigError, RpcProtocolConfigRequest, RpcProtocolConfigResponse},
};
use near_primitives::types::{BlockId, BlockReference};
use serde_json::Value;

use super::{answer, blocks::described};
use crate::{chain::Chain, rpc::params::parse};

pub(in crate::rpc) fn genesis_config(chain: &Chain) -> Result<Value, RpcError> {
    answer::<_, RpcError>(Ok(config(chain)))
}

pub(in crate::rpc) fn protocol_config(chain: &Chain, params: Value) -> Result<Value, RpcError> {
    let at = parse::<RpcProtocolConfigRequest>(params)?.block_reference;
    if chain.block(&at).is_none() {
        return Err(RpcProtocolConfigError::UnknownBlock { error_message: described(&at) }.into());
    }
    let all = ProtocolConfig {
        genesis_config: config(chain),
        runtime_config: chain.runtime_config().as_ref().clone(),
    };
    answer::<_, RpcProtocolConfigError>(Ok(RpcProtocolConfigResponse { config_view: all.into() }))
}

/// What the chain has; what only networks of validators have is left at nearcore's defaults.
fn config(chain: &Chain) -> GenesisConfig {
    let genesis = chain.block(&BlockReference::BlockId(BlockId::Height(chain.genesis_height())));
    let (timestamp_ns, total_supply, gas_limit) = genesis.map_or_else(Default::default, |block| {
        let gas_limit = block.chunks.first().map(|chunk| chunk.gas_limit).unwrap_or_default();
        (block.header.timestamp_nanosec, block.header.total_supply, gas_limit)
    });
    GenesisConfig {
        protocol_version: chain.protocol_version(),
        genesis_time: DateTime::from_timestamp_nanos(i64::try_from(timestamp_ns).unwrap_or(i64::MAX)),
        chain_id: chain.chain_id().to_owned(),
        genesis_height: chain.genesis_height(),
        gas_limit,
        min_gas_price: chain.gas_price(),
        max_gas_price: chain.gas_price(),
        total_supply,
        transaction_validity_period: chain.transaction_validity_period(),
        ..GenesisConfig::default()
    }
}
