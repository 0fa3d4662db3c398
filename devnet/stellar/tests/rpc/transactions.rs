//! Sending transactions and asking what became of them.

use serde_json::json;
use stellar_rpc_client::{Error, GetTransactionsRequest, TransactionsPaginationOptions};
use stellar_xdr::{
    BumpSequenceOp, FeeBumpTransaction, FeeBumpTransactionEnvelope, FeeBumpTransactionExt,
    FeeBumpTransactionInnerTx, Hash, OperationBody, OperationResult, SequenceNumber, TransactionEnvelope,
    TransactionResultResult,
};

use crate::support::{FEE, Local, base64, pay, stranger};

#[tokio::test]
async fn a_payment_is_in_a_ledger_before_the_answer_is_read() {
    let local = Local::start().await;
    let before = local.balance(local.bob()).await;
    let envelope = local.payment(5).await;
    let told = local.send(&envelope).await;
    assert_eq!(told["status"], "PENDING");
    let hash: Hash = told["hash"].as_str().unwrap().parse().unwrap();
    assert_eq!(hash.0, envelope.hash(local.network_id().await.0).unwrap());
    let found = local.client.get_transaction(&hash).await.unwrap();
    assert_eq!(found.status, "SUCCESS");
    assert_eq!(found.envelope.unwrap(), envelope);
    assert_eq!(found.ledger, Some(local.latest().await));
    assert_eq!(found.application_order, Some(1));
    assert_eq!(found.fee_bump, Some(false));
    assert_eq!(local.balance(local.bob()).await, before + 5);
}

#[tokio::test]
async fn the_same_transaction_again_is_refused_and_its_result_stays() {
    let local = Local::start().await;
    let envelope = local.payment(5).await;
    let hash = local.send(&envelope).await["hash"].clone();
    assert_eq!(local.not_taken(&envelope).await.result, TransactionResultResult::TxBadSeq);
    assert_eq!(local.result("getTransaction", json!({ "hash": hash })).await["status"], "SUCCESS");
}

#[tokio::test]
async fn waiting_transactions_are_not_found_until_a_ledger_closes() {
    let local = Local::manual().await;
    let envelope = local.payment(5).await;
    let hash = local.client.send_transaction(&envelope).await.unwrap();
    assert_eq!(local.client.get_transaction(&hash).await.unwrap().status, "NOT_FOUND");
    assert_eq!(local.send(&envelope).await["status"], "DUPLICATE");
    let other = local.payment(6).await;
    assert_eq!(local.send(&other).await["status"], "TRY_AGAIN_LATER", "one of an account at a time");
    local.devnet.close_ledgers(1).await.unwrap();
    assert_eq!(local.client.get_transaction_polling(&hash, None).await.unwrap().status, "SUCCESS");
}

#[tokio::test]
async fn what_cannot_be_applied_is_refused_with_its_code() {
    let local = Local::start().await;
    let payment = |_: ()| local.transaction(local.alice(), pay(local.bob(), 5));

    let mut transaction = payment(()).await;
    transaction.seq_num.0 += 1;
    let refused = local.not_taken(&local.sign(local.alice(), transaction).await).await;
    assert_eq!(refused.result, TransactionResultResult::TxBadSeq);

    let transaction = payment(()).await;
    let refused = local.not_taken(&local.sign(local.bob(), transaction.clone()).await).await;
    assert_eq!(refused.result, TransactionResultResult::TxBadAuth);

    let elsewhere = local.alice().sign(transaction, &Hash([1; 32])).unwrap();
    let refused = local.not_taken(&elsewhere).await;
    assert_eq!(refused.result, TransactionResultResult::TxBadAuth, "signed for another network");

    let mut transaction = payment(()).await;
    transaction.fee = FEE - 1;
    let refused = local.not_taken(&local.sign(local.alice(), transaction).await).await;
    assert_eq!(refused.result, TransactionResultResult::TxInsufficientFee);

    let mut transaction = payment(()).await;
    transaction.source_account = stranger().muxed();
    let refused = local.not_taken(&local.sign(&stranger(), transaction).await).await;
    assert_eq!(refused.result, TransactionResultResult::TxNoAccount);

    let refused = local.client.send_transaction(&elsewhere).await.unwrap_err();
    assert!(
        matches!(&refused, Error::TransactionSubmissionFailed(why) if why.contains("TxBadAuth")),
        "{refused}"
    );
}

#[tokio::test]
async fn an_operation_that_the_devnet_does_not_do_is_refused_by_name() {
    let local = Local::start().await;
    let bump = OperationBody::BumpSequence(BumpSequenceOp { bump_to: SequenceNumber(1) });
    let envelope = local.sign(local.alice(), local.transaction(local.alice(), bump).await).await;
    let TransactionResultResult::TxFailed(results) = local.not_taken(&envelope).await.result else {
        panic!("it is not the operation that fails");
    };
    assert_eq!(results.to_vec(), [OperationResult::OpNotSupported]);
    let params = json!({ "transaction": base64(&envelope), "xdrFormat": "json" });
    let told = local.result("sendTransaction", params).await;
    assert!(told["diagnosticEventsJson"].to_string().contains("BumpSequence"), "{told}");
}

