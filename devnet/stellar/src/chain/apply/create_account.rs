//! Making an account.

use stellar_xdr::{CreateAccountOp, CreateAccountResult, MuxedAccount, OperationResultTr};

use super::{Done, Failed, Operator};
use crate::chain::events;
use crate::chain::state::{Changes, account};

pub(super) fn apply(
    operator: Operator<'_, '_>,
    changes: &mut Changes,
    op: &CreateAccountOp,
) -> Result<(OperationResultTr, Done), Failed> {
    let context = operator.context;
    let fail = |result| Failed::from(OperationResultTr::CreateAccount(result));
    if account::load(changes.state(), &op.destination).is_some() {
        return Err(fail(CreateAccountResult::AlreadyExist));
    }
    if op.starting_balance < account::reserve(0, context.base_reserve) {
        return Err(fail(CreateAccountResult::LowReserve));
    }
    let mut source = account::load(changes.state(), &operator.source).cloned().unwrap_or_default();
    if account::available(&source, context.base_reserve) < op.starting_balance {
        return Err(fail(CreateAccountResult::Underfunded));
    }
    source.balance = source.balance.saturating_sub(op.starting_balance);
    account::store(changes, source);
    let sequence = account::starting_sequence(context.ledger);
    account::store(changes, account::new(op.destination.clone(), op.starting_balance, sequence));
    let to = MuxedAccount::from(op.destination.clone());
    let memo = &operator.tx.tx().memo;
    let event = events::transfer(context.lumens, &operator.source, &to, op.starting_balance, memo);
    let done = Done { events: vec![event], ..Done::default() };
    Ok((OperationResultTr::CreateAccount(CreateAccountResult::Success), done))
}
