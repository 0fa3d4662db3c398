//! `status` and `health`.

use std::{net::SocketAddr, time::Duration};

use near_crypto::{KeyType, PublicKey};
use near_jsonrpc_primitives::{
    errors::RpcError,
    types::status::{RpcHealthResponse, RpcStatusError, RpcStatusResponse},
};
use near_primitives::{
    types::{BlockId, BlockReference, EpochId},
    version::Version,
    views::{BlockView, StatusResponse, StatusSyncInfo},
};
use serde_json::Value;
use time::OffsetDateTime;

use super::answer;
use crate::chain::Chain;

/// What `status` says besides the chain.
#[derive(Debug, Clone, Copy)]
pub(in crate::rpc) struct Server {
    pub rpc_address: SocketAddr,
    pub up: Duration,
}

pub(in crate::rpc) fn status(chain: &Chain, server: Server) -> Result<Value, RpcError> {
    let newest = block(chain, BlockReference::latest())?;
    let genesis = block(chain, BlockReference::BlockId(BlockId::Height(chain.genesis_height())))?;
    answer::<_, RpcStatusError>(Ok(RpcStatusResponse {
        status_response: told(chain, server, &newest, &genesis)?,
    }))
}

/// The devnet answers, so it is well.
pub(in crate::rpc) fn health() -> Result<Value, RpcError> {
    answer::<_, RpcStatusError>(Ok(RpcHealthResponse))
}

fn block(chain: &Chain, at: BlockReference) -> Result<BlockView, RpcStatusError> {
    let missing =
        || RpcStatusError::InternalError { error_message: format!("the chain has no block {at:?}") };
    chain.block(&at).ok_or_else(missing)
}

fn told(
    chain: &Chain,
    server: Server,
    newest: &BlockView,
    genesis: &BlockView,
) -> Result<StatusResponse, RpcStatusError> {
    Ok(StatusResponse {
        version: Version {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            build: env!("CARGO_PKG_NAME").to_owned(),
            commit: String::new(),
            rustc_version: String::new(),
        },
        chain_id: chain.chain_id().to_owned(),
        protocol_version: chain.protocol_version(),
        latest_protocol_version: chain.protocol_version(),
        rpc_addr: Some(server.rpc_address.to_string()),
        validators: Vec::new(),
        sync_info: sync_info(newest, genesis)?,
        validator_account_id: None,
        validator_public_key: None,
        node_public_key: PublicKey::from_seed(KeyType::ED25519, env!("CARGO_PKG_NAME")),
        node_key: None,
        uptime_sec: i64::try_from(server.up.as_secs()).unwrap_or(i64::MAX),
        genesis_hash: genesis.header.hash,
        detailed_debug_status: None,
    })
}

fn sync_info(newest: &BlockView, genesis: &BlockView) -> Result<StatusSyncInfo, RpcStatusError> {
    Ok(StatusSyncInfo {
        latest_block_hash: newest.header.hash,
        latest_block_height: newest.header.height,
        latest_state_root: newest.header.prev_state_root,
        latest_block_time: time_of(newest)?,
        syncing: false,
        earliest_block_hash: Some(genesis.header.hash),
        earliest_block_height: Some(genesis.header.height),
        earliest_block_time: Some(time_of(genesis)?),
        epoch_id: Some(EpochId(newest.header.epoch_id)),
        epoch_start_height: Some(genesis.header.height),
    })
}

fn time_of(block: &BlockView) -> Result<OffsetDateTime, RpcStatusError> {
    OffsetDateTime::from_unix_timestamp_nanos(block.header.timestamp_nanosec.into())
        .map_err(|error| RpcStatusError::InternalError { error_message: error.to_string() })
}
