//! Giving live entries a longer lifetime. Entries that are not there, archived, or live long enough are passed over.

use stellar_xdr::{ExtendFootprintTtlOp, ExtendFootprintTtlResult, OperationResultTr};

use super::{Done, Failed, Operator, footprint};
use crate::chain::bytes::encoded_len;
use crate::chain::fees;
use crate::chain::state::{Changes, ttl};

pub(super) fn apply(
    operator: Operator<'_, '_>,
    changes: &mut Changes,
    op: &ExtendFootprintTtlOp,
) -> Result<(OperationResultTr, Done), Failed> {
    let context = operator.context;
    let fail = |result| Failed::from(OperationResultTr::ExtendFootprintTtl(result));
    let keys = &operator.tx.soroban().ok_or(Failed::Internal)?.resources.footprint.read_only;
    let extended = context.ledger.saturating_add(op.extend_to);
    let mut rented = Vec::new();
    for key in keys.iter() {
        let live_until = ttl::live_until(changes.state(), key);
        let Some(live_until) = live_until.filter(|until| (context.ledger..extended).contains(until)) else {
            continue;
        };
        let Some(entry) = changes.state().get(key) else { continue };
        let length = usize::try_from(encoded_len(&**entry)).unwrap_or(usize::MAX);
        if !footprint::entry_fits(context, key, length, operator.reasons) {
            return Err(fail(ExtendFootprintTtlResult::ResourceLimitExceeded));
        }
        let size = fees::rent_size(context, entry).ok_or(Failed::Internal)?;
        rented.push((key.clone(), size, live_until, extended));
        changes.put(ttl::entry(key, extended));
    }
    let rent = fees::rent(context, &rented);
    match operator.refundable.consume(context, operator.tx, 0, rent, operator.reasons) {
        true => {
            Ok((OperationResultTr::ExtendFootprintTtl(ExtendFootprintTtlResult::Success), Done::default()))
        }
        false => Err(fail(ExtendFootprintTtlResult::InsufficientRefundableFee)),
    }
}
