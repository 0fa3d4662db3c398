//! Read keys, in memory only.

use std::time::Duration;

use idos_api::limits::MAX_SESSION_SECS;
use idos_sessions::{ReadKey, SessionId};
use moka::sync::Cache;

const READ_KEYS_MAX: u64 = 50_000;

/// The read keys that were agreed since the node was started; the least used are dropped when there are too many. One that is dropped
/// costs its client a round trip.
pub(crate) struct ReadKeys(Cache<SessionId, ReadKey>);

impl ReadKeys {
    pub(crate) fn new() -> Self {
        let lifetime = Duration::from_secs(MAX_SESSION_SECS);
        Self(Cache::builder().max_capacity(READ_KEYS_MAX).time_to_live(lifetime).build())
    }

    pub(crate) fn get(&self, session: &SessionId) -> Option<ReadKey> {
        self.0.get(session)
    }

    pub(crate) fn put(&self, session: SessionId, key: ReadKey) {
        self.0.insert(session, key);
    }

    pub(crate) fn drop_key(&self, session: &SessionId) {
        self.0.invalidate(session);
    }
}
