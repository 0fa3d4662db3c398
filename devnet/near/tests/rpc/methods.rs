//! Every method that reads, through near-jsonrpc-client.

use near_jsonrpc_client::{errors::JsonRpcError, methods};
use near_jsonrpc_primitives::types::{
    chunks::ChunkReference,
    query::{QueryResponseKind, RpcQueryError},
    receipts::ReceiptReference,
};
use near_primitives::{
    types::{AccountId, Balance, BlockId, BlockReference, EpochReference, Finality},
    views::{FinalExecutionStatus, QueryRequest, StateChangeKindView, StateChangesRequestView},
};

use crate::support::{Local, START, transfer_of, unknown_hash};

#[tokio::test]
async fn status_names_the_chain_and_its_newest_block() {
    let local = Local::start().await;
    let status = local.client.call(methods::status::RpcStatusRequest).await.unwrap();
    let head = local.head().await;
    assert_eq!(status.chain_id, "localnet");
    assert_eq!(status.sync_info.latest_block_hash, head.header.hash);
    assert_eq!(status.sync_info.latest_block_time.unix_timestamp(), START as i64);
    assert_eq!(status.genesis_hash, local.block(BlockId::Height(0)).await.header.hash);
    assert!(!status.sync_info.syncing);
}

#[tokio::test]
async fn a_devnet_is_well_and_alone() {
    let local = Local::start().await;
    local.client.call(methods::health::RpcHealthRequest).await.unwrap();
    let network = local.client.call(methods::network_info::RpcNetworkInfoRequest).await.unwrap();
    assert_eq!(network.num_active_peers, 0);
    let request = methods::validators::RpcValidatorRequest { epoch_reference: EpochReference::Latest };
    assert!(local.client.call(request).await.unwrap().current_validators.is_empty());
}

#[tokio::test]
async fn configs_are_the_protocols_own() {
    let local = Local::start().await;
    let request = methods::EXPERIMENTAL_genesis_config::RpcGenesisConfigRequest;
    let genesis = local.client.call(request).await.unwrap();
    assert_eq!(genesis.chain_id, "localnet");
    assert_eq!(genesis.total_supply, Balance::from_near(6_000_000));
    let request = methods::EXPERIMENTAL_protocol_config::RpcProtocolConfigRequest {
        block_reference: BlockReference::latest(),
    };
    let config = local.client.call(request).await.unwrap();
    assert_eq!(config.protocol_version, genesis.protocol_version);
    // 1 NEAR for 100,000 bytes.
    assert_eq!(config.runtime_config.storage_amount_per_byte, Balance::from_yoctonear(10u128.pow(19)));
}

#[tokio::test]
async fn a_block_is_the_same_by_height_by_hash_and_by_finality() {
    let local = Local::start().await;
    local.devnet.produce_blocks(5).await.unwrap();
    let by_height = local.block(BlockId::Height(3)).await;
    assert_eq!(by_height.header.height, 3);
    assert_eq!(local.block(BlockId::Hash(by_height.header.hash)).await.header.hash, by_height.header.hash);
    assert_eq!(local.block(Finality::Final).await.header.hash, by_height.header.hash);
    assert_eq!(local.head().await.header.height, 5);
}

#[tokio::test]
async fn a_chunk_is_the_same_by_hash_and_by_block() {
    let local = Local::start().await;
    let signed = local.signed(local.alice(), &local.bob().account_id, vec![transfer_of(1)]).await;
    let hash = signed.get_hash();
    let included_in = local.commit(signed).await.transaction_outcome.block_hash;
    let block = local.block(BlockId::Hash(included_in)).await;
    let references = [
        ChunkReference::ChunkHash { chunk_id: block.chunks[0].chunk_hash },
        ChunkReference::BlockShardId {
            block_id: BlockId::Hash(included_in),
            shard_id: block.chunks[0].shard_id,
        },
        ChunkReference::BlockShardId {
            block_id: BlockId::Height(block.header.height),
            shard_id: block.chunks[0].shard_id,
        },
    ];
    for chunk_reference in references {
        let chunk = local.client.call(methods::chunk::RpcChunkRequest { chunk_reference }).await.unwrap();
        let transactions: Vec<_> = chunk.transactions.iter().map(|transaction| transaction.hash).collect();
        assert_eq!(transactions, [hash]);
    }
}

