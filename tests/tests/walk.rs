//! The walks of the README, as tests.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

use idos_grants::Namespace;
use idos_tests::walk;

async fn play_on(namespace: Namespace) {
    let folder = tempfile::tempdir().unwrap();
    walk::play(folder.path(), namespace, |line| println!("{line}")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_credential_travels_from_issuer_to_consumer_and_a_grant_on_evm_decides() {
    play_on(Namespace::Eip155).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_credential_travels_from_issuer_to_consumer_and_a_grant_on_near_decides() {
    play_on(Namespace::Near).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_credential_travels_from_issuer_to_consumer_and_a_grant_on_stellar_decides() {
    play_on(Namespace::Stellar).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_profile_with_wallets_of_four_families_shares_on_every_chain() {
    let folder = tempfile::tempdir().unwrap();
    let namespaces = Namespace::WITH_CONTRACTS;
    walk::across::play(folder.path(), &namespaces, |line| println!("{line}")).await.unwrap();
}
