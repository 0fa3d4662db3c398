//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use url::Url;

use crate::{commands::RoleCommand, dev::DevOptions, node::NodeOverrides};

/// Self-hosted idOS: encrypted credentials, shared by on-chain access grants
#[derive(Debug, Parser)]
#[command(name = "idos", version, propagate_version = true)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Args)]
pub struct Global {
    /// Folder of this role's keys and session (default: ~/.idos)
    #[arg(long, global = true, env = "IDOS_HOME")]
    pub home: Option<PathBuf>,
    /// The node
    #[arg(long, global = true, env = "IDOS_NODE", default_value = "http://localhost:8800")]
    pub node: Url,
    /// The chain's RPC
    #[arg(long, global = true, env = "IDOS_RPC", default_value = "http://localhost:8545")]
    pub rpc: Url,
    /// Print one line of JSON; errors as JSON on standard error
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a node: mirror the chains, keep credentials, serve them by grant
    Node(NodeOverrides),
    /// Run everything for development: a local chain, the contracts, a node
    Dev(DevOptions),
    #[command(flatten)]
    Role(RoleCommand),
}
