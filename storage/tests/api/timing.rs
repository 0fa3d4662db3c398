//! How long a refusal takes tells a stranger nothing either.

use std::time::{Duration, Instant};

use idos_api::ErrorCode;
use idos_grants::DataId;

use crate::support::{House, Issuer, Person, data_id};

/// Reads of each kind.
const READS: usize = 600;
/// A round in which the machine had other things to do is measured again, so many times.
const ROUNDS: usize = 3;
/// Medians of the same thing, measured in turn on a busy machine, differ by less.
const NOISE: f64 = 0.15;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_and_what_is_somebody_elses_take_the_same_time() {
    let mut house = House::build_at(None, |_| ()).await;
    let (owner, granted) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
    let mut stranger = Person::new(&house, 3).await;
    stranger.agree_read_key(&house).await;
    let (original, _) = owner.store(&house, &Issuer::number(1)).await;
    let (copy, _) = owner.share(&house, original, &granted).await;
    let now = house.now();
    house.grants.create(now, owner.account, granted.account, copy, 0).await;

    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let (missing, foreign) = measure(&house, &stranger, copy).await;
        if (foreign.as_secs_f64() / missing.as_secs_f64() - 1.0).abs() < NOISE {
            return;
        }
        rounds.push((missing, foreign));
    }
    panic!("what is missing, and what is somebody else's: {rounds:?}");
}

/// The median of each, asked for in turn.
async fn measure(house: &House, stranger: &Person, copy: DataId) -> (Duration, Duration) {
    let (mut missing, mut foreign) = (Vec::new(), Vec::new());
    for turn in 0..2 * READS {
        let (id, times) = if turn % 2 == 0 { (data_id(), &mut missing) } else { (copy, &mut foreign) };
        let begin = Instant::now();
        let answer = stranger.read(house, id).await;
        times.push(begin.elapsed());
        assert_eq!(answer.error(), (404, ErrorCode::NotFound));
    }
    (median(missing), median(foreign))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
