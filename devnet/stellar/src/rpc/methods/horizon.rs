//! A transaction in Horizon's shape, which is what friendbot answers.

use serde_json::{Value, json};
use stellar_xdr::{MuxedAccount, TransactionEnvelope};

use crate::{
    chain::AppliedTransaction,
    rpc::{error::RpcError, format::base64},
};

pub(in crate::rpc) fn transaction(applied: &AppliedTransaction) -> Result<Value, RpcError> {
    let hash = hex::encode(applied.hash.0);
    Ok(json!({
        "id": hash,
        "hash": hash,
        "successful": applied.is_success(),
        "ledger": applied.ledger,
        "created_at": time(applied.close_time),
        "source_account": source(&applied.envelope).map(|account| account.to_string()),
        "fee_charged": applied.result.fee_charged.to_string(),
        "envelope_xdr": base64(&applied.envelope)?,
        "result_xdr": base64(&applied.result)?,
        "result_meta_xdr": base64(&applied.meta)?,
    }))
}

fn source(envelope: &TransactionEnvelope) -> Option<&MuxedAccount> {
    match envelope {
        TransactionEnvelope::TxV0(_) => None,
        TransactionEnvelope::Tx(envelope) => Some(&envelope.tx.source_account),
        TransactionEnvelope::TxFeeBump(envelope) => Some(&envelope.tx.fee_source),
    }
}

/// RFC 3339, in UTC, of Unix seconds.
pub(in crate::rpc) fn time(unix_seconds: u64) -> String {
    let time =
        i64::try_from(unix_seconds).ok().and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0));
    time.unwrap_or_default().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn time_is_written_in_utc() {
        assert_eq!(super::time(1_800_000_000), "2027-01-15T08:00:00Z");
    }
}
