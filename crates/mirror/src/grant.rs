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
