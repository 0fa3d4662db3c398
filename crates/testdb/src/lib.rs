#![doc = include_str!("../README.md")]
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "only tests use this crate: what fails here is a failed test"
)]

mod dump;
mod full;
mod postgres;

use tempfile::TempDir;

pub use dump::dump;
pub use full::{fill_up, make_room};
pub use postgres::Postgres;

/// An empty database.
#[derive(Debug)]
pub struct TestDatabase {
    name: &'static str,
    url: String,
}

impl TestDatabase {
    /// `sqlite` or `postgres`, for messages.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What to open: `sqlite:…` or `postgres://…`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// Runs a test on an empty SQLite database, and then on an empty PostgreSQL database.
pub async fn each(test: impl AsyncFn(TestDatabase)) {
    let directory = temporary_directory();
    let path = directory.path().join("test.db");
    test(TestDatabase { name: "sqlite", url: format!("sqlite:{}", path.display()) }).await;
    if let Some(server) = Postgres::start() {
        let url = server.create_database("test").await;
        test(TestDatabase { name: "postgres", url }).await;
    }
}

fn temporary_directory() -> TempDir {
    tempfile::Builder::new().prefix("idos-testdb-").tempdir().expect("a temporary directory")
}
