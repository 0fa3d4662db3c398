//! Transactions that wait for a block.

use std::collections::HashMap;

use near_crypto::PublicKey;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::AccountId;

/// In the order of arrival.
#[derive(Default)]
pub(crate) struct Pool {
    transactions: Vec<SignedTransaction>,
}

impl Pool {
    pub fn len(&self) -> usize {
        self.transactions.len()
    }

    pub fn is_empty(&self) -> bool {
        self.transactions.is_empty()
    }

    pub fn contains(&self, hash: &CryptoHash) -> bool {
        self.transactions.iter().any(|transaction| transaction.hash() == hash)
    }

    pub fn push(&mut self, transaction: SignedTransaction) {
        self.transactions.push(transaction);
    }

    /// All of them as a block tries them: keys in the order of their first transaction, the transactions of a key in
    /// the order of their nonces, so that two that arrived the wrong way round both go in.
    pub fn ordered(&self) -> Vec<SignedTransaction> {
        let mut first: HashMap<(&AccountId, &PublicKey), usize> = HashMap::new();
        let mut ranked: Vec<(usize, u64, &SignedTransaction)> = Vec::with_capacity(self.transactions.len());
        for (index, signed) in self.transactions.iter().enumerate() {
            let transaction = &signed.transaction;
            let key = (transaction.signer_id(), transaction.public_key());
            ranked.push((*first.entry(key).or_insert(index), transaction.nonce().nonce(), signed));
        }
        ranked.sort_by_key(|(first, nonce, _)| (*first, *nonce));
        ranked.into_iter().map(|(_, _, signed)| signed.clone()).collect()
    }

    pub fn replace(&mut self, transactions: Vec<SignedTransaction>) {
        self.transactions = transactions;
    }
}
