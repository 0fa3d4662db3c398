//! `idos mpc …`

mod config;
mod serve;
mod share_key;

use anyhow::Result;
use clap::Subcommand;

pub use config::{DEV_PORTS, MpcChain, MpcConfig, MpcOverrides};
pub use serve::{identity, serve};

#[derive(Debug, Subcommand)]
pub enum MpcCommand {
    /// Run a key-share node: its own process, database and keys
    Node(Box<MpcOverrides>),
}

/// Runs one command.
pub async fn run(command: MpcCommand) -> Result<()> {
    match command {
        MpcCommand::Node(overrides) => serve::run(&overrides).await,
    }
}
