//! `sendTransaction`.

use stellar_xdr::{DiagnosticEvent, TransactionEnvelope, TransactionResult};

use serde_json::Value;

use crate::{
    chain::NotTaken,
    rpc::{
        error::RpcError,
        format::{XdrFields, XdrFormat, decode},
        held::{Held, SubmitError},
        params::Params,
    },
};

/// Takes a transaction and says so; with ledgers on demand it is in one before the answer.
pub(in crate::rpc) fn send(held: &mut Held, mut params: Params) -> Result<Value, RpcError> {
    let format = XdrFormat::take(&mut params).map_err(RpcError::invalid_params)?;
    let text: String = params.optional("transaction")?.unwrap_or_default();
    let envelope: TransactionEnvelope = decode(&text).map_err(|_| RpcError::invalid_params("invalid_xdr"))?;
    let network_id = held.network.network_id();
    let hash = envelope.hash(network_id.0).map_err(|_| RpcError::invalid_params("invalid_hash"))?;
    let mut told = XdrFields::new(format);
    told.add("hash", hex::encode(hash));
    told.add("latestLedger", held.latest());
    told.add("latestLedgerCloseTime", held.network.latest().close_time().to_string());
    let status = match held.submit(envelope) {
        Ok(_) => "PENDING",
        Err(SubmitError::NotTaken(NotTaken::Duplicate(_))) => "DUPLICATE",
        Err(SubmitError::NotTaken(NotTaken::TryAgainLater(_))) => "TRY_AGAIN_LATER",
        Err(SubmitError::NotTaken(NotTaken::Invalid { result, diagnostics })) => {
            refuse(&mut told, &result, &diagnostics)?;
            "ERROR"
        }
        Err(SubmitError::Chain(error)) => return Err(error.into()),
    };
    told.add("status", status);
    Ok(told.into_value())
}

fn refuse(
    told: &mut XdrFields,
    result: &TransactionResult,
    diagnostics: &[DiagnosticEvent],
) -> Result<(), RpcError> {
    told.add_xdr(("errorResultXdr", "errorResultJson"), result)?;
    if !diagnostics.is_empty() {
        told.add_list(("diagnosticEventsXdr", "diagnosticEventsJson"), diagnostics)?;
    }
    Ok(())
}
