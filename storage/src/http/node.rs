//! What the node says of itself.

use axum::{Json, extract::State};
use idos_api::{
    limits::Limits,
    node::{ContractInfo, ContractKind, MirrorState, NodeInfo},
};
use idos_grants::HistoryHead;
use idos_mirror::ContractState;

use super::refusals;
use crate::{error::ServiceError, vault::Inner};

/// The node: its name, its clock, its bounds, and the contracts that it mirrors.
#[utoipa::path(
    get, path = "/v1/node", tag = "node",
    responses((status = 200, body = NodeInfo), refusals::Node)
)]
pub(super) async fn node(State(vault): State<Inner>) -> Result<Json<NodeInfo>, ServiceError> {
    let now = vault.now();
    let mirrored = vault.gate.mirrored();
    let contracts = mirrored.contracts().await?;
    let contracts =
        contracts.iter().map(|contract| contract_info(contract, now, mirrored.stale_after_secs())).collect();
    Ok(Json(NodeInfo {
        did: vault.identity.did().to_owned(),
        domain: vault.domain().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        now,
        contracts,
        limits: Limits::default(),
    }))
}

fn contract_info(contract: &ContractState, now: u64, stale_after_secs: u64) -> ContractInfo {
    ContractInfo {
        account: contract.account,
        kind: match contract.kind {
            idos_mirror::ContractKind::AccessGrants => ContractKind::AccessGrants,
            idos_mirror::ContractKind::CredentialStatus => ContractKind::CredentialStatus,
        },
        state: match contract {
            _ if contract.broken.is_some() => MirrorState::Inconsistent,
            _ if contract.is_fresh(now, stale_after_secs) => MirrorState::Fresh,
            _ => MirrorState::Stale,
        },
        seen_block: contract.seen.as_ref().map_or(0, |seen| seen.number),
        seen_at: contract.seen.as_ref().map_or(0, |seen| seen.time),
        final_block: contract.final_block,
        history_head: contract.seen.as_ref().map_or(HistoryHead::EMPTY, |seen| seen.head),
    }
}
