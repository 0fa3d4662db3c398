//! For tests: whatever is asked, the answer must be one that the service's OpenAPI document states of that route.

#![allow(clippy::panic, clippy::indexing_slicing, reason = "what fails here is a failed test")]

use serde_json::Value;

/// An answer, as far as the document has a say in it.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// Its status.
    pub status: u16,
    /// Of its body, as the header has it.
    pub content_type: Option<&'a str>,
    /// Its body.
    pub body: &'a [u8],
}

/// Holds an answer to `document`. Paths and methods that it does not have are not its business.
///
/// # Panics
/// If the document does not state such an answer.
#[track_caller]
pub fn check(document: &Value, method: &str, path: &str, answer: Answered<'_>) {
    let Some((route, operation)) = operation(document, method, path) else { return };
    let at = format!("{method} {route} answered {}: {}", answer.status, String::from_utf8_lossy(answer.body));
    let responses = &operation["responses"];
    if responses.get("default").is_some() {
        return;
    }
    let Some(response) = responses.get(answer.status.to_string()) else {
        panic!("undocumented status: {at}");
    };
    let media_type = answer.content_type.and_then(|text| text.split(';').next());
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
        let body: Value = serde_json::from_slice(answer.body).unwrap_or_default();
        assert!(codes.contains(&body["error"]["code"]), "undocumented code: {at}");
    }
}

fn operation<'a>(document: &'a Value, method: &str, path: &str) -> Option<(&'a str, &'a Value)> {
    let paths = document["paths"].as_object()?;
    // A path that is spelled out comes before one with a parameter in that place.
    let mut fitting: Vec<_> = paths.iter().filter(|(template, _)| fits(template, path)).collect();
    fitting.sort_by_key(|(template, _)| template.matches('{').count());
    let (route, methods) = fitting.first()?;
    Some((route, methods.get(method.to_ascii_lowercase())?))
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(expected, segment)| expected == segment || expected.starts_with('{'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stated() -> Value {
        let codes = json!({"allOf": [{}, {"properties": {"error": {"properties": {"code": {"enum": ["not_found"]}}}}}]});
        json!({"paths": {"/v1/things/{id}": {"get": {"responses": {
            "200": {"content": {"application/json": {}}},
            "404": {"content": {"application/json": {"schema": codes}}},
            "204": {},
        }}}}})
    }

    fn answered(status: u16, content_type: Option<&'static str>, body: &'static str) -> Answered<'static> {
        Answered { status, content_type, body: body.as_bytes() }
    }

    #[test]
    fn what_is_stated_passes() {
        let json = Some("application/json; charset=utf-8");
        check(&stated(), "GET", "/v1/things/1", answered(200, json, "{}"));
        check(&stated(), "GET", "/v1/things/1", answered(204, None, ""));
        check(&stated(), "GET", "/v1/things/1", answered(404, json, r#"{"error":{"code":"not_found"}}"#));
        check(&stated(), "GET", "/v1/others/1", answered(500, None, ""));
    }

    #[test]
    #[should_panic(expected = "undocumented status")]
    fn another_status_does_not() {
        check(&stated(), "GET", "/v1/things/1", answered(500, None, ""));
    }

    #[test]
    #[should_panic(expected = "undocumented content type")]
    fn another_content_type_does_not() {
        check(&stated(), "GET", "/v1/things/1", answered(200, Some("text/plain"), "x"));
    }

    #[test]
    #[should_panic(expected = "undocumented code")]
    fn another_code_does_not() {
        let body = r#"{"error":{"code":"forbidden"}}"#;
        check(&stated(), "GET", "/v1/things/1", answered(404, Some("application/json"), body));
    }
}
