//! MembersOnly, the example of a consumer contract: a person acts only while her grant stands and her credential is good.

use stellar_xdr::ScVal;

use crate::{
    account::{Account, ContractId, Native},
    method::method,
    value::{Value, ValueError, structure_value},
};

/// The contract.
pub const WASM: &[u8] = include_bytes!("../../artifacts/members_only.wasm");

/// What its constructor takes: whom it asks, for whom, and whose credentials it trusts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Who reads credentials: the grantee.
    pub consumer: Native,
    /// The AccessGrants contract.
    pub grants: ContractId,
    /// The issuer that the consumer trusts.
    pub issuer: Account,
    /// The CredentialStatus contract.
    pub statuses: ContractId,
}

structure_value!(Config { consumer, grants, issuer, statuses });

impl Config {
    /// The constructor's arguments.
    pub fn constructor_args(&self) -> Result<Vec<ScVal>, ValueError> {
        Ok(vec![self.to_val()?])
    }
}

/// Where a member's credential is on chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credential {
    /// The id of the copy that the consumer read.
    pub data_id: [u8; 32],
    /// The issuer's list.
    pub list: u32,
    /// The credential's position in it.
    pub index: u32,
}

structure_value!(Credential { data_id, list, index });

/// Admits an owner, whose credential the consumer has read and found good. By the consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admit {
    /// Whom.
    pub owner: Native,
    /// With what.
    pub credential: Credential,
}

method!(Admit = "admit"(owner, credential) -> ());

/// What members do. Answers how many acts there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Act {
    /// Who, with her authorization.
    pub owner: Native,
}

method!(Act = "act"(owner) -> u32);

/// How many acts there were. A view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acts;

method!(Acts = "acts"() -> u32);
