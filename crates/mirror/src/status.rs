//! Mirrored credential statuses.

use idos_grants::{Status, status::Word};

use crate::contract::ContractState;

/// What an issuer says of a credential, and as of when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirroredStatus {
    /// The status; `Valid` where the issuer never said anything.
    pub status: Status,
    /// The contract that records it, and how far it is mirrored, read together with the status.
    pub contract: ContractState,
}

/// One list of an issuer for one purpose, and as of when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirroredList {
    /// The words that are or were not zero, in their order: at most 512. All others are zero.
    pub words: Vec<(u16, Word)>,
    /// The contract that records it, and how far it is mirrored, read together with the words.
    pub contract: ContractState,
}
