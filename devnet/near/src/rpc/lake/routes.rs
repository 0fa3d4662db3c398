//! The paths of a neardata server.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use near_primitives::types::BlockHeight;
use serde_json::{Value, json};

use super::source::{BlockSource, Untold};
use crate::rpc::held::Heads;

/// A block that is at most so many heights ahead is waited for.
const AHEAD_MAX: BlockHeight = 10;

/// No chain gets there; neardata draws the same line.
const HEIGHT_MAX: BlockHeight = 1_000_000_000_000_000;

/// Which blocks a path is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finality {
    Final,
    Optimistic,
}

impl Finality {
    fn head(self, heads: Heads) -> BlockHeight {
        match self {
            Self::Final => heads.last_final,
            Self::Optimistic => heads.optimistic,
        }
    }

    fn redirect(self, height: BlockHeight) -> Response {
        let path = match self {
            Self::Final => format!("/v0/block/{height}"),
            Self::Optimistic => format!("/v0/block_opt/{height}"),
        };
        (StatusCode::FOUND, [(header::LOCATION, path)]).into_response()
    }
}

pub(in crate::rpc) fn routes<S: BlockSource>() -> Router<Arc<S>> {
    Router::new()
        .route("/v0/first_block", get(first_block::<S>))
        .route("/v0/last_block/final", get(last_final_block::<S>))
        .route("/v0/last_block/optimistic", get(last_optimistic_block::<S>))
        .route("/v0/block/{height}", get(final_block::<S>))
        .route("/v0/block_opt/{height}", get(optimistic_block::<S>))
        .route("/v0/block/{height}/headers", get(final_header::<S>))
        .route("/v0/block_opt/{height}/headers", get(optimistic_header::<S>))
}

async fn first_block<S: BlockSource>(State(source): State<Arc<S>>) -> Response {
    Finality::Final.redirect(source.first())
}

async fn last_final_block<S: BlockSource>(State(source): State<Arc<S>>) -> Response {
    Finality::Final.redirect(source.heads().borrow().last_final)
}

async fn last_optimistic_block<S: BlockSource>(State(source): State<Arc<S>>) -> Response {
    Finality::Optimistic.redirect(source.heads().borrow().optimistic)
}

async fn final_block<S: BlockSource>(
    State(source): State<Arc<S>>,
    Path(height): Path<String>,
) -> Result<Json<Value>, Refusal> {
    block(&*source, &height, Finality::Final).await.map(Json)
}

async fn optimistic_block<S: BlockSource>(
    State(source): State<Arc<S>>,
    Path(height): Path<String>,
) -> Result<Json<Value>, Refusal> {
    block(&*source, &height, Finality::Optimistic).await.map(Json)
}

async fn final_header<S: BlockSource>(
    State(source): State<Arc<S>>,
    Path(height): Path<String>,
) -> Result<Json<Value>, Refusal> {
    block(&*source, &height, Finality::Final).await.map(without_shards)
}

async fn optimistic_header<S: BlockSource>(
    State(source): State<Arc<S>>,
    Path(height): Path<String>,
) -> Result<Json<Value>, Refusal> {
    block(&*source, &height, Finality::Optimistic).await.map(without_shards)
}

fn without_shards(mut block: Value) -> Json<Value> {
    Json(block.get_mut("block").map_or(Value::Null, Value::take))
}

/// The block, or null for a height that was skipped. A block that is about to be made is waited for.
async fn block(source: &impl BlockSource, height: &str, finality: Finality) -> Result<Value, Refusal> {
    let height = height.parse::<BlockHeight>().map_err(|_| Refusal::NotAHeight)?;
    if height > HEIGHT_MAX {
        return Err(Refusal::TooHigh);
    }
    if height < source.first() {
        return Err(Refusal::TooLow);
    }
    wait_for(source, height, finality).await?;
    Ok(source.block(height).await?)
}

async fn wait_for(source: &impl BlockSource, height: BlockHeight, finality: Finality) -> Result<(), Refusal> {
    let mut heads = source.heads();
    let head = finality.head(*heads.borrow());
    if height > head.saturating_add(AHEAD_MAX) {
        return Err(Refusal::NotMade);
    }
    let made = heads.wait_for(|heads| finality.head(*heads) >= height);
    let in_time = tokio::select! {
        made = tokio::time::timeout(source.wait_timeout(), made) => matches!(made, Ok(Ok(_))),
        () = source.stopping().cancelled() => false,
    };
    if in_time { Ok(()) } else { Err(Refusal::NotMade) }
}

/// Why there is no block to show.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("Invalid argument")]
    NotAHeight,
    #[error("Block height is too high")]
    TooHigh,
    #[error("Block height is before the genesis")]
    TooLow,
    #[error("The block is too far in the future")]
    NotMade,
    #[error(transparent)]
    Untold(#[from] Untold),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = self.to_string();
        let (status, body) = match self {
            Self::NotAHeight => (StatusCode::BAD_REQUEST, json!(error)),
            Self::TooHigh => {
                (StatusCode::NOT_FOUND, json!({ "error": error, "type": "BLOCK_HEIGHT_TOO_HIGH" }))
            }
            Self::TooLow => {
                (StatusCode::NOT_FOUND, json!({ "error": error, "type": "BLOCK_HEIGHT_TOO_LOW" }))
            }
            Self::NotMade => {
                (StatusCode::NOT_FOUND, json!({ "error": error, "type": "BLOCK_DOES_NOT_EXIST" }))
            }
            Self::Untold(_) => (StatusCode::INTERNAL_SERVER_ERROR, json!(error)),
        };
        (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
    }
}
