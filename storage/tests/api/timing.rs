//! How long a refusal takes tells a stranger nothing either.

use std::time::{Duration, Instant};

use axum::http::Method;
use idos_api::credentials::{NewContent, NewCopy};
use serde_json::json;
use uuid::Uuid;

use crate::matrix::consented;
use crate::support::{House, Issuer, Person, access_request, data_id, random_box, sealed, sign_request};

/// A round in which the machine had other things to do is measured again, so many times.
const ROUNDS: usize = 5;
/// Medians of the same thing, measured in turn on a busy machine, differ by less. One look into the database more is about a third of a read.
const NOISE_OF_READS: f64 = 0.25;
const NOISE_OF_COMMANDS: f64 = 0.15;

/// A route that takes an id, and what is sent to it.
struct Route {
    method: Method,
    path: &'static str,
    body: Vec<u8>,
    /// Somebody else's.
    foreign: String,
    /// An id of the same form, under which there is nothing.
    missing: fn() -> String,
    /// Requests of each kind.
    requests: usize,
}

fn no_data() -> String {
    data_id().to_string()
}

fn no_request() -> String {
    Uuid::new_v4().to_string()
}

/// Reads cost little and are many.
const READS: usize = 300;
const COMMANDS: usize = 120;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_and_what_is_somebody_elses_take_the_same_time_at_every_route() {
    let mut house = House::build_at(None, |_| ()).await;
    let (owner, granted) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
    let mut stranger = Person::new(&house, 3).await;
    stranger.agree_read_key(&house).await;
    let routes = routes(&mut house, &owner, &granted, &stranger).await;
    let mut told = Vec::new();
    for route in &routes {
        if let Err(rounds) = compare(&house, &stranger, route).await {
            told.push(format!("{} {}: {rounds:?}", route.method, route.path));
        }
    }
    assert!(told.is_empty(), "what is missing, and what is somebody else's: {told:#?}");
}

/// Each route, for what the owner has and has shared, and what was asked for, with people of whom the stranger is none.
async fn routes(house: &mut House, owner: &Person, granted: &Person, stranger: &Person) -> Vec<Route> {
    let issuer = Issuer::number(1);
    // Stored by somebody for her, so that there is something of it wherever a route looks.
    let issued = consented(house, owner, granted, &issuer).await;
    assert_eq!(granted.post(house, "/v1/credentials", &issued).await.status, 201);
    let original = issued.content.data_id;
    let (copy, _) = owner.share(house, original, granted).await;
    let now = house.now();
    house.grants.create(now, owner.account, granted.account, copy, 0).await;
    let asked = sign_request(access_request(house, granted, Some(owner.account)), &granted.key);
    assert_eq!(granted.post(house, "/v1/requests", &asked).await.status, 201);

    let content = random_box(100);
    stranger.upload(house, &content).await;
    let box_ = sealed(data_id(), &content, stranger);
    let reseal = NewContent {
        replaces: "00".repeat(32),
        content_sha256: box_.content_sha256.clone(),
        sender_key: box_.sender_key,
        recipient_key: box_.recipient_key,
    };
    let share = NewCopy { content: box_, shared_with: None };
    let notes = issuer.notes("plus").next(Default::default()).unwrap();
    let (copy, original, request) = (copy.to_string(), original.to_string(), asked.request.id.to_string());
    let read = |path, id: &str, missing| Route {
        method: Method::GET,
        path,
        body: Vec::new(),
        foreign: id.to_owned(),
        missing,
        requests: READS,
    };
    let command = |method, path, id: &str, missing, body| Route {
        method,
        path,
        body,
        foreign: id.to_owned(),
        missing,
        requests: COMMANDS,
    };
    let json = |body: serde_json::Value| serde_json::to_vec(&body).unwrap();
    const CONTENT: &str = "/v1/credentials/{}/content";
    const NOTES: &str = "/v1/credentials/{}/public-notes";
    vec![
        read(CONTENT, &copy, no_data),
        read("/v1/credentials/{}", &copy, no_data),
        read("/v1/issuances/{}", &original, no_data),
        read("/v1/requests/{}", &request, no_request),
        read("/v1/requests/{}/answers", &request, no_request),
        command(Method::DELETE, "/v1/credentials/{}", &copy, no_data, Vec::new()),
        command(Method::POST, "/v1/credentials/{}/copies", &original, no_data, json(json!(share))),
        command(Method::PUT, CONTENT, &original, no_data, json(json!(reseal))),
        command(Method::PUT, NOTES, &original, no_data, json(json!(issuer.signed(&notes)))),
        command(Method::POST, "/v1/credentials/{}/rescind", &copy, no_data, Vec::new()),
        command(Method::POST, "/v1/requests/{}/accept", &request, no_request, json(json!({"data_id": copy}))),
        command(Method::POST, "/v1/requests/{}/decline", &request, no_request, Vec::new()),
        command(Method::DELETE, "/v1/requests/{}", &request, no_request, Vec::new()),
    ]
}

/// The medians of each round, if in none they were alike.
async fn compare(house: &House, stranger: &Person, route: &Route) -> Result<(), Vec<(Duration, Duration)>> {
    let noise = if route.method == Method::GET { NOISE_OF_READS } else { NOISE_OF_COMMANDS };
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let (missing, foreign) = measure(house, stranger, route).await;
        if (foreign.as_secs_f64() / missing.as_secs_f64() - 1.0).abs() < noise {
            return Ok(());
        }
        rounds.push((missing, foreign));
    }
    Err(rounds)
}

/// The median of each, asked for in turn.
async fn measure(house: &House, stranger: &Person, route: &Route) -> (Duration, Duration) {
    let (mut missing, mut foreign) = (Vec::new(), Vec::new());
    for turn in 0..2 * route.requests {
        let (id, times) = match turn % 2 {
            0 => ((route.missing)(), &mut missing),
            _ => (route.foreign.clone(), &mut foreign),
        };
        let path = route.path.replace("{}", &id);
        let request = stranger.signed(house, route.method.clone(), &path, route.body.clone());
        let begin = Instant::now();
        let response = house.respond(request).await;
        times.push(begin.elapsed());
        assert_eq!(response.status(), 404, "{} {path}", route.method);
    }
    (median(missing), median(foreign))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
