//! Whatever a test asks, the answer must be one that the OpenAPI document states of that route.

use std::sync::LazyLock;

use axum::http::Method;
use serde_json::Value;

use super::Answer;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(idos_storage::openapi()).unwrap_or_default());

/// Holds an answer to the document. Paths and methods that it does not have are not its business.
#[track_caller]
pub fn check(method: &Method, path: &str, answer: &Answer) {
    let Some((route, operation)) = operation(method, path) else { return };
    let at = format!("{method} {route} answered {}: {}", answer.status, answer.text());
    let responses = &operation["responses"];
    if responses.get("default").is_some() {
        return;
    }
    let response = responses.get(answer.status.to_string());
    let response = response.unwrap_or_else(|| panic!("undocumented status: {at}"));
    let media_type = answer.header("content-type").and_then(|text| text.split(';').next());
    match (media_type, response.get("content")) {
        (Some(media_type), Some(content)) => {
            assert!(content.get(media_type).is_some(), "undocumented content type {media_type}: {at}");
        }
        (None, None) => {}
        (stated, documented) => assert!(answer.body.is_empty(), "{stated:?} for {documented:?}: {at}"),
    }
    let codes = &response["content"]["application/json"]["schema"]["allOf"][1]["properties"]["error"]["properties"]
        ["code"]["enum"];
    if let Some(codes) = codes.as_array() {
        let code = answer.error().1;
        assert!(codes.contains(&serde_json::to_value(code).unwrap()), "undocumented code: {at}");
    }
}

fn operation(method: &Method, path: &str) -> Option<(&'static str, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object()?;
    // A path that is spelled out comes before one with a parameter in that place.
    let mut fitting: Vec<_> = paths.iter().filter(|(template, _)| fits(template, path)).collect();
    fitting.sort_by_key(|(template, _)| template.matches('{').count());
    let (route, methods) = fitting.first()?;
    Some((route, methods.get(method.as_str().to_ascii_lowercase())?))
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(expected, segment)| expected == segment || expected.starts_with('{'))
}
