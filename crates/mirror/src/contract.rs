//! The contracts that are mirrored, and how far.

use std::{fmt, str::FromStr};

use idos_grants::{Account, HistoryHead};

/// What a contract records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContractKind {
    /// Who may read what.
    AccessGrants,
    /// Which credentials are suspended or revoked.
    CredentialStatus,
}

impl ContractKind {
    /// The kind as SQL and JSON write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessGrants => "access_grants",
            Self::CredentialStatus => "credential_status",
        }
    }
}

impl fmt::Display for ContractKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ContractKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "access_grants" => Ok(Self::AccessGrants),
            "credential_status" => Ok(Self::CredentialStatus),
            _ => Err(()),
        }
    }
}

/// A contract to mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Contract {
    /// Where it is.
    pub account: Account,
    /// What it records.
    pub kind: ContractKind,
    /// The first block that can hold one of its events: the block it was deployed in, or any before.
    pub start_block: u64,
}

/// How far a contract is mirrored. What the gate needs to know before it trusts a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractState {
    /// Which contract.
    pub account: Account,
    /// What it records.
    pub kind: ContractKind,
    /// The newest block whose events are in the mirror; `None` before the first.
    pub seen: Option<SeenBlock>,
    /// The newest block that the chain will not undo.
    pub final_block: u64,
    /// The newest block at which the contract itself confirmed the mirror's history head.
    pub verified_block: Option<u64>,
    /// When (node clock, Unix seconds) a source last named the chain's newest block and the mirror was level with it;
    /// 0 = never. On a quiet chain the seen block grows old while this stays young; with no source to ask, this grows
    /// old.
    pub polled_at: u64,
    /// Set while the mirror is known to differ from the contract: nothing in it may open the gate.
    pub broken: Option<Broken>,
}

impl ContractState {
    /// The newest block whose grants may open the gate: final, and confirmed by the contract's own history head.
    pub fn confirmed_block(&self) -> Option<u64> {
        self.verified_block.map(|verified| verified.min(self.final_block))
    }

    /// Whether the mirror was level with its chain within the last `max_age_secs`.
    pub fn is_fresh(&self, now: u64, max_age_secs: u64) -> bool {
        self.seen.is_some() && self.polled_at != 0 && now.saturating_sub(self.polled_at) <= max_age_secs
    }
}

/// The block up to which a contract is mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenBlock {
    /// Its height.
    pub number: u64,
    /// Its time, in Unix seconds: the chain's clock as this mirror knows it.
    pub time: u64,
    /// The hash over every event up to there, as the mirror folded it.
    pub head: HistoryHead,
}

/// Which blocks a mirror has wrong, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The first block to fetch again.
    pub from_block: u64,
    /// The last one.
    pub to_block: u64,
    /// For the operator.
    pub reason: String,
}
