//! Contract wallets: accounts whose owner's key signs for them (ERC-1271).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use bytes::Bytes;
use idos_grants::{Account, Address, ChainId};
use idos_storage::{ChainCallError, ChainCalls};
use idos_wallets::{Proof, verify_digest};

/// A chain with contract wallets, and one that does not answer.
#[derive(Clone, Default)]
pub struct ContractWallets(Arc<Mutex<HashMap<Account, Account>>>);

/// The chain that does not answer.
pub const DEAD_CHAIN: u64 = 666;

impl ContractWallets {
    /// A wallet at `at`, owned by the key of `owner`.
    pub fn deploy(&self, at: Account, owner: Account) {
        self.0.lock().unwrap().insert(at, owner);
    }
}

#[async_trait]
impl ChainCalls for ContractWallets {
    async fn call(&self, chain: ChainId, to: Address, data: Bytes) -> Result<Bytes, ChainCallError> {
        match chain {
            ChainId::Eip155(super::CHAIN) => {}
            ChainId::Eip155(DEAD_CHAIN) => return Err(ChainCallError::Unavailable),
            _ => return Err(ChainCallError::UnknownChain),
        }
        let account = Account::new(chain, to).unwrap();
        let Some(owner) = self.0.lock().unwrap().get(&account).copied() else { return Ok(Bytes::new()) };
        // isValidSignature(bytes32 hash, bytes signature)
        let digest: [u8; 32] = data[4..36].try_into().unwrap();
        let length = u32::from_be_bytes(data[96..100].try_into().unwrap()) as usize;
        let signature = &data[100..100 + length];
        match verify_digest(&owner, &digest, signature) {
            Ok(Proof::Key(_)) => Ok([&data[..4], &[0; 28]].concat().into()),
            _ => Err(ChainCallError::Reverted),
        }
    }
}
