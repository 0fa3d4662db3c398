//! How often somebody may ask, by address and by wallet. What a holding is asked in an hour is counted in the database, with the commands.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    time::{Duration, Instant},
};

use quick_cache::sync::Cache;

/// Addresses and wallets that are remembered at a time. Whoever is forgotten starts anew.
const REMEMBERED: usize = 65_536;

/// How often is often enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many at once.
    pub burst: u32,
    /// How long it takes until there is room for one more.
    pub every: Duration,
}

impl Rate {
    /// When all that was allowed so far is made up for, if one more is allowed at `now`. `until` is the same before it. The generic cell rate
    /// algorithm (ITU-T I.371) in one subtraction.
    fn admit(self, until: Option<Instant>, now: Instant) -> Option<Instant> {
        let until = until.map_or(now, |until| until.max(now));
        let ahead = until.duration_since(now);
        (ahead <= self.every.saturating_mul(self.burst.saturating_sub(1))).then(|| until + self.every)
    }
}

/// Who asked when.
pub(crate) struct Limiter<K> {
    rate: Rate,
    until: Cache<K, Instant>,
}

impl<K: Eq + Hash + Clone> Limiter<K> {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, until: Cache::new(REMEMBERED) }
    }

    /// Whether `who` may ask at `now`. Two who ask at the very same moment may both be let in.
    pub(crate) fn admits(&self, who: K, now: Instant) -> bool {
        match self.rate.admit(self.until.get(&who), now) {
            Some(until) => {
                self.until.insert(who, until);
                true
            }
            None => false,
        }
    }
}

/// An address as it is limited: of IPv6 the network, of which one customer has all addresses.
pub(crate) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_in_and_then_one_each_time_there_is_room() {
        let limiter = Limiter::new(Rate { burst: 3, every: Duration::from_secs(10) });
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let table = [
            ("first", 0, true),
            ("second", 0, true),
            ("third", 0, true),
            ("fourth", 0, false),
            ("still too early", 9, false),
            ("room for one", 10, true),
            ("and no more", 10, false),
            ("long after: a burst again", 1000, true),
            ("its second", 1000, true),
            ("its third", 1000, true),
            ("its fourth", 1000, false),
        ];
        for (name, seconds, admitted) in table {
            assert_eq!(limiter.admits("one", at(seconds)), admitted, "{name}");
        }
        assert!(limiter.admits("another", at(1000)));
    }

    #[test]
    fn one_customer_is_one_network() {
        let table = [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ];
        for (address, network) in table {
            assert_eq!(network_of(address.parse().unwrap()), network.parse::<IpAddr>().unwrap(), "{address}");
        }
    }
}
