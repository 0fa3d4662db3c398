//! The chain itself: state, transactions, receipts and blocks, in memory. No I/O and no clock: the caller says what
//! time a block is made at, and nothing happens between two blocks.
//!
//! One shard, one epoch. A transaction that is taken into block `H` becomes a receipt that runs in `H` when its signer
//! is also its receiver, and in `H + 1` otherwise; a receipt made by a receipt runs in the next block, and so does a
//! refund.
//!
//! # What it does not do
//! It refuses by name, as a feature that the protocol does not support: `Stake` (there are no validators),
//! `GlobalContracts`, `DeterministicAccountIds`, `UniversalAccounts`, `EthImplicitAccounts`, `GasKeys`; and, as the
//! protocol itself does since version 87, `DelegateV2`. A transaction with such an action is invalid; a receipt of a
//! contract with one fails.
//!
//! Gas is what the virtual machine and the protocol's parameters say. Two things depend on a state's size: a write pays
//! for the nodes on its way through the trie, which is as deep as *this* chain's few keys make it (on mainnet it is some
//! ten nodes of 2.28 Ggas deeper), and the limit on a receipt's storage proof, which is not kept here because nothing
//! is proven. State roots are hashes over all changes, not Merkle roots; outcome roots and their proofs are real.

mod actions;
mod admit;
mod blocks;
mod fees;
mod genesis;
mod patch;
mod pool;
mod protocol;
mod query;
mod runtime;
mod state;
mod status;
mod storage_stake;
mod validate;
mod views;
mod vm;

pub use genesis::{Genesis, GenesisAccount, GenesisError};
pub use status::{ChainError, PatchError, TransactionStatus};

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use near_indexer_primitives::StreamerMessage;
use near_jsonrpc_primitives::types::changes::RpcStateChangesError;
use near_jsonrpc_primitives::types::chunks::{ChunkReference, RpcChunkError};
use near_jsonrpc_primitives::types::query::{RpcQueryError, RpcQueryResponse};
use near_parameters::RuntimeConfig;
use near_primitives::errors::{InvalidTxError, StorageError};
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::receipt::Receipt;
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::{Balance, BlockHeight, BlockHeightDelta, BlockReference, ProtocolVersion};
use near_primitives::views::{
    BlockView, ChunkView, QueryRequest, ReceiptView, StateChangesKindsView, StateChangesRequestView,
    StateChangesView,
};

use admit::{NotAdmitted, admit};
use blocks::{Blocks, Sent};
use pool::Pool;
use protocol::{GAS_PRICE, MAX_POOL_TRANSACTIONS, Protocol, TRANSACTION_VALIDITY_PERIOD};
use runtime::{BlockContext, Work};

/// A NEAR chain with one shard.
pub struct Chain {
    protocol: Protocol,
    blocks: Blocks,
    pool: Pool,
    rejected: HashMap<CryptoHash, InvalidTxError>,
    /// Sent by the head, to be run by the next block.
    incoming: Vec<Receipt>,
    delayed: VecDeque<Receipt>,
    patch: Vec<StateRecord>,
}

impl Chain {
    /// A chain whose first block is the genesis block.
    ///
    /// # Errors
    /// The genesis makes no sense; see [`GenesisError`].
    pub fn new(genesis: Genesis) -> Result<Self, GenesisError> {
        let author = genesis.accounts.first().ok_or(GenesisError::NoAccounts)?.account_id.clone();
        let protocol = Protocol::newest(genesis.chain_id.clone());
        let (state, supply) = genesis.state(&protocol.config)?;
        let block = blocks::genesis(&genesis.chain_id, genesis.height, genesis.timestamp_ns, state, supply);
        Ok(Self {
            protocol,
            blocks: Blocks::new(block, author),
            pool: Pool::default(),
            rejected: HashMap::new(),
            incoming: Vec::new(),
            delayed: VecDeque::new(),
            patch: Vec::new(),
        })
    }

