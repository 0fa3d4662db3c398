//! The OpenAPI document, made from the handlers.

use idos_api::ErrorBody;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Components,
        security::{ApiKey, ApiKeyValue, SecurityScheme},
    },
};

use super::routes;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "idOS node",
        description = "Stores encrypted credentials and serves a copy only while a grant on a public chain says so. Errors have one form \
            and stable codes. Every request under a `session` is signed with the session's key (RFC 9421)."
    ),
    components(schemas(ErrorBody)),
    modifiers(&Security)
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let signature = ApiKeyValue::with_description(
            "signature",
            "RFC 9421, labelled `idos`, with its `signature-input`: over @method, @authority, @path, @query and, with a body, content-digest; \
             parameters created, keyid (the session id), alg (ed25519, or for a GET hmac-sha256) and, but for a GET, nonce.",
        );
        let components = openapi.components.get_or_insert_with(Components::new);
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Header(signature)));
    }
}

/// The API's description, as it is served at `/openapi.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    document.merge(routes::api().into_openapi());
    document.info = Document::openapi().info;
    document
}
