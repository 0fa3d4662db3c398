//! The blocks so far, and where to find what happened in them.

use std::collections::{BTreeMap, HashMap};

use near_primitives::borsh;
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::merkle::{MerklePath, PartialMerkleTree, merklize};
use near_primitives::receipt::Receipt;
use near_primitives::transaction::{ExecutionOutcomeWithId, SignedTransaction};
use near_primitives::types::{
    AccountId, Balance, BlockHeight, BlockId, BlockReference, Finality, Gas, RawStateChangesWithTrieKey,
};

use super::protocol::FINALITY_DEPTH;
use super::runtime::Applied;
use super::state::State;

/// A block, with its one chunk and what applying it has done.
pub(crate) struct Block {
    pub height: BlockHeight,
    pub hash: CryptoHash,
    pub prev_hash: CryptoHash,
    pub prev_height: Option<BlockHeight>,
    /// How many blocks there are up to this one.
    pub ordinal: u64,
    pub timestamp_ns: u64,
    pub random_value: CryptoHash,
    pub chunk_hash: CryptoHash,
    pub block_merkle_root: CryptoHash,
    pub transactions: Vec<SignedTransaction>,
    /// Ids of the receipts that the block before has sent.
    pub receipts: Vec<CryptoHash>,
    /// Ids of the receipts of transactions to their own signer.
    pub local_receipts: Vec<CryptoHash>,
    /// Ids of the receipts that ran right after their maker.
    pub instant_receipts: Vec<CryptoHash>,
    pub outcomes: Vec<ExecutionOutcomeWithId>,
    pub outcome_proofs: Vec<MerklePath>,
    pub outcome_root: CryptoHash,
    /// After the block.
    pub state: State,
    /// A hash chain over all changes up to this block. It commits to the state, but proves no part of it.
    pub state_root: CryptoHash,
    pub changes: Vec<RawStateChangesWithTrieKey>,
    pub gas_burnt: Gas,
    pub burnt: Balance,
    pub total_supply: Balance,
}

/// Where an outcome is.
#[derive(Clone, Copy)]
struct OutcomeAt {
    block: usize,
    index: usize,
}

/// All blocks, oldest first.
pub(crate) struct Blocks {
    blocks: Vec<Block>,
    by_height: BTreeMap<BlockHeight, usize>,
    by_hash: HashMap<CryptoHash, usize>,
    by_chunk: HashMap<CryptoHash, usize>,
    transactions: HashMap<CryptoHash, (usize, usize)>,
    outcomes: HashMap<CryptoHash, OutcomeAt>,
    receipts: HashMap<CryptoHash, Receipt>,
    merkle: PartialMerkleTree,
    /// Who makes all blocks.
    pub author: AccountId,
}

impl Blocks {
    pub fn new(genesis: Block, author: AccountId) -> Self {
        let mut blocks = Self {
            blocks: Vec::new(),
            by_height: BTreeMap::new(),
            by_hash: HashMap::new(),
            by_chunk: HashMap::new(),
            transactions: HashMap::new(),
            outcomes: HashMap::new(),
            receipts: HashMap::new(),
            merkle: PartialMerkleTree::default(),
            author,
        };
        blocks.index(genesis);
        blocks
    }

    /// Appends what has been applied at this height and time on top of the head. Answers the new block's hash.
    pub fn append(
        &mut self,
        height: BlockHeight,
        timestamp_ns: u64,
        seed: CryptoHash,
        sent: Sent,
    ) -> CryptoHash {
        let Sent { applied, incoming } = sent;
        let head = self.head();
        let (outcome_root, outcome_proofs) =
            merklize(&applied.outcomes.iter().map(ExecutionOutcomeWithId::to_hashes).collect::<Vec<_>>());
        let state_root = chained(head.state_root, &applied.changes);
        let (tx_root, _) = merklize(&applied.transactions);
        let chunk_hash =
            hash_of(&(height, head.hash, tx_root, &incoming, head.state_root, head.outcome_root));
        let block_hash = hash_of(&(head.hash, chunk_hash, timestamp_ns, seed));
        let total_supply = head.total_supply.saturating_add(applied.minted).saturating_sub(applied.burnt);
        let block = Block {
            height,
            hash: block_hash,
            prev_hash: head.hash,
            prev_height: Some(head.height),
            ordinal: head.ordinal + 1,
            timestamp_ns,
            random_value: seed,
            chunk_hash,
            block_merkle_root: self.merkle.root(),
            transactions: applied.transactions,
            receipts: incoming,
            local_receipts: ids(&applied.local_receipts),
            instant_receipts: ids(&applied.instant_receipts),
            outcomes: applied.outcomes,
            outcome_proofs,
            outcome_root,
            state: applied.state,
            state_root,
            changes: applied.changes,
            gas_burnt: applied.gas_burnt,
            burnt: applied.burnt,
            total_supply,
        };
        let made = [applied.local_receipts, applied.instant_receipts, applied.outgoing];
        self.receipts.extend(made.into_iter().flatten().map(|receipt| (*receipt.receipt_id(), receipt)));
        self.index(block);
        block_hash
    }

