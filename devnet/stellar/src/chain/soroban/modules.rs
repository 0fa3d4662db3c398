//! Contracts that are ready to run. Since protocol 23 the network keeps every live contract's code parsed, so that an
//! invocation pays little for it.

use soroban_env_host::budget::{AsBudget, Budget};
use soroban_env_host::{CompilationContext, Error, ErrorHandler, HostError, ModuleCache, Val};
use stellar_xdr::{ContractCostParams, VecM};

use crate::chain::status::ChainError;

/// Contracts that are ready to run.
#[derive(Clone)]
pub(in crate::chain) struct Modules(ModuleCache);

impl Modules {
    pub(in crate::chain) fn new() -> Result<Self, ChainError> {
        let compilation = Compilation::new()?;
        ModuleCache::new(&compilation).map(Self).map_err(internal)
    }

    /// Makes a contract ready. One that is already, stays so.
    pub(in crate::chain) fn add(&self, protocol: u32, wasm: &[u8]) -> Result<(), ChainError> {
        let compilation = Compilation::new()?;
        self.0.parse_and_cache_module_simple(&compilation, protocol, wasm).map_err(internal)
    }

    pub(super) fn cache(&self) -> ModuleCache {
        self.0.clone()
    }
}

fn internal(error: HostError) -> ChainError {
    ChainError::Internal(format!("a contract that was uploaded does not parse: {error}"))
}

/// Parsing outside of any transaction: nobody pays.
#[derive(Clone)]
struct Compilation(Budget);

impl Compilation {
    fn new() -> Result<Self, ChainError> {
        let free = || ContractCostParams(VecM::default());
        Budget::try_from_configs(u64::MAX, u64::MAX, free(), free()).map(Self).map_err(internal)
    }
}

impl CompilationContext for Compilation {}

impl AsBudget for Compilation {
    fn as_budget(&self) -> &Budget {
        &self.0
    }
}

impl ErrorHandler for Compilation {
    fn map_err<T, E>(&self, result: Result<T, E>) -> Result<T, HostError>
    where
        Error: From<E>,
        E: std::fmt::Debug,
    {
        result.map_err(HostError::from)
    }

    fn error(&self, error: Error, _: &str, _: &[Val]) -> HostError {
        HostError::from(error)
    }
}
