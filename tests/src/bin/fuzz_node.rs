//! A node and a relay for `scripts/fuzz-api`: a real vault, in front of which every request is signed by a session, and a relay's own routes, in front of
//! which every request gets an app's token, so that a fuzzer gets behind the door. The vault has a relay, too.
//!
//! `fuzz_node` prints both addresses, a line each, and runs until it is ended. A request with a header `x-as: nobody` goes on as it is.

use std::sync::Arc;

use anyhow::{Context, Result};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::map_request,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use idos_client::Node;
use idos_sessions::{ContentDigest, RequestParts, SessionId, SessionKey, SignatureParams, sign_ed25519};
use idos_tests::{
    relay_house::{RelayHouse, TOKEN},
    vault_house::{Guest, VaultHouse},
};
use rand_core::OsRng;
use serde_json::Value;
use tokio::sync::Mutex;
use tower::ServiceExt;

/// The largest body that is signed: more than any route takes.
const MAX_BYTES: usize = 20 * 1024 * 1024;

struct Door {
    house: VaultHouse,
    vault: Router,
    /// Where the vault is, without the door.
    node: Node,
    signer: Mutex<SessionSigner>,
}

struct SessionSigner {
    id: SessionId,
    key: SessionKey,
}

#[tokio::main]
async fn main() -> Result<()> {
    let relay = RelayHouse::build().await?;
    let house = VaultHouse::build_with(|config| config.relay = Arc::new(relay)).await?;
    let vault = house.vault.router();
    let node = Node::new(VaultHouse::serve(vault.clone()).await?, house.clock())?;
    let signer = Mutex::new(sign_in(&node, house.now()).await?);
    let door = Arc::new(Door { house, vault, node, signer });
    let url = VaultHouse::serve(Router::new().fallback(serve).with_state(door)).await?;
    let relay = RelayHouse::build().await?.router()?.layer(map_request(with_token));
    let relay_url = VaultHouse::serve(relay).await?;
    println!("{url}\n{relay_url}");
    std::future::pending().await
}

async fn with_token(mut request: Request) -> Request {
    let token = HeaderValue::try_from(format!("Bearer {TOKEN}"));
    if let (Ok(token), false) = (token, request.headers().contains_key("x-as")) {
        request.headers_mut().insert(header::AUTHORIZATION, token);
    }
    request
}

/// A new guest: what a fuzzer does may end a session, or a profile.
async fn sign_in(node: &Node, now: u64) -> Result<SessionSigner> {
    let guest = Guest::arrive(node, now, None).await?;
    let saved = serde_json::to_value(guest.session.save())?;
    let id = saved["session_id"].as_str().context("a session has an id")?.parse()?;
    let mut key = [0; 32];
    hex::decode_to_slice(saved["session_key"].as_str().context("a session has a key")?, &mut key)?;
    Ok(SessionSigner { id, key: SessionKey::from_bytes(&key) })
}

async fn serve(State(door): State<Arc<Door>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    match answer(&door, &parts, body).await {
        Ok(response) => response,
        Err(error) => {
            eprintln!("{} {}: {error:#}", parts.method, parts.uri);
            StatusCode::IM_A_TEAPOT.into_response()
        }
    }
}

/// Signed by whoever is signed in; by somebody new if that session or its profile is gone.
async fn answer(door: &Door, parts: &Parts, body: Bytes) -> Result<Response> {
    let first = door.ask(parts, body.clone()).await?;
    let status = first.status();
    if parts.headers.contains_key("x-as")
        || !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
    {
        return Ok(first);
    }
    let (head, first_body) = first.into_parts();
    let first_body = to_bytes(first_body, MAX_BYTES).await?;
    let error: Value = serde_json::from_slice(&first_body).unwrap_or_default();
    let is_gone = matches!(error["error"]["code"].as_str(), Some("unauthenticated" | "profile_required"));
    if !is_gone {
        return Ok(Response::from_parts(head, Body::from(first_body)));
    }
    *door.signer.lock().await = sign_in(&door.node, door.house.now()).await?;
    door.ask(parts, body).await
}

impl Door {
    async fn ask(&self, parts: &Parts, body: Bytes) -> Result<Response> {
        let mut request = Request::new(Body::from(body.clone()));
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = parts.uri.clone();
        *request.headers_mut() = parts.headers.clone();
        let headers = request.headers_mut();
        headers.insert("host", HeaderValue::from_static("localhost"));
        if !parts.headers.contains_key("x-as") {
            let digest = (!body.is_empty()).then(|| ContentDigest::of(&body));
            let (method, uri) = (&parts.method, &parts.uri);
            let signer = self.signer.lock().await;
            let signed = RequestParts::new(method.as_str(), "localhost", uri.path(), uri.query(), digest);
            // What cannot be signed goes on as it is: the vault refuses it.
            if let Ok(signed) = signed {
                let params = SignatureParams::for_request(&signed, signer.id, self.house.now(), &mut OsRng);
                let signature = sign_ed25519(&signed, &params, &signer.key);
                headers.insert("signature-input", HeaderValue::try_from(signature.signature_input)?);
                headers.insert("signature", HeaderValue::try_from(signature.signature)?);
            }
            headers.remove("content-digest");
            if let Some(digest) = digest {
                headers.insert("content-digest", HeaderValue::try_from(digest.to_string())?);
            }
        }
        debug_assert!(parts.method != Method::CONNECT);
        let answered: Result<Response, std::convert::Infallible> = self.vault.clone().oneshot(request).await;
        let Ok(response) = answered;
        Ok(response)
    }
}
