//! `stellar-devnet`: a local Stellar network that answers like Stellar RPC, until Ctrl-C.

use std::{
    net::SocketAddr,
    process::ExitCode,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use clap::Parser;
use idos_devnet_stellar::{
    Clock, Devnet, DevnetConfig, DevnetError, FundedAccount, LedgerClosing,
    rpc::{PASSPHRASE, RETENTION_LEDGERS},
};
use tracing::error;
use tracing_subscriber::EnvFilter;

/// A local Stellar network in one process, on Soroban's own host: Stellar RPC at the address it listens on, friendbot at
/// /friendbot. Nothing is kept when it ends.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8000")]
    listen: SocketAddr,
    /// The network's passphrase, to which everything that is signed is bound.
    #[arg(long, default_value = PASSPHRASE)]
    passphrase: String,
    /// Close a ledger every so many milliseconds, rather than with every transaction.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    ledger_time_ms: Option<u64>,
    /// How many of the newest ledgers are kept.
    #[arg(long, default_value_t = RETENTION_LEDGERS, value_parser = clap::value_parser!(u32).range(1..))]
    retention_ledgers: u32,
    /// Fund one more account, whose key follows from its name. May be repeated.
    #[arg(long = "account", value_name = "NAME")]
    accounts: Vec<String>,
}

impl Arguments {
    fn config(self) -> DevnetConfig {
        let mut config = DevnetConfig::new(Clock::new(unix_seconds));
        config.listen = self.listen;
        config.passphrase = self.passphrase;
        config.retention_ledgers = self.retention_ledgers;
        for name in self.accounts {
            if !config.accounts.iter().any(|account| account.name == name) {
                config.accounts.push(FundedAccount::well_known(name));
            }
        }
        if let Some(ledger_time_ms) = self.ledger_time_ms {
            config.ledgers = LedgerClosing::Every(Duration::from_millis(ledger_time_ms));
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
            eprintln!("stellar-devnet: {failed}");
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
    println!("Stellar RPC  {}", devnet.rpc());
    println!("Friendbot    {}?addr=G…", devnet.friendbot());
    println!("Passphrase   {}", devnet.passphrase());
    println!("Accounts, whose keys everybody knows (never let them hold value anywhere):");
    for account in devnet.accounts() {
        println!("  {:<8} {}  {}", account.name, account.address(), account.secret());
    }
}

/// Seconds since 1970.
#[allow(clippy::disallowed_methods, reason = "the binary owns the clock")]
fn unix_seconds() -> u64 {
    // A clock before 1970 reads as 1970.
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
