//! Sending transactions, and signing what others send.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use idos_contracts_near::Method;
use idos_grants::{Account, ChainId};
use near_crypto::{PublicKey, Signer};
use near_jsonrpc_client::{errors::JsonRpcError, methods};
use near_jsonrpc_primitives::types::transactions::{
    RpcTransactionError, RpcTransactionResponse, TransactionInfo,
};
use near_primitives::{
    action::{
        FunctionCallAction,
        delegate::{DelegateAction, NonDelegateAction, SignedDelegateAction},
    },
    hash::CryptoHash,
    transaction::{Action, SignedTransaction, Transaction, TransactionV0},
    types::{AccountId, Balance, Gas},
    views::{ExecutionStatusView, FinalExecutionOutcomeView, FinalExecutionStatus, TxExecutionStatus},
};

use super::{
    super::{ChainError, Mined, SignedCall, check_chain},
    account::account_id,
    rpc::{Rpc, in_time, unavailable},
};
use crate::{NearWallet, wallet::Signer as _};

/// How often a transaction is asked for that the RPC has not seen executed in time: it waits about 10 seconds itself.
const ASKED_TIMES: u32 = 12;
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(500);
/// Blocks come about every 0.6 seconds; counted as more, a delegate action stands a little longer than asked for.
const BLOCKS_A_SECOND: u64 = 2;

/// A wallet that sends transactions.
#[derive(Clone)]
pub(super) struct Sender {
    rpc: Rpc,
    account: Account,
    id: AccountId,
    signer: Signer,
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").field("account", &self.account).finish_non_exhaustive()
    }
}

impl Sender {
    pub(super) fn new(rpc: Rpc, chain: ChainId, wallet: &NearWallet) -> Result<Self, ChainError> {
        let account = wallet.account();
        check_chain(chain, &account)?;
        let signer = wallet.signer().map_err(ChainError::unsignable)?;
        Ok(Self { rpc, account, id: account_id(&account)?, signer })
    }

    pub(super) fn id(&self) -> &AccountId {
        &self.id
    }

    pub(super) fn public_key(&self) -> PublicKey {
        self.signer.public_key()
    }

    /// Calls a contract's method, with a deposit.
    pub(super) async fn call<M: Method>(
        &self,
        contract: &AccountId,
        method: &M,
        deposit: u128,
    ) -> Result<Mined, ChainError> {
        let call = Action::FunctionCall(Box::new(prepared(method, deposit)?));
        self.send(contract.clone(), contract, vec![call]).await
    }

    /// Signs a call for somebody else to send (NEP-366).
    pub(super) async fn delegate(
        &self,
        contract: &Account,
        call: FunctionCallAction,
        valid_secs: u64,
    ) -> Result<SignedCall, ChainError> {
        let key = self.rpc.signing_key(&self.id, self.signer.public_key()).await?;
        let action = NonDelegateAction::try_from(Action::FunctionCall(Box::new(call)))
            .map_err(|_| ChainError::Unsupported("a delegate action holds no other"))?;
        let delegate_action = DelegateAction {
            sender_id: self.id.clone(),
            receiver_id: account_id(contract)?,
            actions: vec![action],
            nonce: key.nonce.saturating_add(1),
            max_block_height: key.block_height.saturating_add(valid_secs.saturating_mul(BLOCKS_A_SECOND)),
            public_key: self.signer.public_key(),
        };
        let signed = SignedDelegateAction::sign(&self.signer, delegate_action);
        let bytes = borsh::to_vec(&signed).map_err(ChainError::unsignable)?;
        Ok(SignedCall::DelegateAction { contract: *contract, signed: STANDARD.encode(bytes) })
    }

    /// Sends actions to `receiver` and waits until they, and what they set off, have been executed. The block is the one in which `contract`
    /// acted.
    pub(super) async fn send(
        &self,
        receiver: AccountId,
        contract: &AccountId,
        actions: Vec<Action>,
    ) -> Result<Mined, ChainError> {
        let outcome = self.executed(self.signed(receiver, actions).await?).await?;
        let block = acted_in(&outcome, contract).ok_or(ChainError::NoBlock)?;
        let transaction = outcome.transaction.hash.to_string();
        succeeded(&outcome)?;
        Ok(Mined { transaction, block: self.rpc.height_of(block).await? })
    }

