//! How a devnet is started.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use super::{
    account::{FUNDED_ACCOUNTS, FundedAccount},
    clock::Clock,
};
use crate::chain::Genesis;

/// The chain id that a devnet has unless told otherwise.
pub const CHAIN_ID: &str = "localnet";

/// How long a request waits for a transaction to get as far as it asks; a NEAR node waits as long.
pub const WAIT_TIMEOUT: Duration = Duration::from_secs(10);

/// When blocks are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockProduction {
    /// A transaction makes blocks at once, until everything that follows from it has run and is final. So every answer
    /// comes at once, and optimistic and final state are the same whenever nothing is under way.
    OnDemand,
    /// One block every so often, whether or not there is anything to do, as on a public network.
    Every(Duration),
    /// Only when the program that started the devnet says so: [`Devnet::produce_blocks`](super::Devnet::produce_blocks).
    Manual,
}

/// How a devnet is started.
#[derive(Debug, Clone)]
pub struct DevnetConfig {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What `status` answers, and what NEP-413 wallets show.
    pub chain_id: String,
    /// Accounts of the first block; at least one.
    pub accounts: Vec<FundedAccount>,
    /// When blocks are made.
    pub blocks: BlockProduction,
    /// How long a request waits for a transaction to get as far as it asks.
    pub wait_timeout: Duration,
    /// What time it is.
    pub clock: Clock,
}

impl DevnetConfig {
    /// A free port on this machine, [`CHAIN_ID`], the [`FUNDED_ACCOUNTS`], blocks on demand.
    pub fn new(clock: Clock) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            chain_id: CHAIN_ID.to_owned(),
            accounts: FUNDED_ACCOUNTS.map(|id| FundedAccount::well_known(id.to_owned())).to_vec(),
            blocks: BlockProduction::OnDemand,
            wait_timeout: WAIT_TIMEOUT,
            clock,
        }
    }

    pub(super) fn genesis(&self) -> Genesis {
        Genesis {
            chain_id: self.chain_id.clone(),
            height: 0,
            timestamp_ns: self.clock.unix_ns(),
            accounts: self.accounts.iter().map(FundedAccount::genesis).collect(),
        }
    }
}
