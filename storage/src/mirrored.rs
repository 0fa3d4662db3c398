//! The mirror, as the vault asks it.

use idos_grants::{Account, Address, DataId};
use idos_mirror::{ContractKind, ContractState, GrantsEnd, Lock, MAX_DATA_IDS, MirrorReader, MirroredGrant};

use crate::error::ServiceError;

/// Reads the mirror, and knows how old it may be.
pub(crate) struct Mirrored {
    reader: MirrorReader,
    stale_after_secs: u64,
}

impl Mirrored {
    pub(crate) fn new(reader: MirrorReader, stale_after_secs: u64) -> Self {
        Self { reader, stale_after_secs }
    }

    /// How long ago, in seconds, a contract's mirror may last have been level with its chain.
    pub(crate) fn stale_after_secs(&self) -> u64 {
        self.stale_after_secs
    }

    /// For lists.
    pub(crate) fn reader(&self) -> &MirrorReader {
        &self.reader
    }

    /// Every mirrored contract.
    pub(crate) async fn contracts(&self) -> Result<Vec<ContractState>, ServiceError> {
        Ok(self.reader.contracts().await?)
    }

    /// Refuses a contract that is not mirrored as an access-grants contract.
    pub(crate) async fn check_access_grants(&self, account: &Account) -> Result<(), ServiceError> {
        match self.reader.contract(account).await? {
            Some(contract) if contract.kind == ContractKind::AccessGrants => Ok(()),
            _ => Err(ServiceError::UnknownContract),
        }
    }

    /// The grants on `id` by one of `owners` to one of `grantees` that stand, and one that was revoked, if any was.
    pub(crate) async fn access(
        &self,
        id: &DataId,
        owners: &[Address],
        grantees: &[Address],
    ) -> Result<Vec<MirroredGrant>, ServiceError> {
        Ok(self.reader.access(id, owners, grantees).await?)
    }

    /// The timelocks of `owners` on any of `ids`, however many these are.
    pub(crate) async fn locks_on(
        &self,
        owners: &[Address],
        ids: &[DataId],
    ) -> Result<Vec<Lock>, ServiceError> {
        let mut locks = Vec::new();
        for ids in ids.chunks(MAX_DATA_IDS) {
            locks.extend(self.reader.locks_on(owners, ids).await?);
        }
        Ok(locks)
    }

    /// How the grants of `owners` on `ids` stand, where any was seen; at most [`MAX_DATA_IDS`].
    pub(crate) async fn ends(
        &self,
        owners: &[Address],
        ids: &[DataId],
    ) -> Result<Vec<GrantsEnd>, ServiceError> {
        Ok(self.reader.ends(owners, ids).await?)
    }

    /// The timelocks of `owners`, on `id` or on anything.
    pub(crate) async fn locks(
        &self,
        owners: &[Address],
        id: Option<DataId>,
    ) -> Result<Vec<Lock>, ServiceError> {
        Ok(self.reader.locks(owners, id.as_ref()).await?)
    }
}
