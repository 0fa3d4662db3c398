//! Read keys, in memory only.

use idos_sessions::{ReadKey, SessionId};
use quick_cache::sync::Cache;

use crate::db::StoredSession;

const READ_KEYS_MAX: usize = 50_000;

/// The read keys that were agreed since the node was started; the least used are dropped when there are too many. One that is dropped
/// costs its client a round trip.
pub(crate) struct ReadKeys(Cache<SessionId, Agreed>);

#[derive(Clone)]
struct Agreed {
    key: ReadKey,
    session_ends_at: u64,
}

impl ReadKeys {
    pub(crate) fn new() -> Self {
        Self(Cache::new(READ_KEYS_MAX))
    }

    pub(crate) fn get(&self, session: &SessionId) -> Option<ReadKey> {
        self.0.get(session).map(|agreed| agreed.key)
    }

    /// Keeps a key for as long as its session may last.
    pub(crate) fn put(&self, session: &StoredSession, key: ReadKey) {
        self.0.insert(session.id, Agreed { key, session_ends_at: session.expires_at });
    }

    pub(crate) fn drop_key(&self, session: &SessionId) {
        self.0.remove(session);
    }

    /// Wipes the keys of sessions that have ended by `now`.
    pub(crate) fn drop_ended(&self, now: u64) {
        self.0.retain(|_, agreed| now < agreed.session_ends_at);
    }
}

#[cfg(test)]
mod tests {
    use idos_grants::Address;
    use idos_sessions::SessionKey;
    use idos_wallets::Wallet;

    use super::*;

    fn session(n: u8, expires_at: u64) -> StoredSession {
        StoredSession {
            id: SessionId([n; 16]),
            wallet: Wallet::by_key(Address::Evm([1; 20])),
            key: SessionKey::from_bytes(&[2; 32]).public(),
            expires_at,
        }
    }

    #[test]
    fn a_key_is_dropped_when_its_session_has_ended() {
        let keys = ReadKeys::new();
        let (first, second) = (session(1, 100), session(2, 101));
        for session in [&first, &second] {
            keys.put(session, ReadKey::from_bytes(&[3; 32]));
        }
        keys.drop_ended(100);
        assert!(keys.get(&first.id).is_none());
        assert!(keys.get(&second.id).is_some());
        keys.drop_key(&second.id);
        assert!(keys.get(&second.id).is_none());
    }
}
