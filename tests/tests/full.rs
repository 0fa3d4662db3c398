//! The story of the whole vault is a test too: `scripts/demo --story full` prints it.

#![allow(clippy::unwrap_used, reason = "what fails here is a failed test")]

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_row_of_the_store_is_shown_with_four_wallets_on_three_chains() {
    let folder = tempfile::tempdir().unwrap();
    idos_tests::full::play(folder.path(), |line| println!("{line}")).await.unwrap();
}
