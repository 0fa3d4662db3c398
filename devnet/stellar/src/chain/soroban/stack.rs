//! Room for deep calls: contracts that call contracts use much of the stack.

use crate::chain::status::ChainError;

/// Bytes. As much as the network's own software gives to it, and some for unoptimised builds.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Runs something where there is room on the stack.
pub(in crate::chain) fn with_deep_stack<T: Send>(run: impl FnOnce() -> T + Send) -> Result<T, ChainError> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, run)
            .map_err(|error| ChainError::Internal(format!("no thread could be started: {error}")))?;
        thread.join().map_err(|_| ChainError::Internal("Soroban's host panicked".to_owned()))
    })
}
