//! The contracts themselves, on the local NEAR chain.

use idos_contracts_near::{
    Bytes32, Method, access_grants,
    access_grants::{CreateGrant, CreateGrants, ExtendTimelock, RevokeGrant},
    credential_status,
    credential_status::SetStatus,
};
use idos_devnet_near::{Clock, Devnet, DevnetConfig, FundedAccount, rpc::BlockProduction};
use idos_indexer::{ChainConfig, Finality};
use idos_mirror::{Contract, ContractKind};
use near_jsonrpc_client::{JsonRpcClient, methods};
use near_primitives::{
    account::id::AccountId,
    action::{Action, DeployContractAction, FunctionCallAction},
    transaction::{SignedTransaction, Transaction, TransactionV0},
    types::{Balance, BlockReference, Gas},
    views::{FinalExecutionStatus, QueryRequest, TxExecutionStatus},
};
use serde_json::{Value, json};

use super::{chain::CHAIN_ID, server::config};
use crate::support::now;

/// More than any call here needs; what is left comes back.
const DEPOSIT: Balance = Balance::from_millinear(100);

const GRANTEE: &str = "bank.near";
const OWNER: &str = "alice.near";

/// A devnet with the contracts on accounts of its own.
pub struct Local {
    devnet: Devnet,
    client: JsonRpcClient,
    blocks: BlockProduction,
}

impl Local {
    pub async fn start(blocks: BlockProduction) -> Self {
        let clock = Clock::new(|| now() * 1_000_000_000);
        let names = [OWNER, GRANTEE, "grants.near", "statuses.near", "forger.near"];
        let accounts = names.map(|name| FundedAccount::well_known(name.parse().unwrap())).to_vec();
        let on_demand = DevnetConfig { accounts, chain_id: CHAIN_ID.to_owned(), ..DevnetConfig::new(clock) };
        let devnet = Devnet::start(DevnetConfig { blocks, ..on_demand }).await.unwrap();
        let client = JsonRpcClient::connect(devnet.rpc().as_str());
        let local = Self { devnet, client, blocks };
        let wasms = [
            ("grants.near", access_grants::WASM),
            ("statuses.near", credential_status::WASM),
            ("forger.near", access_grants::WASM),
        ];
        for (account, wasm) in wasms {
            let action = Action::DeployContract(DeployContractAction { code: wasm.to_vec() });
            local.send(account, account, action).await;
        }
        if blocks == BlockProduction::Manual {
            local.blocks(4).await;
        }
        local
    }

    pub fn config(&self, contracts: &[Contract]) -> ChainConfig {
        let url = self.devnet.rpc();
        ChainConfig { finality: Finality::Finalized, ..config(contracts, &[url], &[url]) }
    }

    pub fn contracts(&self) -> [Contract; 2] {
        let contract = |id: &str, kind| Contract {
            account: format!("near:{CHAIN_ID}:{id}").parse().unwrap(),
            kind,
            start_block: 0,
        };
        [
            contract("grants.near", ContractKind::AccessGrants),
            contract("statuses.near", ContractKind::CredentialStatus),
        ]
    }

    pub async fn create(&self, data: u8, locked_until: u64) {
        self.call(OWNER, "grants.near", &grant(data, locked_until), DEPOSIT).await;
    }

    pub async fn create_many(&self, data: std::ops::RangeInclusive<u8>) {
        let grants = CreateGrants { grants: data.map(|data| grant(data, 0)).collect() };
        self.call(OWNER, "grants.near", &grants, DEPOSIT).await;
    }

    pub async fn extend(&self, data: u8, locked_until: u64) {
        let CreateGrant { grantee, data_id, locked_until } = grant(data, locked_until);
        let extend = ExtendTimelock { grantee, data_id, locked_until };
        self.call(OWNER, "grants.near", &extend, Balance::ZERO).await;
    }

    pub async fn revoke(&self, data: u8) {
        self.call(OWNER, "grants.near", &revocation(data), Balance::ZERO).await;
    }

    /// It is refused.
    pub async fn revoke_in_vain(&self, data: u8) {
        let args = revocation(data).args().unwrap();
        let status = self.send(OWNER, "grants.near", call(RevokeGrant::NAME, args, Balance::ZERO)).await;
        assert!(matches!(status, Some(FinalExecutionStatus::Failure(_))), "{status:?}");
    }

