//! Questions to a NEAR RPC.

use std::{future::Future, time::Duration};

use idos_contracts_near::{Method, Refusal};
use idos_grants::ChainId;
use idos_wallets::KeyPermission;
use near_crypto::PublicKey;
use near_jsonrpc_client::{JsonRpcClient, errors::JsonRpcError, methods};
use near_jsonrpc_primitives::types::{
    query::{QueryResponseKind, RpcQueryError, RpcQueryResponse},
    transactions::{RpcTransactionError, TransactionInfo},
};
use near_primitives::{
    hash::CryptoHash,
    transaction::SignedTransaction,
    types::{AccountId, BlockId, BlockReference, Finality},
    views::{
        AccessKeyPermissionView, BlockView, FinalExecutionOutcomeView, FinalExecutionOutcomeViewEnum,
        QueryRequest, TxExecutionStatus,
    },
};
use url::Url;

use super::{
    super::ChainError,
    transaction::{may_still_happen, refused as refused_transaction},
};

/// How long an RPC may take. It holds back the answer to a sent transaction for about 10 seconds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
pub(super) struct Rpc {
    client: JsonRpcClient,
}

/// What an account says of a key.
enum AccessKey {
    Seen { permission: AccessKeyPermissionView, seen: SeenKey },
    NoKey,
    NoAccount,
}

/// A key's last nonce, and the block at which it was asked for.
pub(super) struct SeenKey {
    pub(super) nonce: u64,
    pub(super) block_hash: CryptoHash,
    pub(super) block_height: u64,
}

impl Rpc {
    pub(super) fn new(url: &Url) -> Self {
        Self { client: JsonRpcClient::connect(url.as_str()) }
    }

    pub(super) fn client(&self) -> &JsonRpcClient {
        &self.client
    }

    pub(super) async fn chain(&self) -> Result<ChainId, ChainError> {
        let status =
            in_time(self.client.call(methods::status::RpcStatusRequest)).await?.map_err(unavailable)?;
        let unnameable = |_| ChainError::Rpc("its chain id cannot be written as CAIP-2".into());
        status.chain_id.parse().map(ChainId::Near).map_err(unnameable)
    }

    pub(super) async fn newest_block(&self, finality: Finality) -> Result<BlockView, ChainError> {
        self.block(BlockReference::Finality(finality)).await
    }

    /// The height of a block.
    pub(super) async fn height_of(&self, hash: CryptoHash) -> Result<u64, ChainError> {
        Ok(self.block(BlockReference::BlockId(BlockId::Hash(hash))).await?.header.height)
    }

    async fn block(&self, block_reference: BlockReference) -> Result<BlockView, ChainError> {
        let asked = self.client.call(methods::block::RpcBlockRequest { block_reference });
        in_time(asked).await?.map_err(unavailable)
    }

    /// Calls a view method at the newest block.
    pub(super) async fn view<M: Method>(
        &self,
        contract: &AccountId,
        method: &M,
    ) -> Result<M::Answer, ChainError> {
        let request = QueryRequest::CallFunction {
            account_id: contract.clone(),
            method_name: M::NAME.to_owned(),
            args: method.args().map_err(|_| ChainError::Malformed)?.into(),
        };
        let answer = self.query(Finality::None, request).await?.map_err(refusal)?;
        let QueryResponseKind::CallResult(result) = answer.kind else { return Err(ChainError::Malformed) };
        M::answer(&result.result).map_err(|_| ChainError::Malformed)
    }

    pub(super) async fn key_permission(
        &self,
        account_id: AccountId,
        key: [u8; 32],
    ) -> Result<KeyPermission, ChainError> {
        let public_key = PublicKey::ED25519(near_crypto::ED25519PublicKey(key));
        Ok(match self.access_key(Finality::Final, account_id, public_key).await? {
            AccessKey::Seen { permission, .. } => match permission {
                AccessKeyPermissionView::FullAccess | AccessKeyPermissionView::GasKeyFullAccess { .. } => {
                    KeyPermission::FullAccess
                }
                _ => KeyPermission::Limited,
            },
            AccessKey::NoKey => KeyPermission::NoKey,
            AccessKey::NoAccount => KeyPermission::NoAccount,
        })
    }

    /// The key by which the next transaction of an account is signed.
    pub(super) async fn signing_key(
        &self,
        account_id: &AccountId,
        public_key: PublicKey,
    ) -> Result<SeenKey, ChainError> {
        self.signing_key_at(Finality::None, account_id, public_key).await
    }

    /// The same, as of the newest block, or the newest final one.
    pub(super) async fn signing_key_at(
        &self,
        finality: Finality,
        account_id: &AccountId,
        public_key: PublicKey,
    ) -> Result<SeenKey, ChainError> {
        match self.access_key(finality, account_id.clone(), public_key).await? {
            AccessKey::Seen { seen, .. } => Ok(seen),
            AccessKey::NoKey => {
                Err(ChainError::NotTaken(format!("{account_id} has no such key: import its present one")))
            }
            AccessKey::NoAccount => {
                Err(ChainError::NotTaken(format!("there is no account {account_id} yet: send it some NEAR")))
            }
        }
    }

    /// What an account has to spend, in yoctoNEAR.
    pub(super) async fn balance(&self, account_id: AccountId) -> Result<u128, ChainError> {
        let answer = self.query(Finality::None, QueryRequest::ViewAccount { account_id }).await?;
        match answer.map_err(unavailable)?.kind {
            QueryResponseKind::ViewAccount(account) => Ok(account.amount.as_yoctonear()),
            _ => Err(ChainError::Malformed),
        }
    }