#[tokio::test]
async fn a_failed_transaction_is_in_a_ledger_with_its_code() {
    let local = Local::start().await;
    let envelope = local.payment(i64::MAX / 2).await;
    let hash = local.client.send_transaction(&envelope).await.unwrap();
    let found = local.client.get_transaction(&hash).await.unwrap();
    assert_eq!(found.status, "FAILED");
    assert!(matches!(found.result.unwrap().result, TransactionResultResult::TxFailed(_)));
    let polled = local.client.get_transaction_polling(&hash, None).await.unwrap_err();
    assert!(polled.to_string().contains("TxFailed"), "{polled}");
}

#[tokio::test]
async fn a_fee_bump_is_found_by_both_hashes() {
    let local = Local::start().await;
    let TransactionEnvelope::Tx(inner) = local.payment(5).await else { panic!("no transaction") };
    let tx = FeeBumpTransaction {
        fee_source: local.bob().muxed(),
        fee: i64::from(2 * FEE),
        inner_tx: FeeBumpTransactionInnerTx::Tx(inner.clone()),
        ext: FeeBumpTransactionExt::V0,
    };
    let network_id = local.network_id().await;
    let signature = local.bob().decorate(tx.hash(network_id.0).unwrap());
    let signatures = vec![signature].try_into().unwrap();
    let bump = TransactionEnvelope::TxFeeBump(FeeBumpTransactionEnvelope { tx, signatures });
    let before = local.balance(local.alice()).await;
    let outer = local.client.send_transaction_polling(&bump).await.unwrap();
    assert_eq!((outer.status.as_str(), outer.fee_bump), ("SUCCESS", Some(true)));
    let inner = Hash(inner.hash(network_id.0).unwrap());
    assert_eq!(local.client.get_transaction(&inner).await.unwrap().ledger, outer.ledger);
    assert_eq!(local.balance(local.alice()).await, before - 5, "Bob paid the fee");
}

#[tokio::test]
async fn transactions_are_paged_by_cursor() {
    let local = Local::start().await;
    let first = local.latest().await + 1;
    for stroops in 1..=5 {
        local.send(&local.payment(stroops).await).await;
    }
    let mut request = GetTransactionsRequest {
        start_ledger: Some(first),
        pagination: Some(TransactionsPaginationOptions { cursor: None, limit: Some(2) }),
    };
    let mut ledgers = Vec::new();
    loop {
        let page = local.client.get_transactions(request).await.unwrap();
        if page.transactions.is_empty() {
            break;
        }
        ledgers.extend(page.transactions.iter().map(|found| found.ledger.unwrap()));
        let pagination = TransactionsPaginationOptions { cursor: Some(page.cursor), limit: Some(2) };
        request = GetTransactionsRequest { start_ledger: None, pagination: Some(pagination) };
    }
    assert_eq!(ledgers, (first..first + 5).collect::<Vec<_>>());

    let last = local.client.get_transactions(request_from(first)).await.unwrap();
    assert_eq!(last.transactions.len(), 5);
    let after = json!({ "pagination": { "cursor": last.cursor.to_string() } });
    let again = local.result("getTransactions", after.clone()).await;
    assert_eq!(again["cursor"], last.cursor.to_string(), "whoever asks again goes on from there");
    local.send(&local.payment(6).await).await;
    assert_eq!(local.result("getTransactions", after).await["transactions"].as_array().unwrap().len(), 1);
}

fn request_from(ledger: u32) -> GetTransactionsRequest {
    GetTransactionsRequest { start_ledger: Some(ledger), pagination: None }
}

#[tokio::test]
async fn transactions_are_forgotten_with_their_ledgers() {
    let local = Local::keeping(3).await;
    let envelope = local.payment(5).await;
    let hash = local.client.send_transaction(&envelope).await.unwrap();
    local.devnet.close_ledgers(3).await.unwrap();
    assert_eq!(local.client.get_transaction(&hash).await.unwrap().status, "NOT_FOUND");
}

#[tokio::test]
async fn xdr_comes_as_json_where_asked_for() {
    let local = Local::start().await;
    let hash = local.send(&local.payment(5).await).await["hash"].clone();
    let told = local.result("getTransaction", json!({ "hash": hash, "xdrFormat": "json" })).await;
    assert_eq!(told["resultJson"]["result"]["tx_success"][0]["op_inner"]["payment"], "success", "{told}");
    assert!(told["envelopeJson"]["tx"].is_object() && told["resultMetaJson"]["v4"].is_object());
    assert!(told.get("envelopeXdr").is_none());
    let mut late = local.transaction(local.alice(), pay(local.bob(), 5)).await;
    late.seq_num.0 += 7;
    let late = base64(&local.sign(local.alice(), late).await);
    let refused = local.result("sendTransaction", json!({ "transaction": late, "xdrFormat": "json" })).await;
    assert_eq!(refused["errorResultJson"]["result"], "tx_bad_seq", "{refused}");
}
