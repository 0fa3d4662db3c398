//! The `idos` binary: run a node, bring up a development chain, and act as owner, issuer or consumer. Every command takes `--json`.

mod arguments;
mod clock;
mod commands;
mod context;
mod dev;
mod home;
mod key_holdings;
mod key_nodes;
mod mpc;
mod node;
mod output;
mod past_keys;
mod period;
mod relay;
mod rpcs;
mod secrecy;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    arguments::{Arguments, Command},
    context::Context,
    node::NodeCommand,
    output::Output,
    relay::RelayCommand,
};

/// A gated read makes many small allocations that other threads free: with the system's allocator it takes some 4 % more processor time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.global.json);
    if let Err(error) = secrecy::keep_memory_private() {
        return output.failure(&error);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output.failure(&error.into()),
    };
    match runtime.block_on(run(arguments, &output)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output.failure(&error),
    }
}

async fn run(arguments: Arguments, output: &Output) -> anyhow::Result<()> {
    match arguments.command {
        Command::Node(arguments) => match arguments.command {
            None => node::run(&arguments.overrides).await,
            Some(NodeCommand::Usage(args)) => node::usage(&args, output).await,
        },
        Command::Relay(arguments) => match (arguments.command, arguments.options) {
            (Some(RelayCommand::Usage(args)), _) => relay::usage(&args, output).await,
            (None, Some(options)) => relay::run(&options).await,
            (None, None) => anyhow::bail!("name the relay's configuration: --config relay.toml"),
        },
        Command::Mpc(command) => mpc::run(command).await,
        Command::Dev(options) => dev::run(&options, output).await,
        Command::Role(command) => {
            commands::run(*command, &mut Context::new(&arguments.global, output)?).await
        }
    }
}
