//! Mirrored grants.

use idos_grants::{Account, Address, DataId};

use crate::contract::ContractState;

/// One grant from its creation to now, or to its end. A grant that was revoked and created again is two of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirroredGrant {
    /// The contract that recorded it, and how far that contract is mirrored, read together with the grant.
    pub contract: ContractState,
    /// Who granted.
    pub owner: Account,
    /// Who may read.
    pub grantee: Account,
    /// What may be read.
    pub data_id: DataId,
    /// The block that created it.
    pub created_block: u64,
    /// That block's time, in Unix seconds.
    pub created_at: u64,
    /// Locked through this Unix second; 0 = no timelock.
    pub locked_until: u64,
    /// Whether it stands.
    pub state: GrantState,
}

impl MirroredGrant {
    /// Whether its creation is final, and confirmed by the contract's own history head.
    pub fn is_final(&self) -> bool {
        self.contract.confirmed_block().is_some_and(|confirmed| self.created_block <= confirmed)
    }

    /// Whether it stands.
    pub fn is_standing(&self) -> bool {
        self.state == GrantState::Standing
    }
}

/// Whether a grant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantState {
    /// It does, final or not.
    Standing,
    /// Its owner revoked it, final or not.
    Revoked {
        /// In this block.
        block: u64,
    },
}

/// Which grants to list: those that match every field that is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GrantFilter {
    /// By whom, on any mirrored chain.
    pub owner: Option<Address>,
    /// To whom, on any mirrored chain.
    pub grantee: Option<Address>,
    /// On what.
    pub data_id: Option<DataId>,
}

impl GrantFilter {
    /// Whether it would list everything.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Which grants to list newest first.
#[derive(Debug, Clone, Copy)]
pub struct NewestFilter<'a> {
    /// What `accounts` are in the grant.
    pub side: Side,
    /// One profile's wallets, on any mirrored chain: at most [`MAX_ACCOUNTS`](crate::MAX_ACCOUNTS), each once.
    pub accounts: &'a [Address],
    /// Who is on the other side, on any mirrored chain.
    pub other: Option<Address>,
    /// Created in this Unix second or later.
    pub since: Option<u64>,
    /// Created in this Unix second or earlier.
    pub until: Option<u64>,
}

/// A side of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Who granted.
    Owner,
    /// Who may read.
    Grantee,
}

impl Side {
    /// The column of this side, and that of the other.
    pub(crate) fn columns(self) -> (&'static str, &'static str) {
        match self {
            Self::Owner => ("owner", "grantee"),
            Self::Grantee => ("grantee", "owner"),
        }
    }
}

/// The longest timelock among the standing grants of one owner in one contract, final or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The contract, and how far it is mirrored.
    pub contract: ContractState,
    /// Whose grants.
    pub owner: Account,
    /// Locked through this Unix second.
    pub locked_until: u64,
}

/// How the grants of one owner on one data id stand in one contract, where any was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantsEnd {
    /// The contract, and how far it is mirrored.
    pub contract: ContractState,
    /// Whose grants.
    pub owner: Account,
    /// On what.
    pub data_id: DataId,
    /// How many stand, final or not.
    pub standing: u64,
    /// The newest block that revoked one; 0 if none was revoked.
    pub revoked_block: u64,
}
