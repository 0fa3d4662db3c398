//! Whatever a test asks, the answer must be one that the OpenAPI document states of that route.

use std::sync::LazyLock;

use axum::http::Method;
use idos_testapi::Answered;
use serde_json::Value;

use super::Answer;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(idos_storage::openapi()).unwrap_or_default());

/// Holds an answer to the document.
#[track_caller]
pub fn check(method: &Method, path: &str, answer: &Answer) {
    let answered =
        Answered { status: answer.status, content_type: answer.header("content-type"), body: &answer.body };
    idos_testapi::check(&DOCUMENT, method.as_str(), path, answered);
}
