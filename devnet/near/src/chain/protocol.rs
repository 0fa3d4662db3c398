//! The rules this chain runs by: NEAR's newest stable protocol, with NEAR's own parameters.

use std::sync::Arc;

use near_parameters::{RuntimeConfig, RuntimeConfigStore};
use near_primitives::types::{Balance, BlockHeight, BlockHeightDelta, Gas, Nonce, ProtocolVersion};
use near_primitives::version::{MIN_GAS_PRICE_NEP_92_FIX, PROTOCOL_VERSION};
use near_vm_runner::{ContractRuntimeCache, MockContractRuntimeCache};

/// Gas price in yoctoNEAR, for ever: the protocol's minimum, which mainnet rarely leaves.
pub(crate) const GAS_PRICE: Balance = MIN_GAS_PRICE_NEP_92_FIX;

/// Gas a block may burn before further receipts wait for the next one, as on mainnet.
pub(crate) const CHUNK_GAS_LIMIT: Gas = Gas::from_teragas(1_000);

/// How many heights a transaction stays valid after the block it names, as on mainnet.
pub(crate) const TRANSACTION_VALIDITY_PERIOD: BlockHeightDelta = 86_400;

/// Transactions that wait for a block at most; more are refused as congestion.
pub(crate) const MAX_POOL_TRANSACTIONS: usize = 10_000;

/// Accounts up to this storage need no balance for it (NEP-448), in bytes.
pub(crate) const ZERO_BALANCE_ACCOUNT_STORAGE_LIMIT: u64 = 770;

/// Blocks that must follow a block until it is final.
pub(crate) const FINALITY_DEPTH: usize = 2;

/// One shard, one epoch.
pub(crate) const EPOCH_HEIGHT: u64 = 1;

/// The protocol version, its parameters, and what is compiled under them.
pub(crate) struct Protocol {
    pub chain_id: String,
    pub version: ProtocolVersion,
    pub config: Arc<RuntimeConfig>,
    pub compiled: Box<dyn ContractRuntimeCache>,
}

impl Protocol {
    pub fn newest(chain_id: String) -> Self {
        let config = Arc::clone(RuntimeConfigStore::new(None).get_config(PROTOCOL_VERSION));
        // Named a mock by its authors: it is the plain in-memory cache.
        let compiled = Box::new(MockContractRuntimeCache::default());
        Self { chain_id, version: PROTOCOL_VERSION, config, compiled }
    }
}

/// Nonce of a key that is added at this height, so that no transaction hash can come twice.
pub(crate) fn initial_nonce(height: BlockHeight) -> Nonce {
    height
        .saturating_sub(1)
        .saturating_mul(near_primitives::account::AccessKey::ACCESS_KEY_NONCE_RANGE_MULTIPLIER)
}

/// Nonces at this height must be below it.
pub(crate) fn nonce_upper_bound(height: BlockHeight) -> Nonce {
    height.saturating_mul(near_primitives::account::AccessKey::ACCESS_KEY_NONCE_RANGE_MULTIPLIER)
}
