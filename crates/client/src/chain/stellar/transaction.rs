//! Sending transactions.

use ed25519_dalek::{Signer as _, SigningKey};
use idos_contracts_stellar::{ContractId, Method};
use sha2::{Digest, Sha256};
use stellar_rpc_client::SimulateTransactionResponse;
use stellar_xdr::{
    BytesM, DecoratedSignature, Hash, HostFunction, InvokeHostFunctionOp, Limits, Memo, Operation,
    OperationBody, Preconditions, SequenceNumber, Signature, SignatureHint, SorobanAuthorizationEntry,
    TimeBounds, TimePoint, Transaction, TransactionEnvelope, TransactionExt, TransactionSignaturePayload,
    TransactionSignaturePayloadTaggedTransaction, TransactionV1Envelope, VecM, WriteXdr,
};

use super::{
    super::{ChainError, Mined},
    address::source,
    rpc::Rpc,
};

/// The least that a network takes for a transaction, in stroops.
const BASE_FEE: u32 = 100;
/// How long a sent transaction may wait for its ledger, in seconds.
const VALID_SECS: u64 = 300;
/// Who asks where nobody pays.
const NOBODY: [u8; 32] = [0; 32];

/// A transaction that asks a view, to be simulated only.
pub(super) fn question<M: Method>(
    contract: ContractId,
    method: &M,
) -> Result<TransactionEnvelope, ChainError> {
    let function = method.host_function(contract).map_err(unwritable)?;
    let transaction = transaction(NOBODY, 0, 0, function, Vec::new())?;
    envelope(transaction, Vec::new())
}

/// A transaction, ready to be sent.
pub(super) struct SignedTransaction {
    pub(super) hash: Hash,
    pub(super) envelope: TransactionEnvelope,
}

/// An account that sends transactions and pays for them.
#[derive(Clone)]
pub(super) struct Sender {
    rpc: Rpc,
    key: SigningKey,
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").field("rpc", &self.rpc).finish_non_exhaustive()
    }
}

impl Sender {
    pub(super) fn new(rpc: Rpc, key: SigningKey) -> Self {
        Self { rpc, key }
    }

    pub(super) fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// The account's next sequence number.
    pub(super) async fn next_sequence(&self) -> Result<i64, ChainError> {
        let account = self.rpc.account(self.public_key()).await?.ok_or(ChainError::Unsupported(
            "the wallet's account is not on this network yet: send it some lumens (on a test network, ask friendbot)",
        ))?;
        Ok(account.seq_num.0.saturating_add(1))
    }

    /// Calls a contract's function in the account's own name.
    pub(super) async fn call<M: Method>(
        &self,
        contract: ContractId,
        method: &M,
    ) -> Result<Mined, ChainError> {
        self.invoke(method.host_function(contract).map_err(unwritable)?, Vec::new()).await
    }

    /// Runs a host function, with what others have authorized, if anybody has.
    pub(super) async fn invoke(
        &self,
        function: HostFunction,
        authorized: Vec<SorobanAuthorizationEntry>,
    ) -> Result<Mined, ChainError> {
        let signed = self.signed(function, authorized, u32::MAX).await?;
        let included = self.rpc.send(&signed.envelope).await?;
        let block = included.ledger.ok_or(ChainError::NoBlock)?.into();
        Ok(Mined { transaction: included.tx_hash.unwrap_or_default(), block })
    }

    /// Tries a call out, and signs the transaction of it, which costs at most `fee_max` stroops.
    pub(super) async fn signed(
        &self,
        function: HostFunction,
        authorized: Vec<SorobanAuthorizationEntry>,
        fee_max: u32,
    ) -> Result<SignedTransaction, ChainError> {
        let (sequence, now) = (self.next_sequence().await?, self.rpc.now().await?);
        let until = now.saturating_add(VALID_SECS);
        let transaction = transaction(self.public_key(), sequence, until, function, authorized)?;
        let needs = self.rpc.simulate(&envelope(transaction.clone(), Vec::new())?).await?;
        let fee = self.rpc.inclusion_fee().await?.max(BASE_FEE);
        let transaction = complete(transaction, &needs, fee)?;
        if transaction.fee > fee_max {
            return Err(ChainError::TooExpensive { cost: transaction.fee.into(), max: fee_max.into() });
        }
        let (hash, signature) = self.sign(&transaction)?;
        Ok(SignedTransaction { hash, envelope: envelope(transaction, vec![signature])? })
    }

