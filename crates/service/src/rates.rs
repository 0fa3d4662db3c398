//! How often somebody may ask: by network address, before anything is looked at, and by whatever else a service knows its callers by.
//!
//! Each bound keeps a fixed number of cells, which keys are spread over by a random hash: memory is the same however many ask. Two keys may share a cell,
//! and then its bound; nobody can choose with whom.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    net::{IpAddr, Ipv6Addr, SocketAddr},
    num::NonZeroU32,
    time::Duration,
};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, HeaderName},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, MonotonicClock},
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed, StateStore},
};

/// Cells of each bound, of 8 bytes: many more than there are busy addresses.
const CELLS: usize = 1 << 16;

/// What proxies write the client's address into.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A clock of nanoseconds counts no more.
const PER_SECOND_MAX: NonZeroU32 = number(1_000_000);

/// Proxies that a request is believed to have come through.
const HOPS_MAX: usize = 16;

/// How often somebody may ask. A burst is what may come at once after a quiet time.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RateLimits {
    /// Requests without a session (nonces, sign-ins, status lists) of one address, a second.
    pub public_per_second: NonZeroU32,
    /// The same, at once.
    pub public_burst: NonZeroU32,
    /// All requests of one address, a second.
    pub address_per_second: NonZeroU32,
    /// The same, at once.
    pub address_burst: NonZeroU32,
    /// Requests of one wallet's sessions, a second.
    pub wallet_per_second: NonZeroU32,
    /// The same, at once.
    pub wallet_burst: NonZeroU32,
    /// The addresses of the operator's own proxies, whose `X-Forwarded-For` is believed; nobody else's is.
    pub trusted_proxies: Vec<IpAddr>,
}

const fn number(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            public_per_second: number(20),
            public_burst: number(400),
            address_per_second: number(2_000),
            address_burst: number(20_000),
            wallet_per_second: number(1_000),
            wallet_burst: number(10_000),
            trusted_proxies: Vec::new(),
        }
    }
}

/// A fixed number of cells for any number of keys.
struct Cells<K> {
    cells: Box<[InMemoryState]>,
    hasher: RandomState,
    of: std::marker::PhantomData<fn(K)>,
}

impl<K> Cells<K> {
    fn new() -> Self {
        let cells = std::iter::repeat_with(InMemoryState::default).take(CELLS).collect();
        Self { cells, hasher: RandomState::new(), of: std::marker::PhantomData }
    }
}

impl<K: Hash> StateStore for Cells<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let number = self.hasher.hash_one(key) as usize % CELLS;
        match self.cells.get(number) {
            Some(cell) => cell.measure_and_replace(&NotKeyed::NonKey, f),
            None => f(None).map(|(outcome, _)| outcome),
        }
    }
}

/// A caller that asks too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooFast {
    /// When it may ask again, in seconds from now.
    pub retry_after_secs: u64,
}

impl TooFast {
    /// What the caller is told.
    pub const MESSAGE: &'static str =
        "too many requests at once: try again after the seconds that retry-after states";
}

/// A bound for each key.
pub struct Bound<K: Hash + Eq + Clone, C: Clock = MonotonicClock> {
    limiter: RateLimiter<K, Cells<K>, C, NoOpMiddleware<C::Instant>>,
    clock: C,
}

impl<K: Hash + Eq + Clone> Bound<K> {
    /// So many a second, and so many at once.
    pub fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        Self::with_clock(per_second, burst, MonotonicClock)
    }
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Bound<K, C> {
    fn with_clock(per_second: NonZeroU32, burst: NonZeroU32, clock: C) -> Self {
        let quota = Quota::per_second(per_second.min(PER_SECOND_MAX)).allow_burst(burst);
        Self { limiter: RateLimiter::new(quota, Cells::new(), clock.clone()), clock }
    }

    /// Counts a request of `key`.
    ///
    /// # Errors
    /// If it asks too often.
    pub fn check(&self, key: &K) -> Result<(), TooFast> {
        self.limiter.check_key(key).map_err(|until| {
            let wait: Duration = until.wait_time_from(self.clock.now());
            TooFast { retry_after_secs: wait.as_secs().saturating_add(1) }
        })
    }
}

/// The bounds by address, at work.
pub struct AddressRates<C: Clock = MonotonicClock> {
    public: Bound<IpAddr, C>,
    address: Bound<IpAddr, C>,
    trusted_proxies: Vec<IpAddr>,
}

impl AddressRates {
    /// By these settings.
    pub fn new(limits: &RateLimits) -> Self {
        Self::with_clock(limits, MonotonicClock)
    }
}

impl<C: Clock + Clone> AddressRates<C> {
    fn with_clock(limits: &RateLimits, clock: C) -> Self {
        Self {
            public: Bound::with_clock(limits.public_per_second, limits.public_burst, clock.clone()),
            address: Bound::with_clock(limits.address_per_second, limits.address_burst, clock),
            trusted_proxies: limits.trusted_proxies.iter().map(IpAddr::to_canonical).collect(),
        }
    }

