//! How a devnet is started.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use super::{
    account::{FUNDED_ACCOUNTS, FundedAccount},
    clock::Clock,
};
use crate::chain::{Genesis, Settings};

/// The passphrase of a devnet unless told otherwise, as of other local Stellar networks.
pub const PASSPHRASE: &str = "Standalone Network ; February 2017";

/// How many ledgers Stellar RPC keeps unless told otherwise: seven days of five seconds each.
pub const RETENTION_LEDGERS: u32 = 120_960;

/// How long friendbot waits for its transaction to be in a ledger.
pub const WAIT_TIMEOUT: Duration = Duration::from_secs(30);

/// When ledgers close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerClosing {
    /// With a transaction, before the answer to `sendTransaction`. Nothing happens in between, but for an empty ledger
    /// before a simulation when the newest one is older than five seconds, so that contracts see the time.
    OnDemand,
    /// One every so often, whether or not there is anything to do, as on a public network.
    Every(Duration),
    /// Only when somebody says so: [`Devnet::close_ledgers`](super::Devnet::close_ledgers), `devnet_closeLedgers`.
    Manual,
}

/// How a devnet is started.
#[derive(Debug, Clone)]
pub struct DevnetConfig {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Names the network; everything that is signed is bound to it.
    pub passphrase: String,
    /// Accounts that friendbot funds before anybody else is served.
    pub accounts: Vec<FundedAccount>,
    /// When ledgers close.
    pub ledgers: LedgerClosing,
    /// How many of the newest ledgers are kept, at least 1; older ones are forgotten with their transactions and events.
    pub retention_ledgers: u32,
    /// Fees and limits.
    pub settings: Settings,
    /// How long friendbot waits for its transaction to be in a ledger.
    pub wait_timeout: Duration,
    /// What time it is.
    pub clock: Clock,
}

impl DevnetConfig {
    /// A free port on this machine, [`PASSPHRASE`], the [`FUNDED_ACCOUNTS`], ledgers on demand, mainnet's settings.
    pub fn new(clock: Clock) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            passphrase: PASSPHRASE.to_owned(),
            accounts: FUNDED_ACCOUNTS.map(FundedAccount::well_known).to_vec(),
            ledgers: LedgerClosing::OnDemand,
            retention_ledgers: RETENTION_LEDGERS,
            settings: Settings::default(),
            wait_timeout: WAIT_TIMEOUT,
            clock,
        }
    }

    pub(super) fn genesis(&self) -> Genesis {
        Genesis {
            passphrase: self.passphrase.clone(),
            close_time: self.clock.unix_seconds(),
            settings: self.settings.clone(),
        }
    }
}
