//! Blocks, outcomes and changes as clients and indexers see them.

use idos_devnet_near::chain::TransactionStatus;
use near_jsonrpc_primitives::types::chunks::{ChunkReference, RpcChunkError};
use near_primitives::hash::CryptoHash;
use near_primitives::merkle::verify_path;
use near_primitives::types::{BlockId, BlockReference, ShardId};
use near_primitives::views::{
    StateChangeKindView, StateChangeValueView, StateChangesRequestView, TxExecutionStatus,
};

use crate::world::*;

#[test]
fn headers_link_to_their_parents() {
    let mut world = World::new();
    for _ in 0..5 {
        world.block();
    }
    for height in 1..=5 {
        let header = world.chain.block(&at_height(height)).unwrap().header;
        let parent = world.chain.block(&at_height(height - 1)).unwrap().header;
        assert_eq!(header.prev_hash, parent.hash);
        assert_eq!(header.prev_height, Some(height - 1));
        assert_eq!(world.chain.block(&BlockId::Hash(header.hash).into()).unwrap().header.height, height);
    }
}

#[test]
fn outcomes_are_proven_by_the_next_chunk() {
    let mut world = World::with_contracts();
    let outcome = world.run("alice", "contract.root", vec![call("ask_both", "other.root")]);
    world.block();
    for ran in std::iter::once(&outcome.final_outcome.transaction_outcome)
        .chain(&outcome.final_outcome.receipts_outcome)
    {
        let height = world.chain.block(&BlockId::Hash(ran.block_hash).into()).unwrap().header.height;
        let root = world.chain.block(&at_height(height + 1)).unwrap().chunks[0].outcome_root;
        assert!(verify_path(root, &ran.proof, ran.to_hashes()));
    }
}

#[test]
fn a_transactions_status_grows_until_it_is_final() {
    let mut world = World::with_contracts();
    let hash = world.submit("alice", "contract.root", vec![call("echo", "x")]).unwrap();
    let mut seen = Vec::new();
    assert!(matches!(world.chain.transaction(&hash), Some(TransactionStatus::Pending)));
    for _ in 0..6 {
        world.block();
        match world.chain.transaction(&hash) {
            Some(TransactionStatus::Included { status, .. }) => seen.push(status),
            other => panic!("{other:?}"),
        }
    }
    use TxExecutionStatus::{Executed, ExecutedOptimistic, Final, Included};
    assert_eq!(seen, [Included, ExecutedOptimistic, Executed, Executed, Final, Final]);
}

#[test]
fn lake_blocks_have_all_that_happened() {
    let mut world = World::with_contracts();
    let outcome = world.run("alice", "contract.root", vec![call("log", "for the indexer")]);
    let message_of = |hash: CryptoHash| {
        let height = world.chain.block(&BlockId::Hash(hash).into()).unwrap().header.height;
        world.chain.streamer_message(height).unwrap()
    };
    let included = message_of(outcome.final_outcome.transaction_outcome.block_hash);
    let chunk = included.shards[0].chunk.as_ref().unwrap();
    assert_eq!(chunk.transactions[0].transaction.hash, outcome.final_outcome.transaction.hash);

    let ran_at = &outcome.final_outcome.receipts_outcome[0];
    let ran = message_of(ran_at.block_hash);
    let chunk = ran.shards[0].chunk.as_ref().unwrap();
    assert!(chunk.receipts.iter().any(|receipt| receipt.receipt_id == ran_at.id));
    let executed = &ran.shards[0].receipt_execution_outcomes;
    let logged = executed.iter().find(|executed| executed.receipt.receipt_id == ran_at.id).unwrap();
    assert_eq!(logged.execution_outcome.outcome.logs, ["for the indexer"]);
    assert_eq!(logged.receipt.receiver_id, id("contract.root"));
}

#[test]
fn local_receipts_are_told_apart() {
    let mut world = World::new();
    let outcome = world.run("alice", "alice", vec![transfer(near(1))]);
    let block = outcome.final_outcome.transaction_outcome.block_hash;
    let height = world.chain.block(&BlockId::Hash(block).into()).unwrap().header.height;
    let message = world.chain.streamer_message(height).unwrap();
    let chunk = message.shards[0].chunk.as_ref().unwrap();
    assert_eq!(chunk.local_receipts.len(), 1);
    assert!(chunk.receipts.is_empty());
    assert_eq!(message.shards[0].receipt_execution_outcomes.len(), 1);
}

