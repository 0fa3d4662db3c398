//! Sending, and asking how far a transaction got.

use near_jsonrpc_client::{
    errors::{JsonRpcError, JsonRpcServerError, JsonRpcServerResponseStatusError},
    methods,
};
use near_jsonrpc_primitives::types::transactions::{RpcTransactionError, TransactionInfo};
use near_primitives::views::{FinalExecutionOutcomeViewEnum, TxExecutionStatus};

use crate::support::{Local, transfer_of, unknown_hash};

const LEVELS: [TxExecutionStatus; 6] = [
    TxExecutionStatus::None,
    TxExecutionStatus::Included,
    TxExecutionStatus::ExecutedOptimistic,
    TxExecutionStatus::IncludedFinal,
    TxExecutionStatus::Executed,
    TxExecutionStatus::Final,
];

#[tokio::test]
async fn on_demand_every_level_is_reached_at_once() {
    let local = Local::start().await;
    for wait_until in LEVELS {
        let signed_transaction =
            local.signed(local.alice(), &local.bob().account_id, vec![transfer_of(1)]).await;
        let request = methods::send_tx::RpcSendTransactionRequest {
            signed_transaction,
            wait_until: wait_until.clone(),
        };
        let sent = local.client.call(request).await.unwrap();
        let expected = if wait_until == TxExecutionStatus::None {
            TxExecutionStatus::None
        } else {
            TxExecutionStatus::Final
        };
        assert_eq!(sent.final_execution_status, expected);
        assert_eq!(sent.final_execution_outcome.is_some(), wait_until != TxExecutionStatus::None);
    }
}

#[tokio::test]
async fn a_transaction_sent_async_is_found_by_its_hash() {
    let local = Local::start().await;
    let signed_transaction = local.signed(local.alice(), &local.bob().account_id, vec![transfer_of(1)]).await;
    let transaction_info = TransactionInfo::TransactionId {
        tx_hash: signed_transaction.get_hash(),
        sender_account_id: local.alice().account_id.clone(),
    };
    let request = methods::broadcast_tx_async::RpcBroadcastTxAsyncRequest { signed_transaction };
    let hash = local.client.call(request).await.unwrap();
    let wait_until = TxExecutionStatus::Final;
    let request = methods::tx::RpcTransactionStatusRequest { transaction_info, wait_until };
    let found = local.client.call(request).await.unwrap().final_execution_outcome.unwrap().into_outcome();
    assert_eq!(found.transaction.hash, hash);
}

#[tokio::test]
async fn only_the_experimental_status_lists_receipts() {
    let local = Local::start().await;
    let signed = local.signed(local.alice(), &local.bob().account_id, vec![transfer_of(1)]).await;
    let transaction_info = TransactionInfo::from_signed_tx(signed.clone());
    local.commit(signed).await;
    let wait_until = TxExecutionStatus::None;
    let request = methods::tx::RpcTransactionStatusRequest {
        transaction_info: transaction_info.clone(),
        wait_until: wait_until.clone(),
    };
    let short = local.client.call(request).await.unwrap().final_execution_outcome;
    assert!(matches!(short, Some(FinalExecutionOutcomeViewEnum::FinalExecutionOutcome(_))));
    #[allow(deprecated, reason = "the client renamed it; the method stays")]
    let request =
        methods::EXPERIMENTAL_tx_status::RpcTransactionStatusRequest { transaction_info, wait_until };
    match local.client.call(request).await.unwrap().final_execution_outcome {
        Some(FinalExecutionOutcomeViewEnum::FinalExecutionOutcomeWithReceipt(long)) => {
            assert!(!long.receipts.is_empty());
        }
        other => panic!("no receipts: {other:?}"),
    }
}

#[tokio::test]
async fn an_unknown_transaction_is_named_at_once() {
    let local = Local::start().await;
    let transaction_info = TransactionInfo::TransactionId {
        tx_hash: unknown_hash(),
        sender_account_id: local.alice().account_id.clone(),
    };
    let wait_until = TxExecutionStatus::Final;
    let request = methods::tx::RpcTransactionStatusRequest { transaction_info, wait_until };
    match local.client.call(request).await.unwrap_err().handler_error() {
        Some(RpcTransactionError::UnknownTransaction { requested_transaction_hash }) => {
            assert_eq!(*requested_transaction_hash, unknown_hash());
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn without_blocks_a_wait_ends_and_says_how_far_it_got() {
    let local = Local::manual().await;
    let signed_transaction = local.signed(local.alice(), &local.bob().account_id, vec![transfer_of(1)]).await;
    let request = methods::send_tx::RpcSendTransactionRequest {
        signed_transaction: signed_transaction.clone(),
        wait_until: TxExecutionStatus::Included,
    };
    let error = local.client.call(request).await.unwrap_err();
    assert!(
        matches!(
            error,
            JsonRpcError::ServerError(JsonRpcServerError::ResponseStatusError(
                JsonRpcServerResponseStatusError::TimeoutError
            ))
        ),
        "{error:?}"
    );
    let params =
        serde_json::json!({ "tx_hash": signed_transaction.get_hash(), "sender_account_id": "alice.near" });
    let (status, body) = local.rpc("tx", params).await;
    assert_eq!(status.as_u16(), 408);
    assert_eq!(body["error"]["cause"]["info"]["cause"], "PENDING");
    assert_eq!(body["error"]["cause"]["info"]["status"]["final_execution_status"], "NONE");
}

#[tokio::test]
async fn levels_are_reached_block_by_block() {
    let local = Local::manual().await;
    let signed_transaction = local.signed(local.alice(), &local.bob().account_id, vec![transfer_of(1)]).await;
    let transaction_info = TransactionInfo::from_signed_tx(signed_transaction.clone());
    let request = methods::broadcast_tx_async::RpcBroadcastTxAsyncRequest { signed_transaction };
    local.client.call(request).await.unwrap();
    let mut levels = Vec::new();
    for _ in 0..6 {
        let request = methods::tx::RpcTransactionStatusRequest {
            transaction_info: transaction_info.clone(),
            wait_until: TxExecutionStatus::None,
        };
        levels.push(local.client.call(request).await.unwrap().final_execution_status);
        local.devnet.produce_blocks(1).await.unwrap();
    }
    levels.dedup();
    use TxExecutionStatus::{Executed, ExecutedOptimistic, Final, Included, None};
    assert_eq!(levels, [None, Included, ExecutedOptimistic, Executed, Final]);
}
