//! Sending transactions and asking how far they got.

use near_jsonrpc_primitives::{
    errors::{RpcError, RpcParseError},
    types::transactions::{
        RpcSendTransactionRequest, RpcTransactionError, RpcTransactionResponse, RpcTransactionStatusRequest,
        TimeoutErrorCause,
    },
};
use near_primitives::{
    borsh::BorshDeserialize,
    hash::CryptoHash,
    serialize::from_base64,
    transaction::SignedTransaction,
    views::{FinalExecutionOutcomeViewEnum, TxExecutionStatus},
};
use serde_json::Value;

use super::answer;
use crate::{
    chain::TransactionStatus,
    rpc::{
        held::SubmitError,
        node::{EngineGone, Node},
        params::{only, pair, parse},
    },
};

/// Whether an answer lists the receipts that a transaction led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rpc) enum Receipts {
    Listed,
    LeftOut,
}

/// `broadcast_tx_async`: the hash, at once.
pub(in crate::rpc) async fn broadcast_async(node: &Node, params: Value) -> Result<Value, RpcError> {
    let hash = submit(node, sent(params)?.signed_transaction).await?;
    Ok(Value::String(hash.to_string()))
}

/// `broadcast_tx_commit`: what came of it, once all of it ran.
pub(in crate::rpc) async fn broadcast_commit(node: &Node, params: Value) -> Result<Value, RpcError> {
    let transaction = sent(params)?.signed_transaction;
    answer(send(node, transaction, TxExecutionStatus::ExecutedOptimistic).await)
}

/// `send_tx`: as far as the request asks.
pub(in crate::rpc) async fn send_until(node: &Node, params: Value) -> Result<Value, RpcError> {
    let asked = sent(params)?;
    answer(send(node, asked.signed_transaction, asked.wait_until).await)
}

/// `tx` and `EXPERIMENTAL_tx_status`.
pub(in crate::rpc) async fn status(
    node: &Node,
    params: Value,
    receipts: Receipts,
) -> Result<Value, RpcError> {
    let asked = looked_up(params)?;
    let (hash, _) = asked.transaction_info.to_tx_hash_and_account();
    answer(wait(node, hash, asked.wait_until, receipts).await)
}

async fn send(
    node: &Node,
    transaction: SignedTransaction,
    until: TxExecutionStatus,
) -> Result<RpcTransactionResponse, RpcTransactionError> {
    let hash = submit(node, transaction).await?;
    if until == TxExecutionStatus::None {
        return Ok(nothing_yet());
    }
    wait(node, hash, until, Receipts::LeftOut).await
}

async fn submit(node: &Node, transaction: SignedTransaction) -> Result<CryptoHash, RpcTransactionError> {
    node.hold(move |held| held.submit(transaction)).await?.map_err(|error| match error {
        SubmitError::Invalid(context) => RpcTransactionError::InvalidTransaction { context },
        SubmitError::Chain(error) => RpcTransactionError::InternalError { debug_info: error.to_string() },
    })
}

/// Answers once the transaction got as far as `until`, or says where it stands when there is no more time.
async fn wait(
    node: &Node,
    hash: CryptoHash,
    until: TxExecutionStatus,
    receipts: Receipts,
) -> Result<RpcTransactionResponse, RpcTransactionError> {
    let mut heads = node.heads();
    let deadline = tokio::time::Instant::now() + node.wait_timeout;
    loop {
        heads.mark_unchanged();
        let response = look(node, hash, receipts).await?;
        if reached(&response.final_execution_status, &until) {
            return Ok(response);
        }
        let more = tokio::select! {
            changed = tokio::time::timeout_at(deadline, heads.changed()) => matches!(changed, Ok(Ok(()))),
            () = node.stopping.cancelled() => false,
        };
        if !more {
            let cause = TimeoutErrorCause::Pending { status: Box::new(response) };
            return Err(RpcTransactionError::TimeoutError(Some(cause)));
        }
    }
}