#[tokio::test]
async fn gas_has_one_price() {
    let local = Local::start().await;
    let now = local.client.call(methods::gas_price::RpcGasPriceRequest { block_id: None }).await.unwrap();
    let request = methods::gas_price::RpcGasPriceRequest { block_id: Some(BlockId::Height(0)) };
    assert_eq!(local.client.call(request).await.unwrap().gas_price, now.gas_price);
    assert!(now.gas_price > Balance::ZERO);
}

#[tokio::test]
async fn an_account_shows_its_balance_keys_code_and_state() {
    let local = Local::start().await;
    local.deploy().await;
    local.call("put").await.assert_success();
    let account_id = local.alice().account_id.clone();

    let QueryResponseKind::ViewAccount(account) =
        local.query(QueryRequest::ViewAccount { account_id: account_id.clone() }).await
    else {
        panic!("no account")
    };
    assert!(account.amount < local.alice().balance && account.amount > Balance::from_near(999_999));

    let keys =
        QueryRequest::ViewAccessKeyList { account_id: account_id.clone(), after_key: None, limit: None };
    let QueryResponseKind::AccessKeyList(keys) = local.query(keys).await else { panic!("no keys") };
    assert_eq!(keys.keys.len(), 1);

    let QueryResponseKind::ViewCode(code) =
        local.query(QueryRequest::ViewCode { account_id: account_id.clone() }).await
    else {
        panic!("no code")
    };
    assert_eq!(code.hash, account.code_hash);

    let state = QueryRequest::ViewState {
        account_id,
        prefix: b"hel".to_vec().into(),
        after_key: None,
        limit: None,
        include_proof: false,
    };
    let QueryResponseKind::ViewState(state) = local.query(state).await else { panic!("no state") };
    assert_eq!(state.values.len(), 1);
    assert_eq!(state.values[0].value.as_slice(), b"\"hi\"");
}

#[tokio::test]
async fn a_view_call_answers_what_the_contract_returns() {
    let local = Local::start().await;
    local.deploy().await;
    assert_eq!(local.view("greet").await, b"\"hi\"");
}

#[tokio::test]
async fn old_blocks_keep_their_state() {
    let local = Local::start().await;
    let before = local.head().await.header.height;
    let signed = local.signed(local.alice(), &local.bob().account_id, vec![transfer_of(5)]).await;
    local.commit(signed).await.assert_success();
    let balance_at = |at: BlockReference| {
        let request = QueryRequest::ViewAccount { account_id: local.bob().account_id.clone() };
        let request = methods::query::RpcQueryRequest { block_reference: at, request };
        let answer = local.client.call(request);
        async {
            match answer.await.unwrap().kind {
                QueryResponseKind::ViewAccount(account) => account.amount.as_yoctonear(),
                other => panic!("not an account: {other:?}"),
            }
        }
    };
    let then = balance_at(BlockId::Height(before).into()).await;
    assert_eq!(balance_at(BlockReference::latest()).await, then + 5);
    assert_eq!(balance_at(Finality::Final.into()).await, then + 5);
}

#[tokio::test]
async fn what_is_not_there_is_told_in_nears_own_errors() {
    let local = Local::start().await;
    let nobody: AccountId = "nobody.near".parse().unwrap();
    let query = |request| {
        let call = local
            .client
            .call(methods::query::RpcQueryRequest { block_reference: BlockReference::latest(), request });
        async { call.await.unwrap_err().handler_error().cloned().expect("a handler's error") }
    };
    let account = query(QueryRequest::ViewAccount { account_id: nobody.clone() }).await;
    assert!(matches!(account, RpcQueryError::UnknownAccount { .. }), "{account:?}");
    let code = query(QueryRequest::ViewCode { account_id: local.alice().account_id.clone() }).await;
    assert!(matches!(code, RpcQueryError::NoContractCode { .. }), "{code:?}");
    let key = QueryRequest::ViewAccessKey {
        account_id: local.alice().account_id.clone(),
        public_key: local.bob().public_key(),
    };
    let key = query(key).await;
    assert!(matches!(key, RpcQueryError::UnknownAccessKey { .. }), "{key:?}");
}

