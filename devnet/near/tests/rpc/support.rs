//! A devnet at a fixed time, and one who signs.

use std::time::Duration;

use idos_devnet_near::{BlockProduction, Clock, Devnet, DevnetConfig, FundedAccount};
use near_jsonrpc_client::{JsonRpcClient, methods};
use near_jsonrpc_primitives::types::query::QueryResponseKind;
use near_primitives::{
    action::{Action, DeployContractAction, FunctionCallAction, TransferAction},
    borsh,
    hash::CryptoHash,
    serialize::to_base64,
    transaction::{SignedTransaction, Transaction, TransactionV0},
    types::{AccountId, Balance, BlockReference, Finality, Gas},
    views::{BlockView, FinalExecutionOutcomeView, QueryRequest},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// When every test begins, in seconds since 1970.
pub const START: u64 = 1_800_000_000;

/// A contract that says `hello`, writes, returns, tells the time and panics.
const CONTRACT: &str = r#"(module
  (import "env" "log_utf8" (func $log (param i64 i64)))
  (import "env" "value_return" (func $value_return (param i64 i64)))
  (import "env" "storage_write" (func $write (param i64 i64 i64 i64 i64) (result i64)))
  (import "env" "panic_utf8" (func $panic (param i64 i64)))
  (import "env" "block_timestamp" (func $timestamp (result i64)))
  (memory (export "memory") 1)
  (data (i32.const 0) "hello")
  (data (i32.const 16) "\22hi\22")
  (data (i32.const 32) "GrantLocked(1800000000)")
  (func (export "put")
    (call $log (i64.const 5) (i64.const 0))
    (drop (call $write (i64.const 5) (i64.const 0) (i64.const 4) (i64.const 16) (i64.const 0))))
  (func (export "greet") (call $value_return (i64.const 4) (i64.const 16)))
  (func (export "time")
    (i64.store (i32.const 64) (call $timestamp))
    (call $value_return (i64.const 8) (i64.const 64)))
  (func (export "fail") (call $panic (i64.const 23) (i64.const 32))))"#;

/// A devnet and those who talk to it.
pub struct Local {
    pub devnet: Devnet,
    pub client: JsonRpcClient,
    http: reqwest::Client,
}

