//! Soroban's own host: budgets, compiled contracts, invocations.

mod host;
mod modules;
mod stack;

use soroban_env_host::HostError;
use soroban_env_host::budget::Budget;

use super::context::Context;

pub(super) use host::{Failure, Invocation, Success, invoke};
pub(super) use modules::Modules;
pub(super) use stack::with_deep_stack;

/// A budget with the network's costs and so many instructions.
pub(super) fn budget(context: &Context<'_>, instructions: u64) -> Result<Budget, HostError> {
    let network = &context.config.network;
    Budget::try_from_configs(
        instructions,
        network.tx_memory_limit.into(),
        network.cpu_cost_params.clone(),
        network.memory_cost_params.clone(),
    )
}
