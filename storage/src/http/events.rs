//! The stream of what happens on the chains.

use std::convert::Infallible;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue},
    response::{IntoResponse, Response, Sse, sse},
};
use futures::{StreamExt, stream};
use idos_api::events::{ChainEvent, MAX_FOLLOWED_ISSUERS};
use idos_grants::Account;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{paging::Params, refusals};
use crate::{
    auth::Reader,
    error::ServiceError,
    events::{EventCursor, Message, Subscription},
    vault::Inner,
};

/// What a browser sends when it goes on with a stream.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// So that a proxy hands events on as they come.
const NO_BUFFERING: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));

/// Where to begin, and whose statuses to follow.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EventParams {
    /// The id of the last event that was received; empty: from the beginning; without it: what happens from now on. `Last-Event-ID` goes
    /// before it.
    cursor: Option<String>,
    /// Issuers' accounts (CAIP-10) whose status changes are to be told, at most 20, with commas between.
    issuers: Option<String>,
}

/// What happens on the chains to grants by or to the caller's wallets, and to the statuses of the issuers named, each as its block becomes
/// final: `grant_created`, `grant_revoked`, `timelock_extended`, `status_changed`. Each event's id is a cursor: with it as `Last-Event-ID`, or
/// as `cursor`, the stream goes on without missing or repeating anything. An `end` says why there is no more to come.
#[utoipa::path(
    get, path = "/v1/events", tag = "chain", security(("session" = [])),
    params(EventParams, ("last-event-id" = Option<String>, Header, description = "The id of the last event that was received")),
    responses(
        (status = 200, description = "Server-sent events; `data` is JSON", body = ChainEvent, content_type = "text/event-stream"),
        refusals::Events
    )
)]
pub(super) async fn events(
    State(vault): State<Inner>,
    Reader(caller): Reader,
    headers: HeaderMap,
    Params(params): Params<EventParams>,
) -> Result<Response, ServiceError> {
    caller.profile()?;
    let after = after(&headers, params.cursor)?;
    let issuers = issuers(params.issuers.as_deref().unwrap_or_default())?;
    let mut messages = vault.events.open(Subscription { caller, issuers, after })?;
    let messages = stream::poll_fn(move |context| messages.poll_recv(context));
    Ok(([NO_BUFFERING], Sse::new(messages.map(written))).into_response())
}

fn after(headers: &HeaderMap, cursor: Option<String>) -> Result<Option<EventCursor>, ServiceError> {
    let text = match headers.get(LAST_EVENT_ID) {
        Some(value) => Some(value.to_str().unwrap_or("?").to_owned()),
        None => cursor,
    };
    text.as_deref().map(str::parse).transpose()
}

fn issuers(text: &str) -> Result<Vec<Account>, ServiceError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    // One more than there may be is enough to refuse them.
    let accounts = text.split(',').take(MAX_FOLLOWED_ISSUERS + 1).map(str::parse::<Account>);
    let accounts: Result<Vec<_>, _> = accounts.collect();
    let accounts = accounts.map_err(|error| ServiceError::Malformed(error.to_string().into()))?;
    if accounts.len() > MAX_FOLLOWED_ISSUERS {
        return Err(ServiceError::malformed("a stream follows at most 20 issuers"));
    }
    Ok(accounts)
}

fn written(message: Message) -> Result<sse::Event, Infallible> {
    Ok(match message {
        Message::Event { event, cursor } => {
            json(sse::Event::default().event(event.name()).id(cursor), &event)
        }
        // No event for a browser, but it remembers the id.
        Message::Quiet { cursor } => sse::Event::default().id(cursor).comment("nothing new"),
        Message::End(end) => json(sse::Event::default().event("end"), &end),
    })
}

/// Without data it is no event: a reader then misses one, and not what comes after it. Nothing that is told fails to be written.
fn json(event: sse::Event, data: &impl serde::Serialize) -> sse::Event {
    match serde_json::to_string(data) {
        Ok(text) => event.data(text),
        Err(_) => event,
    }
}
