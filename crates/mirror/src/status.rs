//! Mirrored credential statuses.

use idos_grants::Status;

use crate::contract::ContractState;

/// What an issuer says of a credential, and as of when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirroredStatus {
    /// The status; `Valid` where the issuer never said anything.
    pub status: Status,
    /// The contract that records it, and how far it is mirrored, read together with the status.
    pub contract: ContractState,
}
