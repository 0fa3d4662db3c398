//! Which transactions are valid. The order of the checks is the network's: the first that fails gives the code.

mod fee_bump;
mod operations;
mod preconditions;
mod resources;
mod signatures;

use stellar_xdr::{
    AccountEntry, MuxedAccount, OperationBody, ScError, ScErrorCode, SignerKey, TransactionExt,
    TransactionResult, TransactionResultCode as Code,
};

use super::context::Context;
use super::diagnostics::Diagnostics;
use super::envelope::{Tx, is_soroban};
use super::outcome::Outcome;
use super::state::{State, account};

pub(super) use operations::{
    Refused, check as check_operation, check_signature as check_operation_signature, fail as fail_operation,
};
pub(super) use preconditions::extra_signers;
pub(super) use signatures::Signatures;

/// How far a transaction's checks got. What is reached decides what of it is applied all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Validity {
    /// Nothing is applied.
    Invalid,
    /// Its sequence number is used up.
    UsesSequence,
    /// All checks passed.
    Valid,
}

/// Whether the ledger of the context could apply a transaction to this state, and the result that says why not.
pub(super) fn check(
    context: &Context<'_>,
    state: &State,
    tx: &Tx,
    reasons: &mut Diagnostics,
) -> (bool, TransactionResult) {
    let fee = tx.resource_fee().saturating_add(tx.min_inclusion_fee(context.base_fee));
    let mut outcome = Outcome::new(tx, fee);
    if tx.bump.is_none() || fee_bump::check(context, state, tx, &mut outcome) {
        check_inner(context, state, tx, &mut outcome, reasons);
    }
    (outcome.is_success(), outcome.finish())
}

fn check_inner(
    context: &Context<'_>,
    state: &State,
    tx: &Tx,
    outcome: &mut Outcome,
    reasons: &mut Diagnostics,
) {
    let mut signatures = Signatures::new(tx.inner_hash, &tx.inner.signatures);
    let validity = check_transaction(context, state, tx, false, &mut signatures, outcome, reasons);
    if validity != Validity::Valid {
        return;
    }
    for (index, operation) in tx.operations().iter().enumerate() {
        if let Err(result) = check_operation(context, state, tx, operation, Some(&mut signatures), reasons) {
            fail_operation(outcome, index, *result);
            return;
        }
    }
    if !signatures.all_used() {
        outcome.fail(Code::TxBadAuthExtra);
    }
}

/// Everything but the operations. `applying`: the fee was taken already, and operations are checked one by one as they
/// are applied.
pub(super) fn check_transaction(
    context: &Context<'_>,
    state: &State,
    tx: &Tx,
    applying: bool,
    signatures: &mut Signatures<'_>,
    outcome: &mut Outcome,
    reasons: &mut Diagnostics,
) -> Validity {
    let pays_itself = tx.bump.is_none();
    let source = match check_shape(context, tx, pays_itself, reasons)
        .and_then(|()| preconditions::check_bounds(context, tx))
        .and_then(|()| check_inclusion_fee(context, tx, pays_itself))
        .and_then(|()| account::load(state, &tx.source()).ok_or(Code::TxNoAccount))
        .and_then(|source| preconditions::check_sequence(context, tx, source).map(|()| source))
    {
        Ok(source) => source,
        Err(code) => {
            outcome.fail(code);
            return Validity::Invalid;
        }
    };
    let checked = preconditions::check_sequence_age(context, tx, source)
        .and_then(|()| check_signatures(tx, source, signatures))
        .and_then(|()| check_balance(context, tx, source, applying, pays_itself));
    match checked {
        Ok(()) => Validity::Valid,
        Err(code) => {
            outcome.fail(code);
            Validity::UsesSequence
        }
    }
}

/// What can be said without looking at the state.
fn check_shape(
    context: &Context<'_>,
    tx: &Tx,
    pays_itself: bool,
    reasons: &mut Diagnostics,
) -> Result<(), Code> {
    preconditions::check_extra_signers(tx)?;
    let Some(first) = tx.operations().first() else { return Err(Code::TxMissingOperation) };
    let about_contracts = is_soroban(&first.body);
    let mixed = tx.operations().iter().any(|operation| is_soroban(&operation.body) != about_contracts);
    if mixed || (about_contracts && tx.operations().len() != 1) {
        return Err(Code::TxMalformed);
    }
    match (about_contracts, &tx.tx().ext) {
        (false, TransactionExt::V0) => Ok(()),
        (false, TransactionExt::V1(_)) | (true, TransactionExt::V0) => Err(Code::TxMalformed),
        (true, TransactionExt::V1(data)) => {
            check_no_memo(tx, reasons)?;
            resources::check(context, tx, data, pays_itself, reasons)
        }
    }
}

/// A contract would not see them, so that the receiver they are meant for would be lost.
fn check_no_memo(tx: &Tx, reasons: &mut Diagnostics) -> Result<(), Code> {
    let Some(operation) = tx.operations().first() else { return Ok(()) };
    let muxed = |account: &MuxedAccount| matches!(account, MuxedAccount::MuxedEd25519(_));
    let invokes = matches!(operation.body, OperationBody::InvokeHostFunction(_));
    let refused = tx.tx().memo != stellar_xdr::Memo::None
        || muxed(&tx.tx().source_account)
        || operation.source_account.as_ref().is_some_and(muxed);
    if invokes && refused {
        reasons.push(
            ScError::Value(ScErrorCode::InvalidInput),
            "Soroban transactions are not allowed to use memo or muxed source account",
            &[],
        );
        return Err(Code::TxSorobanInvalid);
    }
    Ok(())
}

fn check_inclusion_fee(context: &Context<'_>, tx: &Tx, pays_itself: bool) -> Result<(), Code> {
    match pays_itself && tx.inclusion_fee() < tx.min_inclusion_fee(context.base_fee) {
        true => Err(Code::TxInsufficientFee),
        false => Ok(()),
    }
}

fn check_signatures(tx: &Tx, source: &AccountEntry, signatures: &mut Signatures<'_>) -> Result<(), Code> {
    let low = source.thresholds.0[1];
    let extra: &[SignerKey] = extra_signers(tx);
    match signatures.check_account(source, low) && signatures.check_all(extra) {
        true => Ok(()),
        false => Err(Code::TxBadAuth),
    }
}

fn check_balance(
    context: &Context<'_>,
    tx: &Tx,
    source: &AccountEntry,
    applying: bool,
    pays_itself: bool,
) -> Result<(), Code> {
    let to_pay = if applying { 0 } else { tx.full_fee() };
    match pays_itself && account::available(source, context.base_reserve) < to_pay {
        true => Err(Code::TxInsufficientBalance),
        false => Ok(()),
    }
}
