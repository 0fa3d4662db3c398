//! `near-devnet`: a local NEAR chain that answers like a NEAR node, until Ctrl-C.

use std::{
    net::SocketAddr,
    process::ExitCode,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use clap::Parser;
use idos_devnet_near::{
    BlockProduction, Clock, Devnet, DevnetConfig, DevnetError, FundedAccount, rpc::CHAIN_ID,
};
use near_account_id::AccountId;
use tracing::error;
use tracing_subscriber::EnvFilter;

/// A local NEAR chain in one process, on NEAR's own virtual machine: JSON-RPC at the address it listens on, NEAR Lake blocks
/// below /v0. Nothing is kept when it ends.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:3030")]
    listen: SocketAddr,
    /// The chain id that `status` answers.
    #[arg(long, default_value = CHAIN_ID)]
    chain_id: String,
    /// Make a block every so many milliseconds, rather than with every transaction.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    block_time_ms: Option<u64>,
    /// Fund one more account, whose key follows from its name. May be repeated.
    #[arg(long = "account", value_name = "ACCOUNT_ID")]
    accounts: Vec<AccountId>,
}

impl Arguments {
    fn config(self) -> DevnetConfig {
        let mut config = DevnetConfig::new(Clock::new(now_ns));
        config.listen = self.listen;
        config.chain_id = self.chain_id;
        config.accounts.extend(self.accounts.into_iter().map(FundedAccount::well_known));
        if let Some(block_time_ms) = self.block_time_ms {
            config.blocks = BlockProduction::Every(Duration::from_millis(block_time_ms));
        }
        config
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let levels = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(levels).with_writer(std::io::stderr).init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("near-devnet: {failed}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), DevnetError> {
    let devnet = Devnet::start(arguments.config()).await?;
    introduce(&devnet);
    if let Err(failed) = tokio::signal::ctrl_c().await {
        error!(%failed, "Ctrl-C cannot be heard; ending");
    }
    devnet.stop().await;
    Ok(())
}

fn introduce(devnet: &Devnet) {
    println!("JSON-RPC     {}", devnet.rpc());
    println!("Lake blocks  {}v0/block/0", devnet.rpc());
    println!("Accounts, whose keys everybody knows (never let them hold value anywhere):");
    for account in devnet.accounts() {
        println!("  {}  {}", account.account_id, account.secret_key);
    }
}

/// Nanoseconds since 1970.
#[allow(clippy::disallowed_methods, reason = "the binary owns the clock")]
fn now_ns() -> u64 {
    // A clock before 1970 reads as 1970.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