#[tokio::test]
async fn a_view_call_that_fails_says_why_in_the_words_that_clients_look_for() {
    let local = Local::start().await;
    local.deploy().await;
    let rows = [
        ("fail", "HostError(GuestPanic { panic_msg: \"GrantLocked(1800000000)\" })"),
        ("no_such_method", "wasm execution failed with error: MethodResolveError(MethodNotFound)"),
        ("", "wasm execution failed with error: MethodResolveError(MethodEmptyName)"),
        ("put", "ProhibitedInView"),
    ];
    for (method, why) in rows {
        let request = QueryRequest::CallFunction {
            account_id: local.alice().account_id.clone(),
            method_name: method.to_owned(),
            args: Vec::new().into(),
        };
        let request = methods::query::RpcQueryRequest { block_reference: BlockReference::latest(), request };
        match local.client.call(request).await.unwrap_err().handler_error() {
            Some(RpcQueryError::ContractExecutionError { vm_error, .. }) => {
                assert!(vm_error.contains(why), "{method}: {vm_error}");
            }
            other => panic!("not the contract's error: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_receipt_is_found_by_its_id() {
    let local = Local::start().await;
    let signed = local.signed(local.alice(), &local.bob().account_id, vec![transfer_of(1)]).await;
    let receipt_id = local.commit(signed).await.transaction_outcome.outcome.receipt_ids[0];
    let ask = |receipt_id| methods::EXPERIMENTAL_receipt::RpcReceiptRequest {
        receipt_reference: ReceiptReference { receipt_id },
    };
    assert_eq!(local.client.call(ask(receipt_id)).await.unwrap().receiver_id, local.bob().account_id);
    assert!(local.client.call(ask(unknown_hash())).await.unwrap_err().handler_error().is_some());
}

#[tokio::test]
async fn a_blocks_changes_name_accounts_and_values() {
    let local = Local::start().await;
    let bob = local.bob().account_id.clone();
    let signed = local.signed(local.alice(), &bob, vec![transfer_of(1)]).await;
    let paid_in = local.commit(signed).await.receipts_outcome[0].block_hash;
    let block_reference = BlockReference::from(BlockId::Hash(paid_in));

    let request = methods::EXPERIMENTAL_changes_in_block::RpcStateChangesInBlockRequest {
        block_reference: block_reference.clone(),
    };
    let touched = local.client.call(request).await.unwrap();
    let of_bob = |kind: &StateChangeKindView| matches!(kind, StateChangeKindView::AccountTouched { account_id } if *account_id == bob);
    assert!(touched.changes.iter().any(of_bob), "{touched:?}");

    let request = methods::EXPERIMENTAL_changes::RpcStateChangesInBlockByTypeRequest {
        block_reference,
        state_changes_request: StateChangesRequestView::AccountChanges { account_ids: vec![bob.clone()] },
    };
    assert_eq!(local.client.call(request).await.unwrap().changes.len(), 1);
}

#[tokio::test]
async fn logs_and_panics_of_a_call_are_in_its_outcome() {
    let local = Local::start().await;
    local.deploy().await;
    let put = local.call("put").await;
    assert_eq!(put.receipts_outcome[0].outcome.logs, ["hello"]);
    let failed = local.call("fail").await;
    match failed.status {
        FinalExecutionStatus::Failure(error) => assert!(error.to_string().contains("GrantLocked"), "{error}"),
        other => panic!("did not fail: {other:?}"),
    }
}

#[tokio::test]
async fn a_skipped_block_has_its_own_http_status() {
    let local = Local::start().await;
    let request = methods::sandbox_fast_forward::RpcSandboxFastForwardRequest { delta_height: 10 };
    local.client.call(request).await.unwrap();
    let block_reference = BlockId::Height(5).into();
    let skipped = local.client.call(methods::block::RpcBlockRequest { block_reference }).await.unwrap_err();
    assert!(matches!(skipped, JsonRpcError::ServerError(_)), "{skipped:?}");
    let (status, body) = local.rpc("block", serde_json::json!({ "block_id": 5 })).await;
    assert_eq!((status.as_u16(), &body["error"]["cause"]["name"]), (422, &"UNKNOWN_BLOCK".into()));
    let (status, body) = local.rpc("block", serde_json::json!([5_000])).await;
    assert_eq!((status.as_u16(), &body["error"]["cause"]["name"]), (200, &"UNKNOWN_BLOCK".into()));
}