    /// Signs a transaction of actions for `receiver`.
    pub(super) async fn signed(
        &self,
        receiver: AccountId,
        actions: Vec<Action>,
    ) -> Result<SignedTransaction, ChainError> {
        let key = self.rpc.signing_key(&self.id, self.signer.public_key()).await?;
        let transaction = Transaction::V0(TransactionV0 {
            signer_id: self.id.clone(),
            public_key: self.signer.public_key(),
            nonce: key.nonce.saturating_add(1),
            receiver_id: receiver,
            block_hash: key.block_hash,
            actions,
        });
        Ok(transaction.sign(&self.signer))
    }

    async fn executed(
        &self,
        transaction: SignedTransaction,
    ) -> Result<FinalExecutionOutcomeView, ChainError> {
        let wait_until = TxExecutionStatus::ExecutedOptimistic;
        let (tx_hash, sender_account_id) = (transaction.get_hash(), self.id.clone());
        let send =
            methods::send_tx::RpcSendTransactionRequest { signed_transaction: transaction, wait_until };
        let mut answer = in_time(self.rpc.client().call(send)).await?;
        for _ in 0..ASKED_TIMES {
            match answer {
                Ok(RpcTransactionResponse { final_execution_outcome: Some(outcome), .. }) => {
                    return Ok(outcome.into_outcome());
                }
                Err(error) if !may_still_happen(&error) => return Err(refused(error)),
                _ => {}
            }
            tokio::time::sleep(ASK_AGAIN_AFTER).await;
            let wait_until = TxExecutionStatus::ExecutedOptimistic;
            let transaction_info =
                TransactionInfo::TransactionId { tx_hash, sender_account_id: sender_account_id.clone() };
            let ask = methods::tx::RpcTransactionStatusRequest { transaction_info, wait_until };
            answer = in_time(self.rpc.client().call(ask)).await?;
        }
        Err(ChainError::Rpc(format!(
            "transaction {tx_hash} has not been executed in time: look for it later"
        )))
    }
}

/// A call of a method, with a deposit.
pub(super) fn prepared<M: Method>(method: &M, deposit: u128) -> Result<FunctionCallAction, ChainError> {
    Ok(FunctionCallAction {
        method_name: M::NAME.to_owned(),
        args: method.args().map_err(|_| ChainError::Malformed)?,
        gas: Gas::from_gas(method.gas()),
        deposit: Balance::from_yoctonear(deposit),
    })
}

/// Whether the transaction may be, or come to be, in a block although there is no answer.
pub(super) fn may_still_happen(error: &JsonRpcError<RpcTransactionError>) -> bool {
    match error.handler_error() {
        Some(RpcTransactionError::InvalidTransaction { .. } | RpcTransactionError::DoesNotTrackShard) => {
            false
        }
        Some(_) => true,
        None => !matches!(error, JsonRpcError::TransportError(_)),
    }
}

pub(super) fn refused(error: JsonRpcError<RpcTransactionError>) -> ChainError {
    match error.handler_error() {
        Some(RpcTransactionError::InvalidTransaction { context }) => {
            ChainError::NotTaken(context.to_string())
        }
        _ => unavailable(error),
    }
}

/// The block in which the last receipt at `contract` was executed.
pub(super) fn acted_in(outcome: &FinalExecutionOutcomeView, contract: &AccountId) -> Option<CryptoHash> {
    let at_contract = outcome.receipts_outcome.iter().rev().find(|it| it.outcome.executor_id == *contract);
    at_contract.or(outcome.receipts_outcome.first()).map(|it| it.block_hash)
}

/// A failure anywhere but in a refund is the transaction's: a delegate action succeeds by itself, whatever becomes of what it set off.
pub(super) fn succeeded(outcome: &FinalExecutionOutcomeView) -> Result<(), ChainError> {
    let failed = outcome.receipts_outcome.iter().find_map(|it| match &it.outcome.status {
        ExecutionStatusView::Failure(error) => Some(error),
        _ => None,
    });
    let failed = failed.or(match &outcome.status {
        FinalExecutionStatus::Failure(error) => Some(error),
        _ => None,
    });
    let Some(error) = failed else { return Ok(()) };
    let text = format!("{error:?}");
    let transaction = outcome.transaction.hash.to_string();
    Err(ChainError::near_refusal(&text)
        .unwrap_or(ChainError::NotTaken(format!("transaction {transaction} failed: {error}"))))
}
