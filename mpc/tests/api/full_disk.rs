//! A node whose disk is full stores no half share and releases nothing that it cannot write down; with room again it goes on, without a restart.

use idos_mpc::KeyShareConfig;
use idos_testdb::{each, fill_up, make_room};
use idos_wallets::ShareOperation;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    requests::{stored, try_to_store},
    support::{TestNodes, ask, code, fresh_profile, wallet, without_limits},
};

const BYTES_MAX: u64 = 1024 * 1024;

const TABLES: [&str; 5] = ["mpc_shares", "mpc_wallets", "mpc_nonces", "mpc_audit", "mpc_holdings"];

async fn release(nodes: &TestNodes, profile_id: Uuid) -> (u16, Value) {
    let signed = nodes.signed(&wallet(1), ShareOperation::Release {}, profile_id);
    nodes.post("/v1/shares/release", &ask(&signed)).await
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_done_and_nothing_is_lost() {
    each(async |database| {
        let bounded = |config: &mut KeyShareConfig| {
            without_limits(config);
            config.database_bytes_max = Some(BYTES_MAX);
        };
        let nodes = TestNodes::one(database.url(), bounded).await;
        let before = stored(&nodes).await;
        fill_up(database.url(), BYTES_MAX, &TABLES).await;
        let (mut taken, mut refused) = (Vec::new(), None);
        for _ in 0..100 {
            let profile_id = fresh_profile();
            let answer = try_to_store(&nodes, profile_id).await;
            if answer.0 == 201 {
                taken.push(profile_id);
                continue;
            }
            assert_eq!(code(&answer), (507, "storage_full"));
            refused = Some(profile_id);
            break;
        }
        let refused = refused.unwrap();

        make_room(database.url(), &TABLES).await;
        assert_eq!(code(&release(&nodes, refused).await), (404, "not_found"), "nothing of it");
        for profile_id in taken.into_iter().chain([before]) {
            assert_eq!(release(&nodes, profile_id).await.0, 200, "{}", database.name());
        }
        assert_eq!(try_to_store(&nodes, refused).await.0, 201);
        assert_eq!(release(&nodes, refused).await.0, 200);
    })
    .await;
}
