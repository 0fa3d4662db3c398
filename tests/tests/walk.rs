//! The walk of the README, as a test.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_travels_from_issuer_to_consumer_and_a_grant_decides() {
    let folder = tempfile::tempdir().unwrap();
    idos_tests::walk::play(folder.path(), |line| println!("{line}")).await.unwrap();
}
