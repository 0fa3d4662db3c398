//! What was signed first and arrives last, by whoever brings it, is not done any more.

use idos_client::Signer;
use idos_wallets::{ShareOperation, ShareRequest};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    requests::{new_share, stored},
    support::{TestNodes, ask, code, sign, wallet, without_limits},
};

/// A request of wallet 1, signed so many seconds from now.
fn signed(nodes: &TestNodes, profile_id: Uuid, operation: ShareOperation, after_secs: i64) -> Value {
    let request = nodes.signed(&wallet(1), operation, profile_id).request;
    let issued_at = request.issued_at.checked_add_signed(after_secs).unwrap();
    sign_at(request, issued_at)
}

fn sign_at(request: ShareRequest, issued_at: u64) -> Value {
    let request = ShareRequest { issued_at, expires_at: issued_at + 600, ..request };
    ask(&sign(&wallet(1), request))
}

#[tokio::test]
async fn a_removed_wallet_is_not_brought_back_by_the_word_that_added_it() {
    idos_testdb::each(async |database| {
        let nodes = TestNodes::one(database.url(), without_limits).await;
        let profile_id = stored(&nodes).await;
        nodes.pass(100);
        let other = wallet(2).account();
        let add = signed(&nodes, profile_id, ShareOperation::AddWallet { wallet: other }, -20);
        let remove = signed(&nodes, profile_id, ShareOperation::RemoveWallet { wallet: other }, -10);
        assert_eq!(nodes.post("/v1/wallets/remove", &remove).await.0, 200);
        assert_eq!(code(&nodes.post("/v1/wallets/add", &add).await), (403, "expired"), "{}", database.name());
        let again = signed(&nodes, profile_id, ShareOperation::AddWallet { wallet: other }, -10);
        assert_eq!(nodes.post("/v1/wallets/add", &again).await.0, 200, "what is as new is done");
    })
    .await;
}

#[tokio::test]
async fn what_is_stored_anew_is_not_deleted_by_an_old_word() {
    let nodes = TestNodes::start(2, 2).await;
    let profile_id = stored(&nodes).await;
    nodes.pass(100);
    let replay = signed(&nodes, profile_id, ShareOperation::Delete {}, -20);
    let done = signed(&nodes, profile_id, ShareOperation::Delete {}, -20);
    assert_eq!(nodes.post("/v1/shares/delete", &done).await.0, 200);
    let anew = new_share(&nodes, 1, profile_id).await;
    assert_eq!(nodes.post("/v1/shares", &anew).await.0, 201);
    assert_eq!(code(&nodes.post("/v1/shares/delete", &replay).await), (403, "expired"));
    let release = signed(&nodes, profile_id, ShareOperation::Release {}, -50);
    assert_eq!(nodes.post("/v1/shares/release", &release).await.0, 200, "a look is in nobody's way");
}

/// Its owner has looked again since, and may have decided otherwise.
#[tokio::test]
async fn a_commit_is_not_done_after_a_later_look() {
    let nodes = TestNodes::start(2, 2).await;
    let profile_id = stored(&nodes).await;
    nodes.pass(100);
    let commit = ShareOperation::CommitRefresh { dealing: [7; 32] };
    let late = signed(&nodes, profile_id, commit.clone(), -20);
    let look = signed(&nodes, profile_id, ShareOperation::Release {}, -10);
    assert_eq!(nodes.post("/v1/shares/release", &look).await.0, 200);
    assert_eq!(code(&nodes.post("/v1/shares/refresh/commit", &late).await), (403, "expired"));
    let after = signed(&nodes, profile_id, commit, -10);
    let refused = nodes.post("/v1/shares/refresh/commit", &after).await;
    assert_eq!(refused.0, 409, "in order, and not prepared: {}", refused.1);
}

/// A clock that is ahead does not lock anybody out for as long as it is.
#[tokio::test]
async fn nobody_signs_ahead_of_the_nodes_clock() {
    let nodes = TestNodes::start(2, 2).await;
    let profile_id = stored(&nodes).await;
    let other = wallet(2).account();
    let ahead = signed(&nodes, profile_id, ShareOperation::AddWallet { wallet: other }, 50);
    assert_eq!(nodes.post("/v1/wallets/add", &ahead).await.0, 200);
    let now = signed(&nodes, profile_id, ShareOperation::RemoveWallet { wallet: other }, 0);
    assert_eq!(nodes.post("/v1/wallets/remove", &now).await.0, 200);
}
