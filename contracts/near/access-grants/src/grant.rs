use idos_near_protocol::{
    Bytes32,
    deposits::record_cost,
    record::{KEY_BYTES, RecordKey, read_record, write_record},
};
use near_sdk::{
    AccountId, NearToken,
    borsh::{BorshDeserialize, BorshSerialize},
    env,
};

/// Kind of a grant's record in its [`RecordKey`].
const KIND: u8 = 1;

/// What a grant locks of its owner's deposit: 88 bytes of state.
pub const GRANT_COST: NearToken = record_cost(16);

/// A grant as it is stored, under the hash of its [`GrantKey`]. Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(crate = "near_sdk::borsh")]
#[cfg_attr(not(target_arch = "wasm32"), derive(near_sdk::borsh::BorshSchema))]
pub struct Grant {
    /// When.
    pub created_at: u64,
    /// Locked through this second; 0 for no timelock.
    pub locked_until: u64,
}

/// What names a grant: at most one stands for each.
#[derive(Debug, Clone, Copy)]
pub struct GrantKey<'a> {
    /// Who grants.
    pub owner: &'a AccountId,
    /// Who may read.
    pub grantee: &'a AccountId,
    /// What: the id of the credential copy in the store.
    pub data_id: Bytes32,
}

impl GrantKey<'_> {
    /// The grant, if it stands.
    pub fn read(&self) -> Option<Grant> {
        read_record(&self.hash())
    }

    pub(crate) fn write(&self, grant: Grant) {
        write_record(&self.hash(), &grant);
    }

    pub(crate) fn remove(&self) {
        env::storage_remove(&self.hash());
    }

    fn hash(&self) -> [u8; KEY_BYTES as usize] {
        RecordKey::new(KIND).account(self.owner).account(self.grantee).fixed(&self.data_id.0).hash()
    }
}
