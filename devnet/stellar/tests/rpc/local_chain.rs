//! The handle that other crates start: a devnet, or another network behind its RPC (here, one more devnet).

use std::time::Duration;

use idos_devnet_stellar::{
    Clock, Devnet, DevnetConfig, FundedAccount, LedgerClosing, LocalChain, PublicNetwork,
};
use rand_core::OsRng;

use crate::support::START;

fn config() -> DevnetConfig {
    let mut config = DevnetConfig::new(Clock::new(|| START));
    config.accounts = ["alice", "bob"].map(FundedAccount::well_known).to_vec();
    config
}

async fn elsewhere() -> (Devnet, PublicNetwork) {
    let mut config = config();
    config.ledgers = LedgerClosing::Every(Duration::from_millis(20));
    let devnet = Devnet::start(config).await.unwrap();
    let network = PublicNetwork {
        rpc: devnet.rpc().clone(),
        passphrase: devnet.passphrase().to_owned(),
        friendbot: None,
    };
    (devnet, network)
}

#[tokio::test]
async fn without_another_network_it_is_a_devnet() {
    let chain = LocalChain::start(config(), None, &mut OsRng).await.unwrap();
    let before = chain.now().await.unwrap();
    chain.advance_time(Duration::from_secs(60)).await.unwrap();
    assert!(chain.now().await.unwrap() >= before + 60);
    chain.fund(&FundedAccount::well_known("carol").address()).await.unwrap();
    assert!(chain.fund(&chain.accounts()[0].address()).await.is_err(), "it exists");
    chain.stop().await;
}

#[tokio::test]
async fn another_network_is_used_with_accounts_of_its_own() {
    let (devnet, network) = elsewhere().await;
    let chain = LocalChain::start(config(), Some(&network), &mut OsRng).await.unwrap();
    assert_eq!(chain.rpc(), devnet.rpc());
    assert_eq!(chain.friendbot(), devnet.friendbot());
    let names: Vec<_> = chain.accounts().iter().map(|account| account.name.as_str()).collect();
    assert_eq!(names, ["alice", "bob"]);
    let known = FundedAccount::well_known("alice");
    assert_ne!(chain.accounts()[0].address(), known.address(), "nobody else knows the key");
    let before = chain.now().await.unwrap();
    chain.advance_time(Duration::from_secs(2)).await.unwrap();
    assert!(chain.now().await.unwrap() >= before + 2);
}

#[tokio::test]
async fn an_rpc_of_another_network_is_refused_by_both_names() {
    let (_devnet, mut network) = elsewhere().await;
    network.passphrase = "Test SDF Network ; September 2015".to_owned();
    let refused = LocalChain::start(config(), Some(&network), &mut OsRng).await.err().unwrap().to_string();
    assert!(refused.contains("Test SDF Network") && refused.contains("Standalone Network"), "{refused}");
}

#[tokio::test]
async fn an_rpc_that_does_not_answer_is_named_by_its_variable() {
    let (devnet, network) = elsewhere().await;
    devnet.stop().await;
    let refused = LocalChain::start(config(), Some(&network), &mut OsRng).await.err().unwrap().to_string();
    assert!(refused.contains("STELLAR_RPC_URL"), "{refused}");
    assert!(!refused.contains(network.rpc.as_str()), "a URL may hold somebody's key");
}
