//! The story of the shared key is a test too: `scripts/demo --story keys` prints it.

#![allow(clippy::unwrap_used, reason = "what fails here is a failed test")]

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_that_nobody_holds_comes_back_to_its_owner_and_to_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    idos_tests::keys::play(folder.path(), |line| println!("{line}")).await.unwrap();
}
