//! Paying lumens.

use stellar_xdr::{OperationResultTr, PaymentOp, PaymentResult};

use super::{Done, Failed, Operator};
use crate::chain::events;
use crate::chain::state::{Changes, account};

pub(super) fn apply(
    operator: Operator<'_, '_>,
    changes: &mut Changes,
    op: &PaymentOp,
) -> Result<(OperationResultTr, Done), Failed> {
    let destination = account::id(&op.destination);
    if destination != operator.source {
        let fail = |result| Failed::from(OperationResultTr::Payment(result));
        let mut receiver = account::load(changes.state(), &destination)
            .cloned()
            .ok_or_else(|| fail(PaymentResult::NoDestination))?;
        if !account::credit(&mut receiver, op.amount) {
            return Err(fail(PaymentResult::LineFull));
        }
        let mut sender = account::load(changes.state(), &operator.source).cloned().unwrap_or_default();
        if account::available(&sender, operator.context.base_reserve) < op.amount {
            return Err(fail(PaymentResult::Underfunded));
        }
        sender.balance = sender.balance.saturating_sub(op.amount);
        account::store(changes, receiver);
        account::store(changes, sender);
    }
    let memo = &operator.tx.tx().memo;
    let event = events::transfer(operator.context.lumens, &operator.source, &op.destination, op.amount, memo);
    let done = Done { events: vec![event], ..Done::default() };
    Ok((OperationResultTr::Payment(PaymentResult::Success), done))
}
