//! Blocks and chunks. Roots that only a light client or another validator would check are hashes of nothing, and so
//! are signatures: nobody here has to convince anybody.

use near_crypto::{KeyType, Signature};
use near_jsonrpc_primitives::types::chunks::{ChunkReference, RpcChunkError};
use near_primitives::bandwidth_scheduler::BandwidthRequests;
use near_primitives::congestion_info::CongestionInfo;
use near_primitives::hash::CryptoHash;
use near_primitives::merkle::merklize;
use near_primitives::sharding::ChunkHash;
use near_primitives::types::{Balance, BlockId, ShardId};
use near_primitives::views::{BlockHeaderView, BlockView, ChunkHeaderView, ChunkView};

use super::SHARD;
use crate::chain::blocks::{Block, Blocks};
use crate::chain::protocol::{CHUNK_GAS_LIMIT, GAS_PRICE, Protocol};

pub(crate) fn block(protocol: &Protocol, blocks: &Blocks, block: &Block) -> BlockView {
    let chunk = chunk_header(blocks, block);
    BlockView {
        author: blocks.author.clone(),
        header: header(protocol, blocks, block, &chunk),
        chunks: vec![chunk],
    }
}

pub(crate) fn chunk(blocks: &Blocks, at: &ChunkReference) -> Result<ChunkView, RpcChunkError> {
    let block = match at {
        ChunkReference::BlockShardId { shard_id, .. } if *shard_id != ShardId::new(SHARD) => {
            return Err(RpcChunkError::InvalidShardId { shard_id: *shard_id });
        }
        ChunkReference::BlockShardId { block_id, .. } => by_id(blocks, block_id)
            .ok_or_else(|| RpcChunkError::UnknownBlock { error_message: format!("{block_id:?}") })?,
        ChunkReference::ChunkHash { chunk_id } => blocks
            .by_chunk(chunk_id)
            .ok_or(RpcChunkError::UnknownChunk { chunk_hash: ChunkHash(*chunk_id) })?,
    };
    Ok(ChunkView {
        author: blocks.author.clone(),
        header: chunk_header(blocks, block),
        transactions: block.transactions.iter().cloned().map(Into::into).collect(),
        receipts: block
            .receipts
            .iter()
            .filter_map(|id| blocks.receipt(id))
            .cloned()
            .map(Into::into)
            .collect(),
    })
}

fn by_id<'a>(blocks: &'a Blocks, id: &BlockId) -> Option<&'a Block> {
    match id {
        BlockId::Height(height) => blocks.by_height(*height),
        BlockId::Hash(hash) => blocks.by_hash(hash),
    }
}

/// A chunk's header speaks of the state and the outcomes before it, as in NEAR.
pub(super) fn chunk_header(blocks: &Blocks, block: &Block) -> ChunkHeaderView {
    let parent = blocks.parent(block);
    let (tx_root, _) = merklize(&block.transactions);
    let (receipts_root, _) = merklize(&block.receipts);
    ChunkHeaderView {
        chunk_hash: block.chunk_hash,
        prev_block_hash: block.prev_hash,
        outcome_root: parent.map(|parent| parent.outcome_root).unwrap_or_default(),
        prev_state_root: parent.unwrap_or(block).state_root,
        encoded_merkle_root: CryptoHash::default(),
        encoded_length: 0,
        height_created: block.height,
        height_included: block.height,
        shard_id: ShardId::new(SHARD),
        gas_used: parent.map(|parent| parent.gas_burnt).unwrap_or_default(),
        gas_limit: CHUNK_GAS_LIMIT,
        rent_paid: Balance::ZERO,
        validator_reward: Balance::ZERO,
        balance_burnt: parent.map_or(Balance::ZERO, |parent| parent.burnt),
        outgoing_receipts_root: receipts_root,
        tx_root,
        validator_proposals: Vec::new(),
        congestion_info: Some(CongestionInfo::default().into()),
        bandwidth_requests: Some(BandwidthRequests::empty()),
        proposed_split: None,
        signature: Signature::empty(KeyType::ED25519),
    }
}

fn header(protocol: &Protocol, blocks: &Blocks, block: &Block, chunk: &ChunkHeaderView) -> BlockHeaderView {
    let genesis = blocks.genesis();
    // The first block has nothing before it that could be final.
    let ancestor = |depth| match block.prev_height {
        Some(_) => blocks.ancestor(block, depth).hash,
        None => CryptoHash::default(),
    };
    BlockHeaderView {
        height: block.height,
        prev_height: block.prev_height,
        epoch_id: CryptoHash::default(),
        next_epoch_id: genesis.hash,
        hash: block.hash,
        prev_hash: block.prev_hash,
        prev_state_root: chunk.prev_state_root,
        block_body_hash: Some(CryptoHash::default()),
        chunk_receipts_root: chunk.outgoing_receipts_root,
        chunk_headers_root: chunk.chunk_hash,
        chunk_tx_root: chunk.tx_root,
        outcome_root: chunk.outcome_root,
        chunks_included: 1,
        timestamp: block.timestamp_ns,
        timestamp_nanosec: block.timestamp_ns,
        random_value: block.random_value,
        chunk_mask: vec![true],
        gas_price: GAS_PRICE,
        block_ordinal: Some(block.ordinal),
        total_supply: blocks.parent(block).unwrap_or(block).total_supply,
        last_final_block: ancestor(2),
        last_ds_final_block: ancestor(1),
        block_merkle_root: block.block_merkle_root,
        latest_protocol_version: protocol.version,
        ..BlockHeaderView::default()
    }
}
