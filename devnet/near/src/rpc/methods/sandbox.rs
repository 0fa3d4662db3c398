//! `sandbox_fast_forward` and `sandbox_patch_state`: what NEAR's own sandbox adds for tests.

use std::time::Duration;

use near_jsonrpc_primitives::{
    errors::RpcError,
    types::sandbox::{
        RpcSandboxFastForwardError, RpcSandboxFastForwardResponse, RpcSandboxPatchStateError,
        RpcSandboxPatchStateRequest, RpcSandboxPatchStateResponse,
    },
};
use near_primitives::types::BlockHeightDelta;
use serde::Deserialize;
use serde_json::Value;

use super::answer;
use crate::rpc::{
    held::{Held, SKIPPED_HEIGHT},
    params::parse,
};

#[derive(Deserialize)]
struct FastForward {
    delta_height: BlockHeightDelta,
    /// How far time moves; of this devnet only. Without it, every height is a second.
    #[serde(default)]
    seconds: Option<u64>,
}

impl FastForward {
    fn by(&self) -> Duration {
        let seconds =
            self.seconds.unwrap_or_else(|| self.delta_height.saturating_mul(SKIPPED_HEIGHT.as_secs()));
        Duration::from_secs(seconds)
    }
}

pub(in crate::rpc) fn fast_forward(held: &mut Held, params: Value) -> Result<Value, RpcError> {
    let asked: FastForward = parse(params)?;
    let done = held.fast_forward(asked.delta_height, asked.by());
    answer(match done {
        Ok(()) => Ok(RpcSandboxFastForwardResponse {}),
        Err(error) => Err(RpcSandboxFastForwardError::InternalError { error_message: error.to_string() }),
    })
}

pub(in crate::rpc) fn patch_state(held: &mut Held, params: Value) -> Result<Value, RpcError> {
    let asked: RpcSandboxPatchStateRequest = parse(params)?;
    answer(match held.patch_state(asked.records) {
        Ok(()) => Ok(RpcSandboxPatchStateResponse {}),
        Err(error) => Err(RpcSandboxPatchStateError::InternalError { error_message: error.to_string() }),
    })
}