    /// The same events, by a contract that nobody follows.
    pub async fn forge(&self, data: u8) {
        self.call(OWNER, "forger.near", &grant(data, 0), DEPOSIT).await;
    }

    pub async fn set_status(&self, index: u32, status: credential_status::Status) {
        self.call(OWNER, "statuses.near", &SetStatus { list: 7, index, status }, DEPOSIT).await;
    }

    pub async fn blocks(&self, count: u32) {
        self.devnet.produce_blocks(count).await.unwrap();
    }

    /// Moves time, by heights that are skipped.
    pub async fn fast_forward(&self, heights: u64) {
        let params = json!({"delta_height": heights});
        let question = json!({"jsonrpc": "2.0", "id": 1, "method": "sandbox_fast_forward", "params": params});
        let asked = reqwest::Client::new().post(self.devnet.rpc().clone()).json(&question).send().await;
        let answer: Value = asked.unwrap().json().await.unwrap();
        assert!(answer.get("error").is_none(), "{answer}");
    }

    pub async fn height(&self) -> u64 {
        self.devnet.read(|chain| chain.head()).await.unwrap()
    }

    /// The newest block's second.
    pub async fn time(&self) -> u64 {
        self.devnet.read(|chain| chain.head_timestamp_ns()).await.unwrap() / 1_000_000_000
    }

    async fn call<M: Method>(&self, signer: &str, receiver: &str, method: &M, deposit: Balance) {
        let action = call(M::NAME, method.args().unwrap(), deposit);
        if let Some(status) = self.send(signer, receiver, action).await {
            assert!(matches!(status, FinalExecutionStatus::SuccessValue(_)), "{status:?}");
        }
    }

    /// Returns how it ended; `None` where blocks are made by hand, and none was made yet.
    async fn send(&self, signer: &str, receiver: &str, action: Action) -> Option<FinalExecutionStatus> {
        let signed_transaction = self.signed(signer, receiver, action).await;
        let wait_until = match self.blocks {
            BlockProduction::Manual => TxExecutionStatus::None,
            _ => TxExecutionStatus::Final,
        };
        let submitted =
            self.client.call(methods::send_tx::RpcSendTransactionRequest { signed_transaction, wait_until });
        let outcome = submitted.await.unwrap().final_execution_outcome;
        outcome.map(|outcome| outcome.into_outcome().status)
    }

    async fn signed(&self, signer: &str, receiver: &str, action: Action) -> SignedTransaction {
        let account: AccountId = signer.parse().unwrap();
        let key = FundedAccount::well_known(account.clone()).secret_key;
        let signer = near_crypto::InMemorySigner::from_secret_key(account.clone(), key);
        let request =
            QueryRequest::ViewAccessKey { account_id: account.clone(), public_key: signer.public_key() };
        let block_reference = BlockReference::latest();
        let answer =
            self.client.call(methods::query::RpcQueryRequest { block_reference, request }).await.unwrap();
        let near_jsonrpc_primitives::types::query::QueryResponseKind::AccessKey(access_key) = answer.kind
        else {
            panic!("{answer:?}")
        };
        let transaction = TransactionV0 {
            signer_id: account,
            public_key: signer.public_key(),
            nonce: access_key.nonce + 1,
            receiver_id: receiver.parse().unwrap(),
            block_hash: answer.block_hash,
            actions: vec![action],
        };
        Transaction::V0(transaction).sign(&signer)
    }
}

fn grant(data: u8, locked_until: u64) -> CreateGrant {
    CreateGrant { grantee: GRANTEE.parse().unwrap(), data_id: Bytes32([data; 32]), locked_until }
}

fn revocation(data: u8) -> RevokeGrant {
    RevokeGrant { grantee: GRANTEE.parse().unwrap(), data_id: Bytes32([data; 32]) }
}

fn call(method: &str, args: Vec<u8>, deposit: Balance) -> Action {
    let gas = Gas::from_teragas(100);
    Action::FunctionCall(Box::new(FunctionCallAction { method_name: method.to_owned(), args, gas, deposit }))
}