async fn look(
    node: &Node,
    hash: CryptoHash,
    receipts: Receipts,
) -> Result<RpcTransactionResponse, RpcTransactionError> {
    match node.read(move |chain| chain.transaction(&hash)).await? {
        None => Err(RpcTransactionError::UnknownTransaction { requested_transaction_hash: hash }),
        Some(TransactionStatus::Rejected(context)) => {
            Err(RpcTransactionError::InvalidTransaction { context })
        }
        Some(TransactionStatus::Pending) => Ok(nothing_yet()),
        Some(TransactionStatus::Included { outcome, status }) => {
            let outcome = match receipts {
                Receipts::Listed => FinalExecutionOutcomeViewEnum::FinalExecutionOutcomeWithReceipt(*outcome),
                Receipts::LeftOut => {
                    FinalExecutionOutcomeViewEnum::FinalExecutionOutcome(outcome.final_outcome)
                }
            };
            Ok(RpcTransactionResponse {
                final_execution_outcome: Some(outcome),
                final_execution_status: status,
            })
        }
    }
}

fn nothing_yet() -> RpcTransactionResponse {
    RpcTransactionResponse { final_execution_outcome: None, final_execution_status: TxExecutionStatus::None }
}

/// The levels are no ladder: a transaction in a final block need not have run, and one that ran need not be final.
fn reached(status: &TxExecutionStatus, wanted: &TxExecutionStatus) -> bool {
    use TxExecutionStatus::{Executed, ExecutedOptimistic, Final, Included, IncludedFinal, None};
    match wanted {
        None => true,
        Included => *status != None,
        ExecutedOptimistic => matches!(status, ExecutedOptimistic | Executed | Final),
        IncludedFinal => matches!(status, IncludedFinal | Executed | Final),
        Executed => matches!(status, Executed | Final),
        Final => *status == Final,
    }
}

/// `[signed transaction]`, or an object that may also say how long to wait.
fn sent(params: Value) -> Result<RpcSendTransactionRequest, RpcParseError> {
    match only(params) {
        Ok(transaction) => Ok(RpcSendTransactionRequest {
            signed_transaction: decode(transaction)?,
            wait_until: TxExecutionStatus::default(),
        }),
        Err(Value::Array(_)) => {
            Err(RpcParseError("send one transaction, or an object with wait_until".to_owned()))
        }
        Err(params) => parse(params),
    }
}

/// `[signed transaction]`, `[hash, sender]`, or an object with either that may also say how long to wait.
fn looked_up(params: Value) -> Result<RpcTransactionStatusRequest, RpcParseError> {
    let params = match only(params) {
        Ok(transaction) => {
            return Ok(RpcTransactionStatusRequest {
                transaction_info: decode(transaction)?.into(),
                wait_until: TxExecutionStatus::default(),
            });
        }
        Err(params) => params,
    };
    match pair(params) {
        Ok((hash, sender)) => parse(serde_json::json!({ "tx_hash": hash, "sender_account_id": sender })),
        Err(params) => parse(params),
    }
}

/// A transaction in base64, of borsh.
fn decode(value: Value) -> Result<SignedTransaction, RpcParseError> {
    let failed = |error: String| RpcParseError(format!("Failed to decode transaction: {error}"));
    let bytes = from_base64(&parse::<String>(value)?).map_err(|error| failed(error.to_string()))?;
    SignedTransaction::try_from_slice(&bytes).map_err(|error| failed(error.to_string()))
}

impl From<EngineGone> for RpcTransactionError {
    fn from(error: EngineGone) -> Self {
        Self::InternalError { debug_info: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_is_reached_by_what_implies_it() {
        use TxExecutionStatus::{Executed, ExecutedOptimistic, Final, Included, IncludedFinal, None};
        let all = [None, Included, ExecutedOptimistic, IncludedFinal, Executed, Final];
        let rows = [
            (None, "111111"),
            (Included, "011111"),
            (ExecutedOptimistic, "001011"),
            (IncludedFinal, "000111"),
            (Executed, "000011"),
            (Final, "000001"),
        ];
        for (wanted, expected) in rows {
            let told: String =
                all.iter().map(|status| if reached(status, &wanted) { '1' } else { '0' }).collect();
            assert_eq!(told, expected, "{wanted:?}");
        }
    }
}
