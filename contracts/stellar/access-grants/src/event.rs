//! The events, as the chain writes them.
#![allow(missing_docs, reason = "what the macros add has none")]

use idos_stellar_protocol::Account;
use soroban_sdk::{BytesN, contractevent};

#[contractevent]
#[derive(Clone, Debug)]
pub struct GrantCreated {
    #[topic]
    pub owner: Account,
    #[topic]
    pub grantee: Account,
    #[topic]
    pub data_id: BytesN<32>,
    pub locked_until: u64,
}

#[contractevent]
#[derive(Clone, Debug)]
pub struct TimelockExtended {
    #[topic]
    pub owner: Account,
    #[topic]
    pub grantee: Account,
    #[topic]
    pub data_id: BytesN<32>,
    pub locked_until: u64,
}

// `locked_until`: the lock that the grant had.
#[contractevent]
#[derive(Clone, Debug)]
pub struct GrantRevoked {
    #[topic]
    pub owner: Account,
    #[topic]
    pub grantee: Account,
    #[topic]
    pub data_id: BytesN<32>,
    pub locked_until: u64,
}
