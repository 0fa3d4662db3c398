//! A chain with a few people and a contract on it.

use std::collections::BTreeMap;

use idos_devnet_near::chain::{Chain, Genesis, GenesisAccount, TransactionStatus};
use near_crypto::{InMemorySigner, KeyType, PublicKey, Signer};
use near_jsonrpc_primitives::types::query::{QueryResponseKind, RpcQueryError};
use near_primitives::account::{AccessKey, AccessKeyPermission, FunctionCallPermission};
use near_primitives::action::{
    Action, AddKeyAction, CreateAccountAction, DeleteAccountAction, DeleteKeyAction, DeployContractAction,
    FunctionCallAction, TransferAction,
};
use near_primitives::errors::{ActionErrorKind, InvalidTxError, TxExecutionError};
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{SignedTransaction, Transaction, TransactionV0};
use near_primitives::types::{AccountId, Balance, BlockId, BlockReference, Finality, Gas};
use near_primitives::views::{
    AccountView, FinalExecutionOutcomeWithReceiptView, FinalExecutionStatus, QueryRequest,
};

pub const START_NS: u64 = 1_800_000_000_000_000_000;
const SECOND_NS: u64 = 1_000_000_000;

pub type Outcome = FinalExecutionOutcomeWithReceiptView;

pub fn id(name: &str) -> AccountId {
    name.parse().unwrap()
}

/// The key that an account has from the beginning.
pub fn signer(account: &str) -> Signer {
    signer_with(account, account)
}

pub fn signer_with(account: &str, seed: &str) -> Signer {
    InMemorySigner::from_seed(id(account), KeyType::ED25519, seed)
}

pub fn public_key(seed: &str) -> PublicKey {
    signer_with("anybody", seed).public_key()
}

pub fn near(amount: u128) -> Balance {
    Balance::from_near(amount)
}

pub fn tgas(amount: u64) -> Gas {
    Gas::from_teragas(amount)
}

pub fn code() -> Vec<u8> {
    wat::parse_str(include_str!("contract.wat")).unwrap()
}

pub fn create() -> Action {
    Action::CreateAccount(CreateAccountAction {})
}

pub fn transfer(deposit: Balance) -> Action {
    Action::Transfer(TransferAction { deposit })
}

pub fn deploy() -> Action {
    Action::DeployContract(DeployContractAction { code: code() })
}

pub fn call(method: &str, args: impl AsRef<[u8]>) -> Action {
    call_with(method, args, tgas(100), Balance::ZERO)
}

pub fn call_with(method: &str, args: impl AsRef<[u8]>, gas: Gas, deposit: Balance) -> Action {
    let (method_name, args) = (method.to_owned(), args.as_ref().to_vec());
    Action::FunctionCall(Box::new(FunctionCallAction { method_name, args, gas, deposit }))
}

pub fn add_full_key(seed: &str) -> Action {
    Action::AddKey(Box::new(AddKeyAction {
        public_key: public_key(seed),
        access_key: AccessKey::full_access(),
    }))
}

pub fn add_call_key(seed: &str, receiver: &str, methods: &[&str], allowance: Option<Balance>) -> Action {
    let permission = AccessKeyPermission::FunctionCall(FunctionCallPermission {
        allowance,
        receiver_id: receiver.to_owned(),
        method_names: methods.iter().map(|method| (*method).to_owned()).collect(),
    });
    let access_key = AccessKey { nonce: 0, permission };
    Action::AddKey(Box::new(AddKeyAction { public_key: public_key(seed), access_key }))
}

pub fn delete_key(seed: &str) -> Action {
    Action::DeleteKey(Box::new(DeleteKeyAction { public_key: public_key(seed) }))
}

pub fn delete_account(beneficiary: &str) -> Action {
    Action::DeleteAccount(DeleteAccountAction { beneficiary_id: id(beneficiary) })
}

/// A chain, and the hand that makes its blocks: one a second.
pub struct World {
    pub chain: Chain,
    nonces: BTreeMap<(AccountId, PublicKey), u64>,
}

impl World {
    /// `alice`, `bob` and `root` with a thousand NEAR each.
    pub fn new() -> Self {
        Self::at_height(0)
    }

    pub fn at_height(height: u64) -> Self {
        let accounts = ["root", "alice", "bob"].map(|name| GenesisAccount {
            account_id: id(name),
            balance: near(1_000),
            public_keys: vec![signer(name).public_key()],
        });
        let genesis = Genesis {
            chain_id: "testing".to_owned(),
            height,
            timestamp_ns: START_NS,
            accounts: accounts.to_vec(),
        };
        Self { chain: Chain::new(genesis).unwrap(), nonces: BTreeMap::new() }
    }

    /// The test contract on `contract.root` and `other.root`, each with ten NEAR.
    pub fn with_contracts() -> Self {
        let mut world = Self::new();
        for name in ["contract.root", "other.root"] {
            let actions = vec![create(), transfer(near(10)), add_full_key(name), deploy()];
            world.run("root", name, actions).expect_success();
        }
        world
    }

    pub fn sign(&mut self, signer: &Signer, receiver: &str, actions: Vec<Action>) -> SignedTransaction {
        let signer_id = signer.get_account_id();
        let key = (signer_id.clone(), signer.public_key());
        let on_chain = self.access_key_nonce(&key.0, &key.1);
        let nonce = self.nonces.entry(key).or_default();
        *nonce = (*nonce).max(on_chain) + 1;
        let transaction = Transaction::V0(TransactionV0 {
            signer_id,
            public_key: signer.public_key(),
            nonce: *nonce,
            receiver_id: id(receiver),
            block_hash: self.head_hash(),
            actions,
        });
        sign(transaction, signer)
    }