    /// What a unit of gas costs now, in yoctoNEAR.
    pub(super) async fn gas_price(&self) -> Result<u128, ChainError> {
        let asked = self.client.call(methods::gas_price::RpcGasPriceRequest { block_id: None });
        Ok(in_time(asked).await?.map_err(unavailable)?.gas_price.as_yoctonear())
    }

    /// Hands a transaction in, and waits for nothing.
    pub(super) async fn broadcast(&self, signed_transaction: SignedTransaction) -> Result<(), ChainError> {
        let wait_until = TxExecutionStatus::None;
        let asked =
            self.client.call(methods::send_tx::RpcSendTransactionRequest { signed_transaction, wait_until });
        match in_time(asked).await? {
            Err(error) if !may_still_happen(&error) => Err(refused_transaction(error)),
            _ => Ok(()),
        }
    }

    /// What a transaction came to, once it and what it set off have been executed; `None` until then.
    pub(super) async fn outcome(
        &self,
        tx_hash: CryptoHash,
        sender_account_id: AccountId,
    ) -> Result<Option<FinalExecutionOutcomeView>, ChainError> {
        let transaction_info = TransactionInfo::TransactionId { tx_hash, sender_account_id };
        let wait_until = TxExecutionStatus::None;
        let ask = methods::tx::RpcTransactionStatusRequest { transaction_info, wait_until };
        match in_time(self.client.call(ask)).await? {
            Ok(answer) => {
                let is_executed = matches!(
                    answer.final_execution_status,
                    TxExecutionStatus::ExecutedOptimistic
                        | TxExecutionStatus::Executed
                        | TxExecutionStatus::Final
                );
                let outcome = answer.final_execution_outcome.filter(|_| is_executed);
                Ok(outcome.map(FinalExecutionOutcomeViewEnum::into_outcome))
            }
            Err(error) => match error.handler_error() {
                Some(
                    RpcTransactionError::UnknownTransaction { .. } | RpcTransactionError::TimeoutError(_),
                ) => Ok(None),
                _ => Err(unavailable(error)),
            },
        }
    }

    async fn access_key(
        &self,
        finality: Finality,
        account_id: AccountId,
        public_key: PublicKey,
    ) -> Result<AccessKey, ChainError> {
        let request = QueryRequest::ViewAccessKey { account_id: account_id.clone(), public_key };
        let answer = match self.query(finality.clone(), request).await? {
            Ok(answer) => answer,
            Err(error) => match error.handler_error() {
                Some(RpcQueryError::UnknownAccessKey { .. }) => {
                    return self.without_key(finality, account_id).await;
                }
                Some(RpcQueryError::UnknownAccount { .. }) => return Ok(AccessKey::NoAccount),
                _ => return Err(unavailable(error)),
            },
        };
        let QueryResponseKind::AccessKey(key) = answer.kind else { return Err(ChainError::Malformed) };
        let seen =
            SeenKey { nonce: key.nonce, block_hash: answer.block_hash, block_height: answer.block_height };
        Ok(AccessKey::Seen { permission: key.permission, seen })
    }

    /// NEAR says of a key of an account that does not exist that there is no such key.
    async fn without_key(&self, finality: Finality, account_id: AccountId) -> Result<AccessKey, ChainError> {
        match self.query(finality, QueryRequest::ViewAccount { account_id }).await? {
            Ok(_) => Ok(AccessKey::NoKey),
            Err(error) => match error.handler_error() {
                Some(RpcQueryError::UnknownAccount { .. }) => Ok(AccessKey::NoAccount),
                _ => Err(unavailable(error)),
            },
        }
    }

    async fn query(
        &self,
        finality: Finality,
        request: QueryRequest,
    ) -> Result<Result<RpcQueryResponse, JsonRpcError<RpcQueryError>>, ChainError> {
        let block_reference = BlockReference::Finality(finality);
        in_time(self.client.call(methods::query::RpcQueryRequest { block_reference, request })).await
    }
}

/// The answer, unless the RPC falls silent.
pub(super) async fn in_time<T>(answer: impl Future<Output = T>) -> Result<T, ChainError> {
    let silent = |_| ChainError::Rpc(format!("no answer in {} s", ANSWER_TIMEOUT.as_secs()));
    tokio::time::timeout(ANSWER_TIMEOUT, answer).await.map_err(silent)
}

/// What a contract, or the RPC in its place, says of a view call.
fn refusal(error: JsonRpcError<RpcQueryError>) -> ChainError {
    match error.handler_error() {
        Some(RpcQueryError::ContractExecutionError { vm_error, .. }) => {
            ChainError::near_refusal(vm_error).unwrap_or_else(|| ChainError::Rpc(vm_error.clone()))
        }
        Some(RpcQueryError::NoContractCode { .. } | RpcQueryError::UnknownAccount { .. }) => {
            ChainError::Malformed
        }
        _ => unavailable(error),
    }
}

pub(super) fn unavailable(error: impl std::fmt::Display) -> ChainError {
    ChainError::Rpc(error.to_string())
}

impl ChainError {
    /// The refusal of one of the contracts that stands in `text`.
    pub(super) fn near_refusal(text: &str) -> Option<Self> {
        let refusal = Refusal::parse(text)?;
        let name = refusal.name();
        let arguments = text.split_once(name).map(|(_, rest)| rest).unwrap_or_default();
        let arguments = match arguments.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            Some((arguments, _)) => format!("({arguments})"),
            None => String::new(),
        };
        Some(Self::Refused { name, arguments })
    }
}
