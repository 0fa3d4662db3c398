//! `simulateTransaction`. Whatever is wrong with the transaction is told in the answer, not as an error of the request.

use serde_json::{Value, json};
use stellar_xdr::{
    FeeBumpTransactionInnerTx, LedgerEntry, Memo, OperationBody, Transaction, TransactionEnvelope,
};

use crate::{
    chain::{AuthMode, RestorePreamble, SimulateOptions, SimulatedInvocation, Simulation, StateChange},
    rpc::{
        error::RpcError,
        format::{XdrFields, XdrFormat, as_json, base64, decode},
        held::Held,
        params::Params,
    },
};

pub(in crate::rpc) fn simulate(held: &mut Held, mut params: Params) -> Result<Value, RpcError> {
    let text: String = params.optional("transaction")?.unwrap_or_default();
    let auth_mode: String = params.optional("authMode")?.unwrap_or_default();
    let use_upgraded_auth = params.optional("useUpgradedAuth")?.unwrap_or_default();
    let instruction_leeway =
        params.group("resourceConfig")?.optional("instructionLeeway")?.unwrap_or_default();
    held.refresh()?;
    let format = match XdrFormat::take(&mut params) {
        Ok(format) => format,
        Err(why) => return refused(held, &why),
    };
    let envelope: TransactionEnvelope = match decode(&text) {
        Ok(envelope) => envelope,
        Err(_) => return refused(held, "Could not unmarshal transaction"),
    };
    let auth_mode = match check(&envelope, &auth_mode) {
        Ok(auth_mode) => auth_mode,
        Err(why) => return refused(held, &why),
    };
    let options = SimulateOptions { auth_mode, instruction_leeway, use_upgraded_auth };
    tell(&held.network.simulate(&envelope, &options), format)
}

fn refused(held: &Held, why: &str) -> Result<Value, RpcError> {
    Ok(json!({ "error": why, "latestLedger": held.latest() }))
}

/// What Stellar RPC looks at before it simulates, in its words.
fn check(envelope: &TransactionEnvelope, auth_mode: &str) -> Result<AuthMode, String> {
    let auth_mode = match auth_mode {
        "" => AuthMode::Default,
        "enforce" => AuthMode::Enforce,
        "record" => AuthMode::Record,
        "record_allow_nonroot" => AuthMode::RecordAllowNonroot,
        _ => {
            let all = "enforce,record,record_allow_nonroot";
            return Err(format!("optional 'authMode' must be one of {all} when included"));
        }
    };
    let Some(transaction) = transaction(envelope) else {
        return Err("Transaction is of the old version V0: send a V1 envelope".to_owned());
    };
    let [operation] = transaction.operations.as_slice() else {
        return Err("Transaction contains more than one operation".to_owned());
    };
    if transaction.memo != Memo::None {
        return Err("Transaction contains a memo. Soroban transactions do not support memos.".to_owned());
    }
    check_auth(&operation.body, auth_mode)?;
    Ok(auth_mode)
}

fn check_auth(operation: &OperationBody, auth_mode: AuthMode) -> Result<(), String> {
    match operation {
        OperationBody::InvokeHostFunction(invoke) if !invoke.auth.is_empty() => match auth_mode {
            AuthMode::Default | AuthMode::Enforce => Ok(()),
            AuthMode::Record => Err("cannot set authMode to 'record' with an auth footprint".to_owned()),
            AuthMode::RecordAllowNonroot => {
                Err("cannot set authMode to 'record_allow_nonroot' with an auth footprint".to_owned())
            }
        },
        OperationBody::InvokeHostFunction(_) => Ok(()),
        OperationBody::ExtendFootprintTtl(_) | OperationBody::RestoreFootprint(_)
            if auth_mode != AuthMode::Default =>
        {
            Err("cannot set authMode with non-InvokeHostFunction operations".to_owned())
        }
        OperationBody::ExtendFootprintTtl(_) | OperationBody::RestoreFootprint(_) => Ok(()),
        other => Err(format!("transaction contains unsupported operation type: {}", other.name())),
    }
}

fn transaction(envelope: &TransactionEnvelope) -> Option<&Transaction> {
    match envelope {
        TransactionEnvelope::TxV0(_) => None,
        TransactionEnvelope::Tx(envelope) => Some(&envelope.tx),
        TransactionEnvelope::TxFeeBump(envelope) => match &envelope.tx.inner_tx {
            FeeBumpTransactionInnerTx::Tx(inner) => Some(&inner.tx),
        },
    }
}

fn tell(simulation: &Simulation, format: XdrFormat) -> Result<Value, RpcError> {
    let mut told = XdrFields::new(format);
    told.add("latestLedger", simulation.latest_ledger);
    if let Some(error) = &simulation.error {
        told.add("error", error.as_str());
    }
    if let Some(data) = &simulation.transaction_data {
        told.add_xdr(("transactionData", "transactionDataJson"), data)?;
        told.add("minResourceFee", simulation.min_resource_fee.to_string());
    }
    if !simulation.events.is_empty() {
        told.add_list(("events", "eventsJson"), &simulation.events)?;
    }
    if let Some(invocation) = &simulation.invocation {
        told.add("results", vec![result(invocation, format)?]);
    }
    if let Some(restore) = &simulation.restore {
        told.add("restorePreamble", preamble(restore, format)?);
    }
    if !simulation.state_changes.is_empty() {
        let changes: Result<Vec<Value>, RpcError> =
            simulation.state_changes.iter().map(|one| change(one, format)).collect();
        told.add("stateChanges", changes?);
    }
    Ok(told.into_value())
}

fn result(invocation: &SimulatedInvocation, format: XdrFormat) -> Result<Value, RpcError> {
    let mut told = XdrFields::new(format);
    told.add_list(("auth", "authJson"), &invocation.auth)?;
    told.add_xdr(("xdr", "returnValueJson"), &invocation.return_value)?;
    Ok(told.into_value())
}

fn preamble(restore: &RestorePreamble, format: XdrFormat) -> Result<Value, RpcError> {
    let mut told = XdrFields::new(format);
    told.add_xdr(("transactionData", "transactionDataJson"), &restore.transaction_data)?;
    told.add("minResourceFee", restore.min_resource_fee.to_string());
    Ok(told.into_value())
}

/// `before` and `after` are always there in base64, `null` when there is no such entry.
fn change(change: &StateChange, format: XdrFormat) -> Result<Value, RpcError> {
    let mut told = XdrFields::new(format);
    told.add("type", kind(change));
    told.add_xdr(("key", "keyJson"), &change.key)?;
    for (names, entry) in
        [(("before", "beforeJson"), &change.before), (("after", "afterJson"), &change.after)]
    {
        match (format, entry) {
            (XdrFormat::Base64, entry) => told.add(names.0, in_base64(entry.as_ref())?),
            (XdrFormat::Json, Some(entry)) => told.add(names.1, as_json(entry)?),
            (XdrFormat::Json, None) => {}
        }
    }
    Ok(told.into_value())
}

fn in_base64(entry: Option<&LedgerEntry>) -> Result<Value, RpcError> {
    entry.map_or(Ok(Value::Null), |entry| base64(entry).map(Value::String))
}

fn kind(change: &StateChange) -> &'static str {
    match (&change.before, &change.after) {
        (None, _) => "created",
        (Some(_), Some(_)) => "updated",
        (Some(_), None) => "deleted",
    }
}
