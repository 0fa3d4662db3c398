//! The key that shares are sealed under.

use idos_mpc::{OpenError, SealerError};

use crate::{
    requests::stored,
    support::{TestNodes, without_limits},
};

#[tokio::test]
async fn a_node_does_not_start_with_another_key_than_its_shares_were_stored_under() {
    idos_testdb::each(async |database| {
        let mut nodes = TestNodes::one(database.url(), without_limits).await;
        nodes.stop_node(1).await;
        // With nothing stored, any key will do.
        nodes.open_node(1, &[1; 32]).await.unwrap().close().await;
        nodes.start_node(1).await;
        stored(&nodes).await;
        nodes.stop_node(1).await;
        let opened = nodes.open_node(1, &[1; 32]).await;
        assert!(
            matches!(opened.map(drop), Err(OpenError::ShareKey(SealerError::Altered))),
            "{}",
            database.name()
        );
        nodes.start_node(1).await;
    })
    .await;
}
