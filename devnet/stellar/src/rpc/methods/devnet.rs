//! What only a devnet does: `devnet_advanceTime`, `devnet_closeLedgers`, `devnet_skipLedgers`. Each answers the newest
//! ledger afterwards.

use serde_json::{Value, json};

use crate::rpc::{
    error::RpcError,
    held::{Held, LEDGER_SECONDS, TimeError},
    params::Params,
};

/// Ledgers that one request closes.
const LEDGERS_MAX: u32 = 1_000;

/// `{seconds}`: one ledger, so much later.
pub(in crate::rpc) fn advance_time(held: &mut Held, mut params: Params) -> Result<Value, RpcError> {
    let seconds: u64 = params.required("seconds")?;
    held.advance_time(seconds).map_err(|error| wrong(&params, "seconds", error))?;
    Ok(newest(held))
}

/// `{count}`: so many ledgers (1 without it), one after another, at the clock's time.
pub(in crate::rpc) fn close_ledgers(held: &mut Held, mut params: Params) -> Result<Value, RpcError> {
    let count: u32 = params.optional("count")?.unwrap_or(1);
    if !(1..=LEDGERS_MAX).contains(&count) {
        return Err(params.wrong("count", &format!("it must be from 1 to {LEDGERS_MAX}")));
    }
    held.close_many(count)?;
    Ok(newest(held))
}

/// `{count, seconds}`: one ledger, so many sequence numbers and so much time later (five seconds a ledger without it); the
/// ledgers between never exist.
pub(in crate::rpc) fn skip_ledgers(held: &mut Held, mut params: Params) -> Result<Value, RpcError> {
    let count: u32 = params.required("count")?;
    let seconds = params.optional("seconds")?.unwrap_or(u64::from(count) * LEDGER_SECONDS);
    held.move_on(count, seconds).map_err(|error| wrong(&params, "count", error))?;
    Ok(newest(held))
}

fn wrong(params: &Params, name: &str, error: TimeError) -> RpcError {
    match error {
        TimeError::Chain(error) => params.wrong(name, &error),
        other => params.wrong(name, &other),
    }
}

fn newest(held: &Held) -> Value {
    json!({ "sequence": held.latest(), "closeTime": held.network.latest().close_time().to_string() })
}
