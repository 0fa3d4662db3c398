//! Bringing archived entries back. Entries that are live, or not there at all, are passed over.

use stellar_xdr::{OperationResultTr, RestoreFootprintResult};

use super::{Done, Failed, Operator, footprint};
use crate::chain::bytes::encoded_len;
use crate::chain::fees;
use crate::chain::meta::Restored;
use crate::chain::state::{Changes, ttl};

pub(super) fn apply(
    operator: Operator<'_, '_>,
    changes: &mut Changes,
) -> Result<(OperationResultTr, Done), Failed> {
    let context = operator.context;
    let fail = |result| Failed::from(OperationResultTr::RestoreFootprint(result));
    let resources = &operator.tx.soroban().ok_or(Failed::Internal)?.resources;
    let live_until = context.min_persistent_live_until();
    let (mut restored, mut rented, mut bytes) = (Restored::new(), Vec::new(), 0u32);
    for key in resources.footprint.read_write.iter() {
        let over = ttl::live_until(changes.state(), key).is_some_and(|until| until < context.ledger);
        let Some(entry) = changes.state().get(key).filter(|_| over).cloned() else { continue };
        let length = encoded_len(&*entry);
        bytes = bytes.saturating_add(length);
        let limits = [
            (resources.disk_read_bytes, "operation byte-read resources exceeds amount specified"),
            (resources.write_bytes, "operation byte-write resources exceeds amount specified"),
        ];
        let exceeded = limits.into_iter().find(|(declared, _)| bytes > *declared);
        if let Some((declared, message)) = exceeded {
            operator.reasons.limit(message, bytes, declared);
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if exceeded.is_some() || !footprint::entry_fits(context, key, length, operator.reasons) {
            return Err(fail(RestoreFootprintResult::ResourceLimitExceeded));
        }
        rented.push((key.clone(), fees::rent_size(context, &entry).ok_or(Failed::Internal)?, 0, live_until));
        footprint::restore(changes, &mut restored, key, &entry, live_until);
    }
    let rent = fees::rent(context, &rented);
    match operator.refundable.consume(context, operator.tx, 0, rent, operator.reasons) {
        true => {
            let done = Done { restored, ..Done::default() };
            Ok((OperationResultTr::RestoreFootprint(RestoreFootprintResult::Success), done))
        }
        false => Err(fail(RestoreFootprintResult::InsufficientRefundableFee)),
    }
}
