//! MembersOnly, the example of a consumer contract: a person acts only while her grant stands and her credential is good.

use near_account_id::AccountId;
use serde::{Deserialize, Serialize};

use crate::{
    bytes32::Bytes32,
    method::{Method, TGAS},
};

/// The contract.
pub const WASM: &[u8] = include_bytes!("../../artifacts/members_only.wasm");

/// Sets the contract up, in the transaction that deploys it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct New {
    /// The AccessGrants contract.
    pub grants: AccountId,
    /// The CredentialStatus contract.
    pub statuses: AccountId,
    /// Who reads credentials: the grantee.
    pub consumer: AccountId,
    /// The issuer that the consumer trusts.
    pub issuer: AccountId,
}

impl Method for New {
    const NAME: &'static str = "new";
    type Answer = ();
}

/// Admits an owner, whose credential the consumer has read and found good. By the consumer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admit {
    /// Whom.
    pub owner: AccountId,
    /// The id of the copy that the consumer read.
    pub data_id: Bytes32,
    /// The issuer's list.
    pub list: u32,
    /// The credential's position in it.
    pub index: u32,
}

impl Method for Admit {
    const NAME: &'static str = "admit";
    type Answer = ();
}

/// What members do. Answers how many acts there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {}

impl Method for Act {
    const NAME: &'static str = "act";
    type Answer = u32;

    fn gas(&self) -> u64 {
        50 * TGAS
    }
}

/// How many acts there were. A view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acts {}

impl Method for Acts {
    const NAME: &'static str = "acts";
    type Answer = u32;
}