#[test]
fn lake_blocks_survive_json() {
    let mut world = World::with_contracts();
    world.run("alice", "contract.root", vec![call("ask", "other.root")]).expect_success();
    for height in 0..=world.chain.head() {
        let message = world.chain.streamer_message(height).unwrap();
        let json = serde_json::to_value(&message).unwrap();
        let back: near_indexer_primitives::StreamerMessage = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(back).unwrap(), json);
    }
}

#[test]
fn chunks_are_found_by_block_and_by_hash() {
    let mut world = World::new();
    world.run("alice", "bob", vec![transfer(near(1))]).expect_success();
    let header = world.chain.block(&at_height(1)).unwrap().chunks[0].clone();
    let by_hash = world.chain.chunk(&ChunkReference::ChunkHash { chunk_id: header.chunk_hash }).unwrap();
    assert_eq!(by_hash.transactions.len(), 1);
    let next = ChunkReference::BlockShardId { block_id: BlockId::Height(2), shard_id: ShardId::new(0) };
    assert_eq!(world.chain.chunk(&next).unwrap().receipts.len(), 1);

    let wrong_shard =
        ChunkReference::BlockShardId { block_id: BlockId::Height(1), shard_id: ShardId::new(3) };
    assert!(matches!(world.chain.chunk(&wrong_shard), Err(RpcChunkError::InvalidShardId { .. })));
    let unknown = ChunkReference::ChunkHash { chunk_id: CryptoHash::default() };
    assert!(matches!(world.chain.chunk(&unknown), Err(RpcChunkError::UnknownChunk { .. })));
    let future = ChunkReference::BlockShardId { block_id: BlockId::Height(99), shard_id: ShardId::new(0) };
    assert!(matches!(world.chain.chunk(&future), Err(RpcChunkError::UnknownBlock { .. })));
}

#[test]
fn changes_are_told_by_what_was_asked() {
    let mut world = World::with_contracts();
    let outcome = world.run("alice", "contract.root", vec![call("set", "value")]);
    let at = BlockReference::from(BlockId::Hash(outcome.final_outcome.receipts_outcome[0].block_hash));
    let account_ids = vec![id("contract.root")];
    let data = StateChangesRequestView::DataChanges {
        account_ids: account_ids.clone(),
        key_prefix: b"k".to_vec().into(),
    };
    let (hash, changes) = world.chain.changes(&at, &data).unwrap();
    assert_eq!(at, BlockId::Hash(hash).into());
    assert!(matches!(
        &changes[..],
        [change] if matches!(&change.value, StateChangeValueView::DataUpdate { value, .. } if value.as_slice() == b"value")
    ));
    let other_prefix = StateChangesRequestView::DataChanges {
        account_ids: account_ids.clone(),
        key_prefix: b"x".to_vec().into(),
    };
    assert!(world.chain.changes(&at, &other_prefix).unwrap().1.is_empty());
    let accounts = StateChangesRequestView::AccountChanges { account_ids };
    assert_eq!(world.chain.changes(&at, &accounts).unwrap().1.len(), 1);
    let (_, kinds) = world.chain.changes_in_block(&at).unwrap();
    assert!(kinds.contains(&StateChangeKindView::DataTouched { account_id: id("contract.root") }));
    assert!(world.chain.changes_in_block(&at_height(99)).is_err());
}

#[test]
fn every_receipt_of_an_outcome_is_found_by_its_id() {
    let mut world = World::with_contracts();
    let outcome = world.run("alice", "contract.root", vec![call("ask_both", "other.root")]);
    for ran in &outcome.final_outcome.receipts_outcome {
        assert_eq!(world.chain.receipt(&ran.id).unwrap().receiver_id, ran.outcome.executor_id);
    }
    assert!(world.chain.receipt(&CryptoHash::default()).is_none());
}