    fn access_key_nonce(&self, account_id: &AccountId, public_key: &PublicKey) -> u64 {
        let (account_id, public_key) = (account_id.clone(), public_key.clone());
        match self.query(QueryRequest::ViewAccessKey { account_id, public_key }) {
            Ok(QueryResponseKind::AccessKey(key)) => key.nonce,
            _ => 0,
        }
    }

    pub fn head_hash(&self) -> CryptoHash {
        self.chain.block(&BlockReference::latest()).unwrap().header.hash
    }

    /// Signs with the account's first key, and submits.
    pub fn submit(
        &mut self,
        from: &str,
        to: &str,
        actions: Vec<Action>,
    ) -> Result<CryptoHash, InvalidTxError> {
        self.submit_as(&signer(from), to, actions)
    }

    pub fn submit_as(
        &mut self,
        by: &Signer,
        to: &str,
        actions: Vec<Action>,
    ) -> Result<CryptoHash, InvalidTxError> {
        let transaction = self.sign(by, to, actions);
        self.chain.submit(transaction)
    }

    /// Submits, and makes blocks until nothing is left to do.
    pub fn run(&mut self, from: &str, to: &str, actions: Vec<Action>) -> Outcome {
        self.run_as(&signer(from), to, actions)
    }

    pub fn run_as(&mut self, by: &Signer, to: &str, actions: Vec<Action>) -> Outcome {
        let hash = self.submit_as(by, to, actions).unwrap();
        self.settle();
        self.outcome(&hash)
    }

    pub fn block(&mut self) -> CryptoHash {
        self.chain.produce_block(self.chain.head_timestamp_ns() + SECOND_NS).unwrap()
    }

    pub fn settle(&mut self) {
        for _ in 0..100 {
            if self.chain.is_idle() {
                return;
            }
            self.block();
        }
        panic!("the chain does not come to rest");
    }

    pub fn outcome(&self, hash: &CryptoHash) -> Outcome {
        match self.chain.transaction(hash) {
            Some(TransactionStatus::Included { outcome, .. }) => *outcome,
            other => panic!("not included: {other:?}"),
        }
    }

    pub fn query(&self, request: QueryRequest) -> Result<QueryResponseKind, RpcQueryError> {
        self.chain.query(&BlockReference::latest(), &request).map(|response| response.kind)
    }

    pub fn account(&self, name: &str) -> Option<AccountView> {
        self.account_at(name, &BlockReference::Finality(Finality::None))
    }

    pub fn account_at(&self, name: &str, at: &BlockReference) -> Option<AccountView> {
        match self.chain.query(at, &QueryRequest::ViewAccount { account_id: id(name) }) {
            Ok(response) => match response.kind {
                QueryResponseKind::ViewAccount(account) => Some(account),
                other => panic!("not an account: {other:?}"),
            },
            Err(RpcQueryError::UnknownAccount { .. }) => None,
            Err(error) => panic!("{error}"),
        }
    }

    pub fn balance(&self, name: &str) -> Balance {
        self.account(name).map_or(Balance::ZERO, |account| account.amount)
    }

    pub fn view(&self, contract: &str, method: &str) -> Result<Vec<u8>, RpcQueryError> {
        self.view_at(contract, method, &BlockReference::latest())
    }

    pub fn view_at(
        &self,
        contract: &str,
        method: &str,
        at: &BlockReference,
    ) -> Result<Vec<u8>, RpcQueryError> {
        let request = QueryRequest::CallFunction {
            account_id: id(contract),
            method_name: method.to_owned(),
            args: Vec::new().into(),
        };
        match self.chain.query(at, &request)?.kind {
            QueryResponseKind::CallResult(result) => Ok(result.result),
            other => panic!("not a call result: {other:?}"),
        }
    }

    /// What all accounts with these names own, and what the chain says there is in total.
    pub fn money(&mut self, names: &[String]) -> (Balance, Balance) {
        // A header tells the supply that the block before has left.
        self.block();
        let owned = names.iter().map(|name| self.balance(name).as_yoctonear()).sum();
        let header = self.chain.block(&BlockReference::latest()).unwrap().header;
        (Balance::from_yoctonear(owned), header.total_supply)
    }
}

pub fn sign(transaction: Transaction, signer: &Signer) -> SignedTransaction {
    let (hash, _) = transaction.get_hash_and_size();
    SignedTransaction::new(signer.sign(hash.as_ref()), transaction)
}

pub fn at_height(height: u64) -> BlockReference {
    BlockReference::BlockId(BlockId::Height(height))
}

pub trait OutcomeExt {
    fn value(&self) -> Vec<u8>;
    fn expect_success(self) -> Outcome;
    fn failure(&self) -> ActionErrorKind;
    fn logs(&self) -> Vec<String>;
}

impl OutcomeExt for Outcome {
    fn value(&self) -> Vec<u8> {
        match &self.final_outcome.status {
            FinalExecutionStatus::SuccessValue(value) => value.clone(),
            other => panic!("no success: {other:?}"),
        }
    }

    fn expect_success(self) -> Outcome {
        self.value();
        self
    }

    fn failure(&self) -> ActionErrorKind {
        match &self.final_outcome.status {
            FinalExecutionStatus::Failure(TxExecutionError::ActionError(error)) => error.kind.clone(),
            other => panic!("no failure of an action: {other:?}"),
        }
    }

    fn logs(&self) -> Vec<String> {
        self.final_outcome.receipts_outcome.iter().flat_map(|receipt| receipt.outcome.logs.clone()).collect()
    }
}
