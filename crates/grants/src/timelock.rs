//! Timelocks: until when a grant can be neither revoked nor its data deleted.

/// The furthest that a lock may reach ahead of now: 20 years of 365 days. A value in milliseconds is refused by
/// this bound instead of locking data for ever.
pub const MAX_TIMELOCK_SECS: u64 = 20 * 365 * 24 * 60 * 60;

/// What `locked_until` holds where there is no timelock.
pub const UNLOCKED: u64 = 0;

/// Whether a grant is locked at `now`: through the second `locked_until` itself.
pub fn is_locked(locked_until: u64, now: u64) -> bool {
    locked_until != UNLOCKED && now <= locked_until
}

/// Whether `locked_until` may be set at `now`: no timelock, or one that ends later than now and within
/// [`MAX_TIMELOCK_SECS`].
pub fn is_valid_timelock(locked_until: u64, now: u64) -> bool {
    locked_until == UNLOCKED || (locked_until > now && locked_until - now <= MAX_TIMELOCK_SECS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn a_lock_holds_through_its_last_second() {
        assert!(is_locked(NOW, NOW - 1));
        assert!(is_locked(NOW, NOW));
        assert!(!is_locked(NOW, NOW + 1));
        assert!(!is_locked(UNLOCKED, 0));
    }

    #[test]
    fn a_lock_in_the_past_or_in_milliseconds_is_invalid() {
        let table = [
            ("none", UNLOCKED, true),
            ("past", NOW - 1, false),
            ("now", NOW, false),
            ("next second", NOW + 1, true),
            ("20 years", NOW + MAX_TIMELOCK_SECS, true),
            ("a second more", NOW + MAX_TIMELOCK_SECS + 1, false),
            ("milliseconds", (NOW + 60) * 1_000, false),
            ("largest", u64::MAX, false),
        ];
        for (name, locked_until, valid) in table {
            assert_eq!(is_valid_timelock(locked_until, NOW), valid, "{name}");
        }
    }
}
