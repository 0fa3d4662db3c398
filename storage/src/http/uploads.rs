//! Content on its way in.

use axum::{Json, extract::State, http::StatusCode};
use idos_api::credentials::Upload;
use idos_sessions::ContentDigest;

use super::{paging::Param, refusals};
use crate::{auth::SignedStream, error::ServiceError, uploads::Incoming, vault::Inner};

/// Uploads encrypted content, at most 16 MiB, for a credential or copy to take. It belongs to the caller's profile, and is dropped if nothing
/// takes it.
#[utoipa::path(
    put, path = "/v1/uploads/{sha256}", tag = "credentials", security(("session" = [])),
    params(("sha256" = String, Path, pattern = "^[0-9a-f]{64}$", description = "SHA-256 of the content, 64 lower-case hex digits")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Upload), (status = 200, body = Upload), refusals::Upload)
)]
pub(super) async fn put(
    State(vault): State<Inner>,
    Param(sha256): Param<String>,
    request: SignedStream,
) -> Result<(StatusCode, Json<Upload>), ServiceError> {
    let profile = request.caller.profile()?;
    if digest(&sha256)? != request.digest {
        return Err(ServiceError::DigestMismatch);
    }
    let incoming = Incoming { sha256: request.digest, profile, signer: request.signer, body: request.body };
    let (upload, is_new) = vault.uploads.take(incoming, vault.now()).await?;
    let answer = Upload { sha256, size: upload.size, expires_at: upload.expires_at };
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(answer)))
}

/// A digest has one text, by which uploads are found.
pub(super) fn digest(text: &str) -> Result<ContentDigest, ServiceError> {
    let mut bytes = [0; 32];
    let decoded = hex::decode_to_slice(text, &mut bytes);
    if decoded.is_err() || text.bytes().any(|c| c.is_ascii_uppercase()) {
        return Err(ServiceError::malformed("a SHA-256 is 64 lower-case hex digits"));
    }
    Ok(ContentDigest::from_sha256(bytes))
}
