//! Accounts that a chain speaks for: contract wallets, whose owner's key signs for them (ERC-1271), and NEAR accounts.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use bytes::Bytes;
use idos_grants::{Account, Address, ChainId};
use idos_proofs::{ChainCallError, ChainCalls};
use idos_wallets::{KeyPermission, Proof, verify_digest};

type AccessKeys = HashMap<(Account, [u8; 32]), KeyPermission>;

/// Chains with contract wallets and NEAR accounts, and one that does not answer.
#[derive(Clone, Default)]
pub struct ChainAccounts {
    owners: Arc<Mutex<HashMap<Account, Account>>>,
    access_keys: Arc<Mutex<AccessKeys>>,
    silent: Arc<Mutex<Option<ChainId>>>,
}

/// The chain that does not answer.
pub const DEAD_CHAIN: u64 = 666;

impl ChainAccounts {
    /// A wallet at `at`, owned by the key of `owner`.
    pub fn deploy(&self, at: Account, owner: Account) {
        self.owners.lock().unwrap().insert(at, owner);
    }

    /// This chain takes every question about a key from now on, and never answers.
    pub fn fall_silent(&self, chain: ChainId) {
        *self.silent.lock().unwrap() = Some(chain);
    }

    /// What a key may do for a NEAR or Stellar account from now on; nothing, until this is said.
    pub fn set_permission(&self, account: Account, key: [u8; 32], permission: KeyPermission) {
        self.access_keys.lock().unwrap().insert((account, key), permission);
    }
}

#[async_trait]
impl ChainCalls for ChainAccounts {
    fn follows(&self, _: ChainId) -> bool {
        true
    }

    async fn call(&self, chain: ChainId, to: Address, data: Bytes) -> Result<Bytes, ChainCallError> {
        match chain {
            ChainId::Eip155(super::CHAIN | super::SECOND_CHAIN) => {}
            ChainId::Eip155(DEAD_CHAIN) => return Err(ChainCallError::Unavailable),
            _ => return Err(ChainCallError::UnknownChain),
        }
        let account = Account::new(chain, to).unwrap();
        let Some(owner) = self.owners.lock().unwrap().get(&account).copied() else { return Ok(Bytes::new()) };
        // isValidSignature(bytes32 hash, bytes signature)
        let digest: [u8; 32] = data[4..36].try_into().unwrap();
        let length = u32::from_be_bytes(data[96..100].try_into().unwrap()) as usize;
        let signature = &data[100..100 + length];
        match verify_digest(&owner, &digest, signature) {
            Ok(Proof::Key(_)) => Ok([&data[..4], &[0; 28]].concat().into()),
            _ => Err(ChainCallError::Reverted),
        }
    }

    async fn key_permission(
        &self,
        account: &Account,
        key: [u8; 32],
    ) -> Result<KeyPermission, ChainCallError> {
        if *self.silent.lock().unwrap() == Some(account.chain()) {
            std::future::pending::<()>().await;
        }
        let keys = self.access_keys.lock().unwrap();
        Ok(keys.get(&(*account, key)).copied().unwrap_or(KeyPermission::NoKey))
    }
}
