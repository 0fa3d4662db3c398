//! `idos node`: indexer and store in one process.

mod chain_calls;
mod config;
mod data_dir;
mod logging;
mod relay;
mod serve;
mod usage;

pub use chain_calls::RpcCalls;
pub use config::{
    ChainSection, ContractKindSetting, ContractSection, DEFAULT_PORT, FinalitySetting, NodeConfig,
    NodeOverrides,
};
pub use data_dir::DataDir;
pub use logging::start as start_logging;
pub use relay::RelaySection;
pub use serve::{cancel_on_signal, run, serve};
pub use usage::{NodeCommand, usage};
