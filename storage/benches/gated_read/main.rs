//! Gated reads of a 4 KB copy by a grantee, under a read key, against a bare axum handler that returns the same bytes: over loopback, with
//! connections that are kept, while the chain goes on. Prints one line of JSON.
//!
//! `cargo bench -p idos-storage --bench gated_read -- [seconds] [connections]`

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "what fails here is a failed measurement"
)]

mod load;
#[path = "../../tests/api/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests need more of it")]
mod support;

use std::time::Duration;

use axum::{Router, body::Body, http::header, response::IntoResponse, routing::get};
use bytes::Bytes;
use idos_grants::DataId;
use idos_testdb::Postgres;
use tokio::net::TcpListener;

use load::{Load, Measured, measure};
use support::{DOMAIN, House, Issuer, Person, data_id, random_box, sealed};

/// The one of the `idos` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Bytes of the copy.
const SIZE: usize = 4096;

/// The two are measured in turn, so that whatever else the machine does falls on both.
const ROUND: Duration = Duration::from_secs(1);

/// Between two blocks of the chain.
const BLOCK_TIME: Duration = Duration::from_millis(500);

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let seconds = numbers.next().unwrap_or(5);
    let connections = numbers.next().unwrap_or(256) as usize;
    let load = Load { connections, duration: Duration::from_secs(seconds) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(run(load)),
        Err(error) => eprintln!("{error}"),
    }
}

async fn run(load: Load) {
    if std::env::var_os("IDOS_BENCH_POSTGRES").is_none() {
        return compare(House::build_at(None, without_bounds).await, load).await;
    }
    let server = Postgres::start().expect("PostgreSQL is installed");
    let url = server.create_database("bench").await;
    compare(House::build_at(Some(url), without_bounds).await, load).await;
}

async fn compare(mut house: House, load: Load) {
    let (owner, mut reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
    reader.agree_read_key(&house).await;
    let content = random_box(SIZE);
    let id = share(&house, &owner, &reader, &content).await;
    let now = house.now();
    house.grants.create(now, owner.account, reader.account, id, 0).await;
    assert_eq!(reader.read(&house, id).await.body, content);

    let request =
        reader.signed(&house, axum::http::Method::GET, &format!("/v1/credentials/{id}/content"), Vec::new());
    let gated = load::request_bytes(&request);
    let bare = format!("GET /bytes HTTP/1.1\r\nhost: {DOMAIN}\r\n\r\n").into_bytes();

    let bare_at = serve(bare_router(content.into())).await;
    let gated_at = serve(house.vault.router()).await;
    // Both are warm before either counts.
    let warm_up = Load { duration: Duration::from_millis(500), ..load };
    measure(bare_at, &bare, warm_up).await;
    measure(gated_at, &gated, warm_up).await;
    let round = Load { duration: ROUND, ..load };
    let (mut of_bare, mut of_gated) = (Measured::default(), Measured::default());
    while of_gated.elapsed() < load.duration {
        of_bare.add(measure(bare_at, &bare, round).await);
        of_gated.add(while_the_chain_goes_on(&mut house, measure(gated_at, &gated, round)).await);
    }
    let ratio = of_gated.requests_per_second() / of_bare.requests_per_second();
    let report = serde_json::json!({
        "bench": "gated_read", "connections": load.connections, "bare": of_bare.json(), "gated": of_gated.json(),
        "ratio": ratio, "cpu_ratio": of_bare.cpu_us() / of_gated.cpu_us(),
    });
    println!("{report}");
}

/// One wallet asks as often as it can here. Each request is still counted.
fn without_bounds(config: &mut idos_storage::VaultConfig) {
    const MANY: std::num::NonZeroU32 = std::num::NonZeroU32::new(1_000_000).expect("not zero");
    (config.rates.wallet_per_second, config.rates.wallet_burst) = (MANY, MANY);
}

async fn while_the_chain_goes_on(house: &mut House, measured: impl Future<Output = Measured>) -> Measured {
    let now = house.now();
    let blocks = async {
        loop {
            tokio::time::sleep(BLOCK_TIME).await;
            house.grants.block(now, &[], 0).await;
        }
    };
    tokio::select! {
        measured = measured => measured,
        never = blocks => never,
    }
}

async fn share(house: &House, owner: &Person, reader: &Person, content: &[u8]) -> DataId {
    let (original, _) = owner.store(house, &Issuer::number(1)).await;
    owner.upload(house, content).await;
    let id = data_id();
    let copy = idos_api::credentials::NewCopy { content: sealed(id, content, reader), shared_with: None };
    owner.post(house, &format!("/v1/credentials/{original}/copies"), &copy).await;
    id
}

fn bare_router(content: Bytes) -> Router {
    let handler = move || {
        let content = content.clone();
        async move { ([(header::CONTENT_TYPE, "application/octet-stream")], Body::from(content)).into_response() }
    };
    Router::new().route("/bytes", get(handler))
}

async fn serve(router: Router) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
