//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use idos_grants::Account;
use url::Url;

use crate::{
    commands::RoleCommand,
    dev::DevOptions,
    mpc::MpcCommand,
    node::{NodeCommand, NodeOverrides},
    relay::{RelayCommand, RelayOptions},
    rpcs::ChainRpc,
};

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
    /// A chain's RPC: a URL for whichever chain is asked, or CHAIN=URL for one chain or family, e.g. near=http://localhost:3030 (default:
    /// the ports of `idos dev`)
    #[arg(long = "rpc", global = true, env = "IDOS_RPC", value_delimiter = ',')]
    pub rpcs: Vec<ChainRpc>,
    /// The account to act as, of the wallets in the folder (default: the first; for a chain's own verbs, the one on that chain)
    #[arg(long = "wallet", value_name = "ACCOUNT", global = true, env = "IDOS_WALLET")]
    pub acting_as: Option<Account>,
    /// The nodes that share your key: a file with their set as JSON (default: the set that this folder remembers, or the five nodes of `idos dev`)
    #[arg(long, value_name = "FILE", global = true, env = "IDOS_KEY_NODES")]
    pub key_nodes: Option<PathBuf>,
    /// Print one line of JSON; errors as JSON on standard error
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct NodeArguments {
    #[command(flatten)]
    pub overrides: NodeOverrides,
    #[command(subcommand)]
    pub command: Option<NodeCommand>,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct RelayArguments {
    #[command(flatten)]
    pub options: Option<RelayOptions>,
    #[command(subcommand)]
    pub command: Option<RelayCommand>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a node: mirror the chains, keep credentials, serve them by grant
    Node(Box<NodeArguments>),
    /// Run a relay: send what owners signed to the chains, and pay for it
    Relay(RelayArguments),
    /// Run a key-share node: keep one share of each key, released on a wallet's signature
    #[command(subcommand)]
    Mpc(MpcCommand),
    /// Run everything for development: local chains, the contracts, a node, five key-share nodes
    Dev(DevOptions),
    #[command(flatten)]
    Role(Box<RoleCommand>),
}