    /// Tries a call out without sending it.
    pub(super) async fn check(
        &self,
        function: HostFunction,
        authorized: Vec<SorobanAuthorizationEntry>,
    ) -> Result<(), ChainError> {
        let (sequence, now) = (self.next_sequence().await?, self.rpc.now().await?);
        let until = now.saturating_add(VALID_SECS);
        let transaction = transaction(self.public_key(), sequence, until, function, authorized)?;
        self.rpc.simulate(&envelope(transaction, Vec::new())?).await.map(drop)
    }

    fn sign(&self, transaction: &Transaction) -> Result<(Hash, DecoratedSignature), ChainError> {
        let payload = TransactionSignaturePayload {
            network_id: self.rpc.network_id(),
            tagged_transaction: TransactionSignaturePayloadTaggedTransaction::Tx(transaction.clone()),
        };
        let payload = payload.to_xdr(Limits::none()).map_err(unwritable)?;
        let hash: [u8; 32] = Sha256::digest(payload).into();
        let signature = self.key.sign(&hash).to_bytes();
        let [.., a, b, c, d] = self.public_key();
        let signature = BytesM::try_from(signature.to_vec()).map_err(unwritable)?;
        let hint = SignatureHint([a, b, c, d]);
        Ok((Hash(hash), DecoratedSignature { hint, signature: Signature(signature) }))
    }
}

fn transaction(
    from: [u8; 32],
    sequence: i64,
    until: u64,
    host_function: HostFunction,
    authorized: Vec<SorobanAuthorizationEntry>,
) -> Result<Transaction, ChainError> {
    let auth = VecM::try_from(authorized).map_err(unwritable)?;
    let body = OperationBody::InvokeHostFunction(InvokeHostFunctionOp { host_function, auth });
    let operation = Operation { source_account: None, body };
    Ok(Transaction {
        source_account: source(from),
        fee: BASE_FEE,
        seq_num: SequenceNumber(sequence),
        cond: Preconditions::Time(TimeBounds { min_time: TimePoint(0), max_time: TimePoint(until) }),
        memo: Memo::None,
        operations: VecM::try_from(vec![operation]).map_err(unwritable)?,
        ext: TransactionExt::V0,
    })
}

/// Adds what the simulation found out: what is touched, what it costs, and what the sender authorizes by sending it.
fn complete(
    mut transaction: Transaction,
    needs: &SimulateTransactionResponse,
    inclusion_fee: u32,
) -> Result<Transaction, ChainError> {
    let unreadable = |error: stellar_rpc_client::Error| ChainError::Rpc(error.to_string());
    transaction.ext = TransactionExt::V1(needs.transaction_data().map_err(unreadable)?);
    let fee = needs.min_resource_fee.saturating_add(inclusion_fee.into());
    transaction.fee =
        u32::try_from(fee).map_err(|_| ChainError::NotTaken(format!("it would cost {fee} stroops")))?;
    let recorded = needs.results().map_err(unreadable)?.into_iter().next().map(|result| result.auth);
    let mut operations = transaction.operations.to_vec();
    if let Some(Operation { body: OperationBody::InvokeHostFunction(call), .. }) = operations.first_mut()
        && call.auth.is_empty()
    {
        call.auth = VecM::try_from(recorded.unwrap_or_default()).map_err(unwritable)?;
    }
    transaction.operations = VecM::try_from(operations).map_err(unwritable)?;
    Ok(transaction)
}

fn envelope(tx: Transaction, signatures: Vec<DecoratedSignature>) -> Result<TransactionEnvelope, ChainError> {
    let signatures = VecM::try_from(signatures).map_err(unwritable)?;
    Ok(TransactionEnvelope::Tx(TransactionV1Envelope { tx, signatures }))
}

/// What does not fit into the network's own form.
pub(super) fn unwritable(error: impl std::fmt::Display) -> ChainError {
    ChainError::unsignable(error)
}
