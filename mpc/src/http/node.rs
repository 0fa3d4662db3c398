//! What the node says of itself.

use axum::{Json, extract::State};
use idos_api::key_shares::KeyShareNodeInfo;

use super::refusals;
use crate::node::Inner;

/// The node: its name, the key that shares are sealed to on their way here (signed by the node), its clock.
#[utoipa::path(
    get, path = "/v1/node", tag = "node",
    responses((status = 200, body = KeyShareNodeInfo), refusals::Node)
)]
pub(super) async fn node(State(node): State<Inner>) -> Json<KeyShareNodeInfo> {
    Json(node.identity.info(node.now()))
}
