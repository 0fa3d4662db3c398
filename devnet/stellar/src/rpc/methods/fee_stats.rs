//! `getFeeStats`: inclusion fees that the newest ledgers' transactions paid.

use serde_json::{Value, json};
use stellar_xdr::{
    FeeBumpTransactionInnerTx, Operation, OperationBody, SorobanTransactionMetaExt, TransactionEnvelope,
    TransactionMeta,
};

use crate::{
    chain::{AppliedTransaction, Network},
    rpc::{error::RpcError, held::Held, params::Params},
};

/// Ledgers that are looked at: of contract transactions, and of all others.
const SOROBAN_LEDGERS: usize = 50;
const CLASSIC_LEDGERS: usize = 10;

pub(in crate::rpc) fn fee_stats(held: &mut Held, _: Params) -> Result<Value, RpcError> {
    Ok(json!({
        "sorobanInclusionFee": distribution(&held.network, SOROBAN_LEDGERS, soroban_fee),
        "inclusionFee": distribution(&held.network, CLASSIC_LEDGERS, classic_fee),
        "latestLedger": held.latest(),
    }))
}

/// Stroops above the resource fee, of a contract transaction.
fn soroban_fee(applied: &AppliedTransaction) -> Option<i64> {
    let operations = operations(&applied.envelope);
    if !is_soroban(operations) {
        return None;
    }
    let TransactionMeta::V4(meta) = &applied.meta else { return None };
    let SorobanTransactionMetaExt::V1(fees) = &meta.soroban_meta.as_ref()?.ext else { return None };
    let resource_fee = fees
        .total_non_refundable_resource_fee_charged
        .checked_add(fees.total_refundable_resource_fee_charged)?;
    applied.result.fee_charged.checked_sub(resource_fee)
}

/// Stroops an operation, of every other transaction.
fn classic_fee(applied: &AppliedTransaction) -> Option<i64> {
    let operations = operations(&applied.envelope);
    if is_soroban(operations) {
        return None;
    }
    applied.result.fee_charged.checked_div(i64::try_from(operations.len()).ok()?)
}

fn operations(envelope: &TransactionEnvelope) -> &[Operation] {
    match envelope {
        TransactionEnvelope::TxV0(envelope) => &envelope.tx.operations,
        TransactionEnvelope::Tx(envelope) => &envelope.tx.operations,
        TransactionEnvelope::TxFeeBump(envelope) => match &envelope.tx.inner_tx {
            FeeBumpTransactionInnerTx::Tx(inner) => &inner.tx.operations,
        },
    }
}

fn is_soroban(operations: &[Operation]) -> bool {
    matches!(
        operations,
        [Operation {
            body: OperationBody::InvokeHostFunction(_)
                | OperationBody::ExtendFootprintTtl(_)
                | OperationBody::RestoreFootprint(_),
            ..
        }]
    )
}

fn distribution(network: &Network, ledgers: usize, fee: fn(&AppliedTransaction) -> Option<i64>) -> Value {
    let mut looked_at = 0_u32;
    let mut fees = Vec::new();
    for ledger in network.ledgers_from(0).rev().take(ledgers) {
        looked_at += 1;
        fees.extend(ledger.transactions.iter().filter_map(fee));
    }
    fees.sort_unstable();
    tell(&fees, looked_at)
}

/// Of fees in ascending order.
fn tell(fees: &[i64], ledgers: u32) -> Value {
    let text = |fee: Option<&i64>| Value::String(fee.copied().unwrap_or_default().to_string());
    let mut told = json!({
        "max": text(fees.last()),
        "min": text(fees.first()),
        "mode": text(mode(fees)),
        "transactionCount": fees.len().to_string(),
        "ledgerCount": if fees.is_empty() { 0 } else { ledgers },
    });
    for percent in [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99] {
        told[format!("p{percent}")] = text(nearest_rank(fees, percent));
    }
    told
}

/// What occurs most often; the least of several.
fn mode(sorted: &[i64]) -> Option<&i64> {
    let mut most: Option<&[i64]> = None;
    for run in sorted.chunk_by(|a, b| a == b) {
        if most.is_none_or(|most| run.len() > most.len()) {
            most = Some(run);
        }
    }
    most?.first()
}

fn nearest_rank(sorted: &[i64], percent: usize) -> Option<&i64> {
    let rank = (percent * sorted.len()).div_ceil(100);
    sorted.get(rank.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let rows: [(&str, &[i64], &str, &str, &str); 4] = [
            ("none", &[], "0", "0", "0"),
            ("one", &[100], "100", "100", "100"),
            ("two", &[100, 300], "100", "100", "300"),
            ("many", &[1, 2, 2, 3, 3, 3, 4, 5, 6, 7], "3", "3", "7"),
        ];
        for (name, fees, mode, p50, p99) in rows {
            let told = tell(fees, 4);
            assert_eq!([&told["mode"], &told["p50"], &told["p99"]], [mode, p50, p99], "{name}");
            assert_eq!(told["transactionCount"], fees.len().to_string(), "{name}");
        }
        assert_eq!(tell(&[], 4)["ledgerCount"], 0);
        assert_eq!(tell(&[1], 4)["ledgerCount"], 4);
    }
}