    /// Counts a request. Where the server does not say who is connected, nobody is told from others.
    ///
    /// # Errors
    /// If its address asks too often.
    pub fn check(
        &self,
        extensions: &Extensions,
        headers: &HeaderMap,
        is_public: bool,
    ) -> Result<(), TooFast> {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let Some(peer) = peer else { return Ok(()) };
        let address = network_of(self.client(peer.to_canonical(), headers));
        if is_public {
            self.public.check(&address)?;
        }
        self.address.check(&address)
    }

    /// Who asks: the last address before the operator's own proxies. What a client writes into the header itself stands before that, and counts for
    /// nothing.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.trusted_proxies.contains(&peer) {
            return peer;
        }
        let values = headers.get_all(FORWARDED_FOR).iter().rev();
        let hops = values.flat_map(|value| value.to_str().unwrap_or_default().rsplit(',')).take(HOPS_MAX);
        let mut client = peer;
        for hop in hops {
            let Ok(hop) = hop.trim().parse::<IpAddr>() else { return client };
            client = hop.to_canonical();
            if !self.trusted_proxies.contains(&client) {
                return client;
            }
        }
        client
    }
}

/// One customer's network: an IPv6 customer has 2^64 addresses.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn rates(clock: &FakeRelativeClock) -> AddressRates<FakeRelativeClock> {
        let limits = RateLimits {
            public_per_second: number(1),
            public_burst: number(2),
            address_per_second: number(1),
            address_burst: number(5),
            trusted_proxies: vec!["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()],
            ..RateLimits::default()
        };
        AddressRates::with_clock(&limits, clock.clone())
    }

    fn of(peer: &str) -> Extensions {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        extensions
    }

    fn forwarded(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (FORWARDED_FOR, value.parse().unwrap())).collect()
    }

    #[test]
    fn an_address_waits_for_as_long_as_it_is_told() {
        let clock = FakeRelativeClock::default();
        let (rates, none) = (rates(&clock), HeaderMap::new());
        let ask = |from: &str, is_public| rates.check(&of(from), &none, is_public);
        assert!(ask("1.1.1.1", true).is_ok());
        assert!(ask("1.1.1.1", true).is_ok());
        let TooFast { retry_after_secs } = ask("1.1.1.1", true).unwrap_err();
        assert!(ask("1.1.1.1", false).is_ok(), "other routes have a bound of their own");
        assert!(ask("2.2.2.2", true).is_ok(), "others are not held up");
        clock.advance(Duration::from_secs(retry_after_secs));
        assert!(ask("1.1.1.1", true).is_ok());
    }

    #[test]
    fn an_ipv6_network_is_one_address_and_a_mapped_address_is_ipv4() {
        let clock = FakeRelativeClock::default();
        let (rates, none) = (rates(&clock), HeaderMap::new());
        let ask = |from: &str| rates.check(&of(from), &none, true).is_ok();
        assert!(ask("2001:db8::1") && ask("2001:db8::2:0:0:1"));
        assert!(!ask("2001:db8::ffff:0:0:9"));
        assert!(ask("2001:db8:0:1::1"));
        assert!(ask("1.1.1.1") && ask("::ffff:1.1.1.1") && !ask("1.1.1.1"));
    }

    #[test]
    fn only_the_operators_proxies_say_who_asks() {
        let rates = rates(&FakeRelativeClock::default());
        let table: [(&str, &str, &[&str], &str); 8] = [
            ("no proxy", "9.9.9.9", &[], "9.9.9.9"),
            ("a header of the client's own", "9.9.9.9", &["1.1.1.1"], "9.9.9.9"),
            ("through the proxy", "10.0.0.1", &["1.1.1.1"], "1.1.1.1"),
            ("through both", "10.0.0.1", &["1.1.1.1, 10.0.0.2"], "1.1.1.1"),
            ("in two headers", "10.0.0.1", &["1.1.1.1", "10.0.0.2"], "1.1.1.1"),
            ("the client wrote one before", "10.0.0.1", &["7.7.7.7, 1.1.1.1"], "1.1.1.1"),
            ("the proxy wrote nothing", "10.0.0.1", &[], "10.0.0.1"),
            ("what is no address", "10.0.0.1", &["1.1.1.1, x"], "10.0.0.1"),
        ];
        for (name, peer, values, client) in table {
            let found = rates.client(peer.parse().unwrap(), &forwarded(values));
            assert_eq!(found, client.parse::<IpAddr>().unwrap(), "{name}");
        }
    }

    #[test]
    fn each_key_has_a_bound_of_its_own() {
        let clock = FakeRelativeClock::default();
        let bound = Bound::with_clock(number(2), number(3), clock.clone());
        assert_eq!((0..10).filter(|_| bound.check(&"one").is_ok()).count(), 3);
        assert!(bound.check(&"two").is_ok());
        clock.advance(Duration::from_secs(1));
        assert_eq!((0..10).filter(|_| bound.check(&"one").is_ok()).count(), 2);
    }

    #[test]
    fn nobody_is_told_from_others_without_an_address() {
        let rates = rates(&FakeRelativeClock::default());
        assert!((0..100).all(|_| rates.check(&Extensions::new(), &HeaderMap::new(), true).is_ok()));
    }
}
