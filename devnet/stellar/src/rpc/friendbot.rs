//! Friendbot: makes accounts and gives them lumens, from the root account that holds them all at first.

use stellar_strkey::ed25519::PublicKey;
use stellar_xdr::{
    AccountId, CreateAccountOp, Hash, LedgerEntryData, LedgerKey, LedgerKeyAccount, Memo, Operation,
    OperationBody, Preconditions, PublicKey as XdrPublicKey, SequenceNumber, Transaction,
    TransactionEnvelope, TransactionExt, TransactionResult, Uint256, WriteXdr,
};

use super::{
    held::{Held, SubmitError},
    node::{EngineGone, Node},
};
use crate::chain::{AppliedTransaction, ChainError, Network, NotTaken, TransactionStatus};

/// What friendbot gives, in stroops: 10,000 lumens.
pub const FRIENDBOT_STROOPS: i64 = 10_000 * 10_000_000;

/// Operations that the protocol lets into a transaction.
const OPERATIONS_MAX: usize = 100;

/// An account to make.
pub(super) fn account_of(address: &str) -> Result<AccountId, FundError> {
    let PublicKey(key) =
        address.parse().map_err(|_| FundError::Address(address.chars().take(80).collect()))?;
    Ok(AccountId(XdrPublicKey::PublicKeyTypeEd25519(Uint256(key))))
}

/// Makes an account, and answers the transaction once it is in a ledger.
pub(super) async fn fund(node: &Node, account: AccountId) -> Result<AppliedTransaction, FundError> {
    let _turn = node.friendbot.lock().await;
    let mut latest = node.latest();
    let hash = node.hold(move |held| submit(held, vec![account])).await??;
    let deadline = tokio::time::Instant::now() + node.wait_timeout;
    loop {
        latest.mark_unchanged();
        let found = hash.clone();
        if let Some(applied) = node.read(move |network| applied(network, &found)).await? {
            return succeeded(applied);
        }
        tokio::select! {
            changed = tokio::time::timeout_at(deadline, latest.changed()) => {
                if !matches!(changed, Ok(Ok(()))) {
                    return Err(FundError::NoLedger);
                }
            }
            () = node.stopping.cancelled() => return Err(FundError::NoLedger),
        }
    }
}

/// Makes accounts before anybody else is served.
pub(super) fn fund_at_start(held: &mut Held, accounts: Vec<AccountId>) -> Result<(), FundError> {
    for accounts in accounts.chunks(OPERATIONS_MAX) {
        let hash = submit(held, accounts.to_vec())?;
        held.settle()?;
        applied(&held.network, &hash).ok_or(FundError::NoLedger).and_then(succeeded)?;
    }
    Ok(())
}

fn submit(held: &mut Held, accounts: Vec<AccountId>) -> Result<Hash, FundError> {
    for account in &accounts {
        let key = LedgerKey::Account(LedgerKeyAccount { account_id: account.clone() });
        if held.network.entry(&key).is_some() {
            return Err(FundError::Exists(account.to_string()));
        }
    }
    let envelope = envelope(held, accounts)?;
    Ok(held.submit(envelope)?)
}

/// A signed transaction of the root account that makes accounts.
fn envelope(held: &Held, accounts: Vec<AccountId>) -> Result<TransactionEnvelope, FundError> {
    let operations: Vec<Operation> = accounts.into_iter().map(create).collect();
    let fee = held.network.settings().base_fee;
    let transaction = Transaction {
        source_account: held.root().muxed(),
        fee: fee.saturating_mul(u32::try_from(operations.len()).unwrap_or(u32::MAX)),
        seq_num: SequenceNumber(next_sequence(held)?),
        cond: Preconditions::None,
        memo: Memo::None,
        operations: operations.try_into()?,
        ext: TransactionExt::V0,
    };
    Ok(held.root().sign(transaction, &held.network.network_id())?)
}

fn create(destination: AccountId) -> Operation {
    let body = CreateAccountOp { destination, starting_balance: FRIENDBOT_STROOPS };
    Operation { source_account: None, body: OperationBody::CreateAccount(body) }
}

fn next_sequence(held: &Held) -> Result<i64, FundError> {
    match held.network.entry(&Held::account_key(held.root())).map(|stored| stored.entry.data) {
        Some(LedgerEntryData::Account(account)) => Ok(account.seq_num.0.saturating_add(1)),
        _ => Err(FundError::NoRoot),
    }
}

fn applied(network: &Network, hash: &Hash) -> Option<AppliedTransaction> {
    match network.transaction(hash) {
        Some(TransactionStatus::Applied(applied)) => Some(applied.clone()),
        Some(TransactionStatus::Pending(_)) | None => None,
    }
}

fn succeeded(applied: AppliedTransaction) -> Result<AppliedTransaction, FundError> {
    if applied.is_success() { Ok(applied) } else { Err(FundError::Failed(Box::new(applied.result))) }
}

/// Why friendbot gave nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum FundError {
    #[error("addr must be an account, G…; {0:?} is none (contracts and muxed accounts are not funded here)")]
    Address(String),
    #[error(
        "createAccountAlreadyExist: {0} exists, and friendbot gives once (account already funded to starting balance)"
    )]
    Exists(String),
    #[error("friendbot's transaction failed with {}", result_text(.0))]
    Failed(Box<TransactionResult>),
    #[error("friendbot's transaction is in no ledger yet: close one, or ask again later")]
    NoLedger,
    #[error("friendbot's account is gone")]
    NoRoot,
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Xdr(#[from] stellar_xdr::Error),
    #[error(transparent)]
    Engine(#[from] EngineGone),
}

impl From<SubmitError> for FundError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::NotTaken(error) => Self::NotTaken(error),
            SubmitError::Chain(error) => Self::Chain(error),
        }
    }
}

fn result_text(result: &TransactionResult) -> String {
    result.to_xdr_base64(stellar_xdr::Limits::none()).unwrap_or_default()
}