    /// Takes a transaction into the pool, if it could be included in the next block. It runs when blocks are made.
    /// Submitting one that is already known changes nothing and answers its hash.
    ///
    /// # Errors
    /// What NEAR says of the transaction. A full pool is `ShardCongested`.
    pub fn submit(&mut self, transaction: SignedTransaction) -> Result<CryptoHash, InvalidTxError> {
        let hash = transaction.get_hash();
        if self.pool.contains(&hash) || self.blocks.transaction(&hash).is_some() {
            return Ok(hash);
        }
        validate::transaction(&self.protocol, &transaction)?;
        let next = self.head().saturating_add(1);
        self.check_not_expired(&transaction)?;
        match admit(&self.protocol, &self.blocks.head().state, next, &transaction) {
            Ok(_) => {}
            Err(NotAdmitted::Invalid(error)) => return Err(error),
            Err(NotAdmitted::Fault(fault)) => {
                return Err(InvalidTxError::StorageError(StorageError::StorageInconsistentState(
                    fault.to_string(),
                )));
            }
        }
        if self.pool.len() >= MAX_POOL_TRANSACTIONS {
            return Err(congested());
        }
        self.rejected.remove(&hash);
        self.pool.push(transaction);
        Ok(hash)
    }

    /// A transaction names a recent block of this chain.
    fn check_not_expired(&self, transaction: &SignedTransaction) -> Result<(), InvalidTxError> {
        let base =
            self.blocks.by_hash(transaction.transaction.block_hash()).ok_or(InvalidTxError::Expired)?;
        match self.head() > base.height.saturating_add(TRANSACTION_VALIDITY_PERIOD) {
            true => Err(InvalidTxError::Expired),
            false => Ok(()),
        }
    }

    /// Makes the next block: runs waiting receipts and pending transactions up to the block's gas limit. A time that is
    /// not later than the newest block's is replaced by one nanosecond after it.
    ///
    /// # Errors
    /// The engine failed; no block was made.
    pub fn produce_block(&mut self, timestamp_ns: u64) -> Result<CryptoHash, ChainError> {
        self.fast_forward(1, timestamp_ns)
    }

    /// Makes one block, `delta_height` heights after the newest (at least one); the heights between stay empty for
    /// ever.
    ///
    /// # Errors
    /// The engine failed, or there is no such height; no block was made.
    pub fn fast_forward(
        &mut self,
        delta_height: BlockHeightDelta,
        timestamp_ns: u64,
    ) -> Result<CryptoHash, ChainError> {
        let head = self.blocks.head();
        let height =
            head.height.checked_add(delta_height.max(1)).ok_or(ChainError::HeightOverflow(head.height))?;
        let timestamp_ns = timestamp_ns.max(head.timestamp_ns.saturating_add(1));
        let seed = hash(&[head.random_value.as_bytes().as_slice(), &height.to_le_bytes()].concat());
        let (current, expired): (Vec<_>, Vec<_>) = self
            .pool
            .ordered()
            .into_iter()
            .partition(|transaction| self.check_not_expired(transaction).is_ok());
        let work = Work {
            patch: self.patch.clone(),
            transactions: current,
            incoming: self.incoming.clone(),
            delayed: self.delayed.clone(),
        };
        let context = BlockContext { protocol: &self.protocol, height, timestamp_ns, random_seed: seed };
        let mut applied = runtime::apply(&context, head.state.clone(), work)?;

        self.patch.clear();
        self.pool.replace(std::mem::take(&mut applied.left));
        self.rejected.extend(std::mem::take(&mut applied.rejected));
        self.rejected.extend(expired.iter().map(|expired| (expired.get_hash(), InvalidTxError::Expired)));
        let incoming = self.incoming.iter().map(|receipt| *receipt.receipt_id()).collect();
        self.incoming = applied.outgoing.clone();
        self.delayed = std::mem::take(&mut applied.delayed);
        Ok(self.blocks.append(height, timestamp_ns, seed, Sent { applied, incoming }))
    }

    /// Writes records straight into the state; the next block shows them.
    ///
    /// # Errors
    /// A record of a kind that cannot be patched; then none is.
    pub fn patch_state(&mut self, records: Vec<StateRecord>) -> Result<(), PatchError> {
        patch::check(&records)?;
        self.patch.extend(records);
        Ok(())
    }

    /// Whether a further block would run nothing: no pending transaction, no receipt on its way, no state patch.
    /// Receipts that wait for data which nobody has sent yet do not count.
    pub fn is_idle(&self) -> bool {
        self.pool.is_empty() && self.incoming.is_empty() && self.delayed.is_empty() && self.patch.is_empty()
    }