    fn index(&mut self, block: Block) {
        let at = self.blocks.len();
        self.by_height.insert(block.height, at);
        self.by_hash.insert(block.hash, at);
        self.by_chunk.insert(block.chunk_hash, at);
        self.merkle.insert(block.hash);
        for (index, transaction) in block.transactions.iter().enumerate() {
            self.transactions.insert(transaction.get_hash(), (at, index));
        }
        for (index, outcome) in block.outcomes.iter().enumerate() {
            self.outcomes.insert(outcome.id, OutcomeAt { block: at, index });
        }
        self.blocks.push(block);
    }

    /// The newest block. There is always one: the genesis block.
    pub fn head(&self) -> &Block {
        self.at_depth(0)
    }

    /// The newest block that nothing can undo.
    pub fn final_head(&self) -> &Block {
        self.at_depth(FINALITY_DEPTH)
    }

    pub fn genesis(&self) -> &Block {
        &self.blocks[0]
    }

    /// So many blocks below the head, or the genesis block.
    fn at_depth(&self, depth: usize) -> &Block {
        &self.blocks[self.blocks.len().saturating_sub(1 + depth)]
    }

    /// The block before, if there is one.
    pub fn parent(&self, block: &Block) -> Option<&Block> {
        self.by_hash(&block.prev_hash)
    }

    /// So many blocks before `block`, or the genesis block.
    pub fn ancestor(&self, block: &Block, depth: usize) -> &Block {
        let at = self.by_height.get(&block.height).copied().unwrap_or_default();
        self.blocks.get(at.saturating_sub(depth)).unwrap_or_else(|| self.genesis())
    }

    pub fn by_height(&self, height: BlockHeight) -> Option<&Block> {
        self.by_height.get(&height).and_then(|&at| self.blocks.get(at))
    }

    pub fn by_hash(&self, hash: &CryptoHash) -> Option<&Block> {
        self.by_hash.get(hash).and_then(|&at| self.blocks.get(at))
    }

    pub fn by_chunk(&self, hash: &CryptoHash) -> Option<&Block> {
        self.by_chunk.get(hash).and_then(|&at| self.blocks.get(at))
    }

    pub fn resolve(&self, reference: &BlockReference) -> Option<&Block> {
        match reference {
            BlockReference::BlockId(BlockId::Height(height)) => self.by_height(*height),
            BlockReference::BlockId(BlockId::Hash(hash)) => self.by_hash(hash),
            BlockReference::Finality(Finality::None) => Some(self.head()),
            BlockReference::Finality(Finality::DoomSlug) => Some(self.at_depth(1)),
            BlockReference::Finality(Finality::Final) => Some(self.final_head()),
            BlockReference::SyncCheckpoint(_) => Some(self.genesis()),
        }
    }

    pub fn transaction(&self, hash: &CryptoHash) -> Option<(&Block, &SignedTransaction)> {
        let (block, index) = self.transactions.get(hash)?;
        let block = self.blocks.get(*block)?;
        Some((block, block.transactions.get(*index)?))
    }

    /// The outcome of a transaction or a receipt, with its proof and the block it ran in.
    pub fn outcome(&self, id: &CryptoHash) -> Option<(&Block, &ExecutionOutcomeWithId, &MerklePath)> {
        let at = self.outcomes.get(id)?;
        let block = self.blocks.get(at.block)?;
        Some((block, block.outcomes.get(at.index)?, block.outcome_proofs.get(at.index)?))
    }

    pub fn receipt(&self, id: &CryptoHash) -> Option<&Receipt> {
        self.receipts.get(id)
    }
}

/// What a block did, and which receipts came into it.
pub(crate) struct Sent {
    pub applied: Applied,
    pub incoming: Vec<CryptoHash>,
}

/// The first block, whose state nothing has made.
pub(crate) fn genesis(
    chain_id: &str,
    height: BlockHeight,
    timestamp_ns: u64,
    state: State,
    total_supply: Balance,
) -> Block {
    let state_root = hash_of(&state.prefixed(&[], None).collect::<Vec<_>>());
    let hash = hash_of(&(chain_id, height, timestamp_ns, state_root));
    Block {
        height,
        hash,
        prev_hash: CryptoHash::default(),
        prev_height: None,
        ordinal: 1,
        timestamp_ns,
        random_value: CryptoHash::default(),
        chunk_hash: hash_of(&(hash, "chunk")),
        block_merkle_root: CryptoHash::default(),
        transactions: Vec::new(),
        receipts: Vec::new(),
        local_receipts: Vec::new(),
        instant_receipts: Vec::new(),
        outcomes: Vec::new(),
        outcome_proofs: Vec::new(),
        outcome_root: CryptoHash::default(),
        state,
        state_root,
        changes: Vec::new(),
        gas_burnt: Gas::ZERO,
        burnt: Balance::ZERO,
        total_supply,
    }
}

fn chained(previous: CryptoHash, changes: &[RawStateChangesWithTrieKey]) -> CryptoHash {
    if changes.is_empty() {
        return previous;
    }
    hash_of(&(previous, changes))
}

fn hash_of(value: &impl borsh::BorshSerialize) -> CryptoHash {
    // Writing to memory does not fail.
    hash(&borsh::to_vec(value).unwrap_or_default())
}

fn ids(receipts: &[Receipt]) -> Vec<CryptoHash> {
    receipts.iter().map(|receipt| *receipt.receipt_id()).collect()
}
