//! Stand-ins for the owner of what does not exist, so that looking for it takes the same steps.

use idos_grants::{Address, DataId};
use uuid::Uuid;

/// A profile that nobody has: no UUID of version 0 is ever given out.
pub(super) fn profile(id: DataId) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&id.0[..16]);
    bytes[6] &= 0x0f;
    Uuid::from_bytes(bytes)
}

/// A data id under which nothing is stored, but by an accident that would change nothing.
pub(super) fn data_id(id: DataId) -> DataId {
    DataId(id.0.map(|byte| !byte))
}

/// An address that nobody has a key for.
pub(super) fn address(id: DataId) -> Address {
    let mut bytes = [0; 20];
    bytes.copy_from_slice(&id.0[..20]);
    Address::Evm(bytes)
}
