//! Status lists, for whoever reads W3C lists and no chain.

use axum::{
    body::Body,
    extract::{FromRequestParts, Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::Response,
};
use idos_credentials::ListReference;

use super::refusals;
use crate::{
    error::ServiceError,
    status_lists::{LIST_MAX_AGE_SECS, SignedList},
    vault::Inner,
};

/// The list that the path names.
pub(super) struct InPath(ListReference);

impl FromRequestParts<Inner> for InPath {
    type Rejection = ServiceError;

    async fn from_request_parts(parts: &mut Parts, vault: &Inner) -> Result<Self, ServiceError> {
        let path = Path::<(String, String, String, String)>::from_request_parts(parts, vault).await;
        let Path((contract, issuer, list, purpose)) =
            path.map_err(|_| ServiceError::malformed("the path is not percent-encoded UTF-8"))?;
        let reference = format!("{contract}/{issuer}/{list}/{purpose}").parse();
        reference.map(Self).map_err(|error: idos_credentials::StatusListError| {
            ServiceError::Malformed(error.to_string().into())
        })
    }
}

/// An issuer's status list as a W3C `BitstringStatusListCredential`, signed by the node, with the newest block that it takes in.
#[utoipa::path(
    get, path = "/v1/status-lists/{contract}/{issuer}/{list}/{purpose}", tag = "chain",
    params(
        ("contract" = String, Path, description = "The credential-status contract (CAIP-10)"),
        ("issuer" = String, Path, description = "The issuer's address on that chain"),
        ("list" = u32, Path, description = "Which of the issuer's lists"),
        ("purpose" = String, Path, description = "`revocation` or `suspension`"),
    ),
    responses(
        (status = 200, description = "The list", body = Object, content_type = "application/vc",
            headers(("etag" = String, description = "Changes with the list"))),
        (status = 304, description = "The list that `if-none-match` names is still the newest"),
        refusals::Status
    )
)]
pub(super) async fn get(
    State(vault): State<Inner>,
    InPath(reference): InPath,
    headers: HeaderMap,
) -> Result<Response, ServiceError> {
    let list = vault.status_lists.get(vault.gate.mirrored(), &reference, vault.now()).await?;
    answer(&list, headers.get(header::IF_NONE_MATCH))
}

fn answer(list: &SignedList, if_none_match: Option<&HeaderValue>) -> Result<Response, ServiceError> {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| ServiceError::failed("a header"));
    headers.insert(header::ETAG, value(&list.etag)?);
    headers.insert(header::CACHE_CONTROL, value(&format!("public, max-age={LIST_MAX_AGE_SECS}"))?);
    if if_none_match.and_then(|value| value.to_str().ok()).is_some_and(|named| names(named, &list.etag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/vc"));
    *response.body_mut() = Body::from(list.json.clone());
    Ok(response)
}

/// Whether `If-None-Match` names an entity tag, weakly compared (RFC 9110, 13.1.2).
fn names(if_none_match: &str, etag: &str) -> bool {
    if_none_match.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_tag_is_found_in_a_list_and_by_a_star() {
        let table = [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
            ("", false),
        ];
        for (header, named) in table {
            assert_eq!(names(header, "\"a\""), named, "{header}");
        }
    }
}