    /// As the genesis names it.
    pub fn chain_id(&self) -> &str {
        &self.protocol.chain_id
    }

    /// The newest stable protocol version that the NEAR crates know.
    pub fn protocol_version(&self) -> ProtocolVersion {
        self.protocol.version
    }

    /// For how many heights a transaction may wait, counted from the block that it names.
    pub fn transaction_validity_period(&self) -> BlockHeightDelta {
        TRANSACTION_VALIDITY_PERIOD
    }

    /// NEAR's parameters at that version.
    pub fn runtime_config(&self) -> &Arc<RuntimeConfig> {
        &self.protocol.config
    }

    /// Price of a unit of gas, in yoctoNEAR. Constant.
    pub fn gas_price(&self) -> Balance {
        GAS_PRICE
    }

    /// Height of the genesis block.
    pub fn genesis_height(&self) -> BlockHeight {
        self.blocks.genesis().height
    }

    /// Height of the newest block (optimistic head).
    pub fn head(&self) -> BlockHeight {
        self.blocks.head().height
    }

    /// Height of the newest final block: two existing blocks below the head, or the genesis block.
    pub fn final_head(&self) -> BlockHeight {
        self.blocks.final_head().height
    }

    /// Time of the newest block, in nanoseconds since 1970.
    pub fn head_timestamp_ns(&self) -> u64 {
        self.blocks.head().timestamp_ns
    }

    /// None: no such block (never made, or a skipped height).
    pub fn block(&self, at: &BlockReference) -> Option<BlockView> {
        self.blocks.resolve(at).map(|block| views::block(&self.protocol, &self.blocks, block))
    }

    /// The chunk of a block.
    ///
    /// # Errors
    /// Unknown block or chunk, or another shard than 0.
    pub fn chunk(&self, at: &ChunkReference) -> Result<ChunkView, RpcChunkError> {
        views::chunk(&self.blocks, at)
    }

    /// The block as NEAR Lake and neardata tell it. None: skipped or not yet made.
    pub fn streamer_message(&self, height: BlockHeight) -> Option<StreamerMessage> {
        self.blocks
            .by_height(height)
            .map(|block| views::streamer_message(&self.protocol, &self.blocks, block))
    }

    /// None: never submitted here.
    pub fn transaction(&self, hash: &CryptoHash) -> Option<TransactionStatus> {
        if let Some((outcome, status)) = views::transaction(&self.blocks, hash) {
            return Some(TransactionStatus::Included { outcome: Box::new(outcome), status });
        }
        if self.pool.contains(hash) {
            return Some(TransactionStatus::Pending);
        }
        self.rejected.get(hash).cloned().map(TransactionStatus::Rejected)
    }

    /// A receipt by its id, whether it has run or not. None: nobody has made it yet.
    pub fn receipt(&self, id: &CryptoHash) -> Option<ReceiptView> {
        self.blocks.receipt(id).cloned().map(Into::into)
    }

    /// Answers a question about the state as it was after the block.
    ///
    /// # Errors
    /// What NEAR's RPC says: unknown block, account, key or code, a call that failed, a state that is too large.
    pub fn query(
        &self,
        at: &BlockReference,
        request: &QueryRequest,
    ) -> Result<RpcQueryResponse, RpcQueryError> {
        query::query(&self.protocol, &self.blocks, at, request)
    }

    /// What a block changed in the state, restricted to what the request names.
    ///
    /// # Errors
    /// Unknown block.
    pub fn changes(
        &self,
        at: &BlockReference,
        request: &StateChangesRequestView,
    ) -> Result<(CryptoHash, StateChangesView), RpcStateChangesError> {
        views::changes(&self.blocks, at, request)
    }

    /// Which accounts a block touched, and how.
    ///
    /// # Errors
    /// Unknown block.
    pub fn changes_in_block(
        &self,
        at: &BlockReference,
    ) -> Result<(CryptoHash, StateChangesKindsView), RpcStateChangesError> {
        views::changes_in_block(&self.blocks, at)
    }
}

fn congested() -> InvalidTxError {
    InvalidTxError::ShardCongested { shard_id: 0, congestion_level: 1.0f64.try_into().unwrap_or_default() }
}
