//! The OpenAPI document, made from the handlers.

use idos_api::ErrorBody;
use utoipa::OpenApi;

use super::routes;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "idOS key-share node",
        description = "Keeps one share of a profile's encryption key and gives it out on the signature of a wallet that may ask. Every request carries its own \
            signature; shares travel sealed. Errors have one form and stable codes."
    ),
    components(schemas(ErrorBody))
)]
struct Document;

/// The API's description, as it is served at `/openapi.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    document.merge(routes::api().into_openapi());
    document.info = Document::openapi().info;
    document
}
