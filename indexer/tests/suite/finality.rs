//! When a grant becomes final.

use idos_indexer::{ChainConfig, Finality};

use crate::support::{Chain, TestMirror, config, level};

#[tokio::test]
async fn a_grant_is_final_once_its_block_is() {
    // Anvil's own words: final is what is 64 blocks deep, safe what is 32 deep.
    let table = [
        ("confirmations", Finality::Confirmations(3), 3),
        ("the safe tag", Finality::Safe, 32),
        ("the finalized tag", Finality::Finalized, 64),
    ];
    for (name, finality, depth) in table {
        let (chain, mirror) = (Chain::start().await, TestMirror::new().await);
        let config = ChainConfig { finality, ..config(&[chain.grants_contract()], &[chain.rpc()]) };
        chain.create(1, 0).await;
        chain.mine(depth - 1).await;
        level(&mirror, &config).await;
        assert!(mirror.stands(1).await, "{name}");
        assert!(!mirror.grants(1).await[0].is_final(), "{name}: a block too early");
        chain.mine(1).await;
        level(&mirror, &config).await;
        assert!(mirror.grants(1).await[0].is_final(), "{name}");
    }
}
