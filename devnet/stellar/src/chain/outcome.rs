//! The result of a transaction while it comes about.

use stellar_xdr::{
    CreateAccountResult, ExtendFootprintTtlResult, Hash, InnerTransactionResult, InnerTransactionResultExt,
    InnerTransactionResultPair, InnerTransactionResultResult, InvokeHostFunctionResult, Operation,
    OperationBody, OperationResult, OperationResultTr, PaymentResult, RestoreFootprintResult,
    SetOptionsResult, TransactionResult, TransactionResultCode, TransactionResultExt,
    TransactionResultResult,
};

use super::bytes::list;
use super::envelope::Tx;

/// The result of a transaction while it comes about: a success until something says otherwise.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    /// In stroops.
    pub fee_charged: i64,
    /// One for each operation.
    pub operations: Vec<OperationResult>,
    /// Of the (inner) transaction.
    code: TransactionResultCode,
    /// Of the fee bump's own outside, where that is what failed.
    outer_code: Option<TransactionResultCode>,
    inner_hash: Option<Hash>,
}

impl Outcome {
    pub(super) fn new(tx: &Tx, fee_charged: i64) -> Self {
        Self {
            fee_charged,
            operations: tx.operations().iter().map(initial).collect(),
            code: TransactionResultCode::TxSuccess,
            outer_code: None,
            inner_hash: tx.bump.as_ref().map(|_| Hash(tx.inner_hash)),
        }
    }

    /// A transaction that could not even be read.
    pub(super) fn unreadable(code: TransactionResultCode) -> TransactionResult {
        TransactionResult { fee_charged: 0, result: plain(code, Vec::new()), ext: TransactionResultExt::V0 }
    }

    /// The (inner) transaction fails.
    pub(super) fn fail(&mut self, code: TransactionResultCode) {
        self.code = code;
    }

    /// The outside of a fee bump, or a plain transaction, fails.
    pub(super) fn fail_outside(&mut self, code: TransactionResultCode) {
        self.outer_code = Some(code);
    }

    pub(super) fn is_success(&self) -> bool {
        self.code == TransactionResultCode::TxSuccess && self.outer_code.is_none()
    }

    /// As the network says it.
    pub(super) fn finish(self) -> TransactionResult {
        let Self { fee_charged, operations, code, outer_code, inner_hash } = self;
        let result = match (outer_code, inner_hash) {
            (Some(code), _) => plain(code, operations),
            (None, None) => plain(code, operations),
            (None, Some(transaction_hash)) => {
                let succeeded = code == TransactionResultCode::TxSuccess;
                let inner = InnerTransactionResultPair {
                    transaction_hash,
                    result: InnerTransactionResult {
                        fee_charged: 0,
                        result: inner(code, operations),
                        ext: InnerTransactionResultExt::V0,
                    },
                };
                match succeeded {
                    true => TransactionResultResult::TxFeeBumpInnerSuccess(inner),
                    false => TransactionResultResult::TxFeeBumpInnerFailed(inner),
                }
            }
        };
        TransactionResult { fee_charged, result, ext: TransactionResultExt::V0 }
    }
}

/// What an operation's result is until the operation is looked at.
fn initial(operation: &Operation) -> OperationResult {
    let result = match &operation.body {
        OperationBody::CreateAccount(_) => OperationResultTr::CreateAccount(CreateAccountResult::Success),
        OperationBody::Payment(_) => OperationResultTr::Payment(PaymentResult::Success),
        OperationBody::SetOptions(_) => OperationResultTr::SetOptions(SetOptionsResult::Success),
        OperationBody::InvokeHostFunction(_) => {
            OperationResultTr::InvokeHostFunction(InvokeHostFunctionResult::Success(Hash([0; 32])))
        }
        OperationBody::ExtendFootprintTtl(_) => {
            OperationResultTr::ExtendFootprintTtl(ExtendFootprintTtlResult::Success)
        }
        OperationBody::RestoreFootprint(_) => {
            OperationResultTr::RestoreFootprint(RestoreFootprintResult::Success)
        }
        _ => return OperationResult::OpNotSupported,
    };
    OperationResult::OpInner(result)
}

fn plain(code: TransactionResultCode, operations: Vec<OperationResult>) -> TransactionResultResult {
    use {TransactionResultCode as Code, TransactionResultResult as Result};
    match code {
        Code::TxSuccess => Result::TxSuccess(list(operations)),
        Code::TxFailed => Result::TxFailed(list(operations)),
        Code::TxTooEarly => Result::TxTooEarly,
        Code::TxTooLate => Result::TxTooLate,
        Code::TxMissingOperation => Result::TxMissingOperation,
        Code::TxBadSeq => Result::TxBadSeq,
        Code::TxBadAuth => Result::TxBadAuth,
        Code::TxInsufficientBalance => Result::TxInsufficientBalance,
        Code::TxNoAccount => Result::TxNoAccount,
        Code::TxInsufficientFee => Result::TxInsufficientFee,
        Code::TxBadAuthExtra => Result::TxBadAuthExtra,
        Code::TxNotSupported => Result::TxNotSupported,
        Code::TxBadSponsorship => Result::TxBadSponsorship,
        Code::TxBadMinSeqAgeOrGap => Result::TxBadMinSeqAgeOrGap,
        Code::TxMalformed => Result::TxMalformed,
        Code::TxSorobanInvalid => Result::TxSorobanInvalid,
        Code::TxFrozenKeyAccessed => Result::TxFrozenKeyAccessed,
        Code::TxInternalError | Code::TxFeeBumpInnerSuccess | Code::TxFeeBumpInnerFailed => {
            Result::TxInternalError
        }
    }
}

fn inner(code: TransactionResultCode, operations: Vec<OperationResult>) -> InnerTransactionResultResult {
    use {InnerTransactionResultResult as Result, TransactionResultCode as Code};
    match code {
        Code::TxSuccess => Result::TxSuccess(list(operations)),
        Code::TxFailed => Result::TxFailed(list(operations)),
        Code::TxTooEarly => Result::TxTooEarly,
        Code::TxTooLate => Result::TxTooLate,
        Code::TxMissingOperation => Result::TxMissingOperation,
        Code::TxBadSeq => Result::TxBadSeq,
        Code::TxBadAuth => Result::TxBadAuth,
        Code::TxInsufficientBalance => Result::TxInsufficientBalance,
        Code::TxNoAccount => Result::TxNoAccount,
        Code::TxInsufficientFee => Result::TxInsufficientFee,
        Code::TxBadAuthExtra => Result::TxBadAuthExtra,
        Code::TxNotSupported => Result::TxNotSupported,
        Code::TxBadSponsorship => Result::TxBadSponsorship,
        Code::TxBadMinSeqAgeOrGap => Result::TxBadMinSeqAgeOrGap,
        Code::TxMalformed => Result::TxMalformed,
        Code::TxSorobanInvalid => Result::TxSorobanInvalid,
        Code::TxFrozenKeyAccessed => Result::TxFrozenKeyAccessed,
        Code::TxInternalError | Code::TxFeeBumpInnerSuccess | Code::TxFeeBumpInnerFailed => {
            Result::TxInternalError
        }
    }
}