impl Local {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut DevnetConfig)) -> Self {
        let mut config = DevnetConfig::new(Clock::new(|| START * 1_000_000_000));
        change(&mut config);
        let devnet = Devnet::start(config).await.unwrap();
        let client = JsonRpcClient::connect(devnet.rpc().as_str());
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { devnet, client, http }
    }

    /// One that makes blocks only when told to, and does not wait long.
    pub async fn manual() -> Self {
        Self::with(|config| {
            config.blocks = BlockProduction::Manual;
            config.wait_timeout = Duration::from_millis(200);
        })
        .await
    }

    pub fn alice(&self) -> &FundedAccount {
        &self.devnet.accounts()[1]
    }

    pub fn bob(&self) -> &FundedAccount {
        &self.devnet.accounts()[2]
    }

    pub async fn block(&self, at: impl Into<BlockReference>) -> BlockView {
        let request = methods::block::RpcBlockRequest { block_reference: at.into() };
        self.client.call(request).await.unwrap()
    }

    pub async fn head(&self) -> BlockView {
        self.block(Finality::None).await
    }

    /// A signed transaction that would be taken now.
    pub async fn signed(
        &self,
        signer: &FundedAccount,
        receiver: &AccountId,
        actions: Vec<Action>,
    ) -> SignedTransaction {
        let nonce = self.nonce(signer).await + 1;
        let unsigned = Transaction::V0(TransactionV0 {
            signer_id: signer.account_id.clone(),
            public_key: signer.public_key(),
            nonce,
            receiver_id: receiver.clone(),
            block_hash: self.block(Finality::Final).await.header.hash,
            actions,
        });
        sign(signer, unsigned)
    }

    pub async fn nonce(&self, signer: &FundedAccount) -> u64 {
        let request = QueryRequest::ViewAccessKey {
            account_id: signer.account_id.clone(),
            public_key: signer.public_key(),
        };
        match self.query(request).await {
            QueryResponseKind::AccessKey(key) => key.nonce,
            other => panic!("not a key: {other:?}"),
        }
    }

    pub async fn query(&self, request: QueryRequest) -> QueryResponseKind {
        let block_reference = BlockReference::latest();
        self.client.call(methods::query::RpcQueryRequest { block_reference, request }).await.unwrap().kind
    }

    pub async fn commit(&self, signed_transaction: SignedTransaction) -> FinalExecutionOutcomeView {
        self.client
            .call(methods::broadcast_tx_commit::RpcBroadcastTxCommitRequest { signed_transaction })
            .await
            .unwrap()
    }

    /// Alice deploys the contract on her own account.
    pub async fn deploy(&self) {
        let signed = self.signed(self.alice(), &self.alice().account_id, vec![deploy_of()]).await;
        self.commit(signed).await.assert_success();
    }

    /// Bob calls a method of Alice's contract.
    pub async fn call(&self, method: &str) -> FinalExecutionOutcomeView {
        let signed = self.signed(self.bob(), &self.alice().account_id, vec![call_of(method)]).await;
        self.commit(signed).await
    }

    pub async fn view(&self, method: &str) -> Vec<u8> {
        let request = QueryRequest::CallFunction {
            account_id: self.alice().account_id.clone(),
            method_name: method.to_owned(),
            args: Vec::new().into(),
        };
        match self.query(request).await {
            QueryResponseKind::CallResult(result) => result.result,
            other => panic!("not a result: {other:?}"),
        }
    }

    /// Nanoseconds since 1970, as Alice's contract sees them.
    pub async fn chain_time(&self) -> u64 {
        u64::from_le_bytes(self.view("time").await.try_into().unwrap())
    }

    /// Sends a request and reads the answer whole.
    pub async fn rpc(&self, method: &str, params: Value) -> (StatusCode, Value) {
        self.post(json!({ "jsonrpc": "2.0", "id": "t", "method": method, "params": params }).to_string())
            .await
    }

    /// Sends any bytes.
    pub async fn post(&self, body: impl Into<reqwest::Body>) -> (StatusCode, Value) {
        let request = self.http.post(self.devnet.rpc().as_str()).header("content-type", "application/json");
        let response = request.body(body).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.http.get(self.devnet.rpc().join(path).unwrap()).send().await.unwrap()
    }

    pub async fn get_json(&self, path: &str) -> (StatusCode, Value) {
        let response = self.get(path).await;
        (response.status(), response.json().await.unwrap())
    }
}

pub fn sign(signer: &FundedAccount, unsigned: Transaction) -> SignedTransaction {
    let (hash, _) = unsigned.get_hash_and_size();
    SignedTransaction::new(signer.secret_key.sign(hash.as_ref()), unsigned)
}

/// Deploys the contract.
pub fn deploy_of() -> Action {
    Action::DeployContract(DeployContractAction { code: wat::parse_str(CONTRACT).unwrap() })
}

pub fn transfer_of(yoctonear: u128) -> Action {
    Action::Transfer(TransferAction { deposit: Balance::from_yoctonear(yoctonear) })
}

pub fn call_of(method: &str) -> Action {
    Action::FunctionCall(Box::new(FunctionCallAction {
        method_name: method.to_owned(),
        args: Vec::new(),
        gas: Gas::from_teragas(30),
        deposit: Balance::ZERO,
    }))
}

pub fn encoded(transaction: &SignedTransaction) -> String {
    to_base64(&borsh::to_vec(transaction).unwrap())
}

pub fn unknown_hash() -> CryptoHash {
    CryptoHash::hash_bytes(b"nobody made this")
}
