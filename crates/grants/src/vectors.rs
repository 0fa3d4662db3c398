//! The scenarios in `vectors/`, as types: for the tests of the model and of every contract.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{account::Address, chain::Namespace, data_id::DataId, history::HistoryHead, status::Status};

/// `vectors/grants.json`
pub const GRANTS: &str = include_str!("../vectors/grants.json");
/// `vectors/statuses.json`
pub const STATUSES: &str = include_str!("../vectors/statuses.json");

/// A file of scenarios.
#[derive(Debug, Clone, Deserialize)]
pub struct Scenarios<T> {
    /// Each starts with a new contract.
    pub scenarios: Vec<T>,
}

/// A scenario of an access-grants contract.
#[derive(Debug, Clone, Deserialize)]
pub struct GrantScenario {
    /// What it shows.
    pub name: String,
    /// In order.
    pub steps: Vec<GrantStep>,
    /// Every grant that stands in the end.
    pub standing: Vec<StandingGrant>,
    /// The head in the end, by namespace.
    pub history_head: BTreeMap<String, HistoryHead>,
}

/// One verb, and how it ends.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantStep {
    /// The time of the block.
    pub at: u64,
    /// Who calls.
    pub by: String,
    /// Which verb.
    pub verb: String,
    /// Its arguments; one, unless the verb is a batch.
    pub grants: Vec<GrantArguments>,
    /// The names of the events, where it is done.
    #[serde(default)]
    pub events: Vec<String>,
    /// The name of the error, where it is refused.
    pub error: Option<String>,
}

/// What a verb is about.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantArguments {
    /// To whom.
    pub grantee: String,
    /// Over what: the byte that the data id repeats.
    pub data: u8,
    /// The lock, for verbs that take one.
    #[serde(default)]
    pub locked_until: u64,
}

/// A grant that stands in the end.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandingGrant {
    /// By whom.
    pub owner: String,
    /// To whom.
    pub grantee: String,
    /// Over what.
    pub data: u8,
    /// When.
    pub created_at: u64,
    /// Until when it is locked.
    pub locked_until: u64,
}

/// A scenario of a credential-status contract.
#[derive(Debug, Clone, Deserialize)]
pub struct StatusScenario {
    /// What it shows.
    pub name: String,
    /// In order.
    pub steps: Vec<StatusStep>,
    /// What the contract says in the end.
    pub statuses: Vec<StandingStatus>,
    /// The head in the end, by namespace.
    pub history_head: BTreeMap<String, HistoryHead>,
}

/// One call, and how it ends.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusStep {
    /// The time of the block.
    pub at: u64,
    /// Which issuer.
    pub by: String,
    /// Which list.
    pub list: u32,
    /// Which position.
    pub index: u32,
    /// What it says.
    pub status: Status,
    /// Whether an event follows, where it is done.
    #[serde(default)]
    pub event: bool,
    /// The name of the error, where it is refused.
    pub error: Option<String>,
}

/// A status in the end.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandingStatus {
    /// Whose list.
    pub issuer: String,
    /// Which list.
    pub list: u32,
    /// Which position.
    pub index: u32,
    /// What it says.
    pub status: Status,
}

/// The data id that repeats a byte.
pub fn data_id(byte: u8) -> DataId {
    DataId([byte; 32])
}

/// A name's account on the chains of a family; `None` for a name that no scenario uses, and where no contract runs. On Stellar alice and bank are
/// accounts and carol is a bare Ed25519 key, whose secret keys repeat their byte; shop is a contract.
pub fn address(namespace: Namespace, name: &str) -> Option<Address> {
    let (byte, near, stellar) = match name {
        "alice" => (0x11, "alice.near", "GDIEVMRSOQV3JKZ2CNUL2RQV4TTNAISKW4NAC25PQUQKGMWJO6DTOAE7"),
        "carol" => {
            (0x33, "carol.near", "ed25519-17cb79fb2b4120f2b1ec65e4198d6e08b28e813feb01e4a400839b85e18080ce")
        }
        "bank" => (0xbb, "bank.near", "GB6VTRLCHXKAU5FKJVNDFLDELU5T7FO25LSMEK7CKR3N22SIN5ZYFLMX"),
        "shop" => (0xcc, "shop.near", "CDGMZTGMZTGMZTGMZTGMZTGMZTGMZTGMZTGMZTGMZTGMZTGMZTGMZLND"),
        _ => return None,
    };
    match namespace {
        Namespace::Eip155 => Some(Address::Evm([byte; 20])),
        Namespace::Near => Address::parse(namespace, near).ok(),
        Namespace::Stellar => Address::parse(namespace, stellar).ok(),
        Namespace::Xrpl => None,
    }
}
