//! What can be wrong with a request.

use axum::{
    body::Body,
    http::{HeaderValue, Method, Request, header::CONTENT_TYPE},
};
use idos_api::limits::{MAX_CONTENT_BYTES, MAX_JSON_BYTES};

use sha2::{Digest, Sha256};

use super::json;
use crate::{
    matrix::{
        request::{Asked, Row},
        scene::Scene,
    },
    support::random_box,
};

/// How far a clock may not be off.
const MINUTE_AND_MORE: u64 = 61;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// One byte more than the route takes.
    TooLarge,
    /// Each value of the body in turn is of another type.
    WrongType,
    /// Each object of the body in turn has a field more.
    UnknownField,
    /// A body of a media type that is not the route's.
    WrongContentType,
    /// Nothing where there should be something.
    NoBody,
    /// Each id of the path and each value of the query in turn is in no form.
    NoForm,
    /// Signed by a clock that is early, and by one that is late.
    ClockOff,
    /// Sent twice.
    Again,
}

impl Fault {
    pub const ALL: [Self; 8] = [
        Self::TooLarge,
        Self::WrongType,
        Self::UnknownField,
        Self::WrongContentType,
        Self::NoBody,
        Self::NoForm,
        Self::ClockOff,
        Self::Again,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::TooLarge => "too large",
            Self::WrongType => "wrong type",
            Self::UnknownField => "unknown field",
            Self::WrongContentType => "wrong content type",
            Self::NoBody => "no body",
            Self::NoForm => "id in no form",
            Self::ClockOff => "clock a minute off",
            Self::Again => "same nonce again",
        }
    }

    /// The requests of a row with this fault; or why it cannot have it.
    pub async fn spoil(self, scene: &Scene, row: &Row) -> Result<Vec<Request<Body>>, &'static str> {
        const NO_BODY: &str = "takes no body";
        const NO_JSON: &str = "takes no JSON";
        let sent = |asked| scene.sent(row.by(), row, asked);
        match self {
            Self::TooLarge if !row.is_command() => Err(NO_BODY),
            Self::TooLarge if row.takes_content() => {
                let asked = scene.asked(row).await;
                let body = random_box(MAX_CONTENT_BYTES + 1);
                let path = format!("/v1/uploads/{}", hex::encode(Sha256::digest(&body)));
                Ok(vec![sent(Asked { body, path, ..asked })])
            }
            Self::TooLarge => {
                Ok(vec![sent(Asked { body: random_box(MAX_JSON_BYTES + 1), ..scene.asked(row).await })])
            }
            Self::WrongType | Self::UnknownField if !row.takes_json() => Err(NO_JSON),
            Self::WrongType | Self::UnknownField => {
                let asked = scene.asked(row).await;
                let bodies = match self {
                    Self::WrongType => json::of_other_types(&asked.body),
                    _ => json::with_a_field_more(&asked.body),
                };
                Ok(bodies.into_iter().map(|body| sent(Asked { body, ..asked.clone() })).collect())
            }
            Self::WrongContentType | Self::NoBody if !row.takes_json() && !row.takes_content() => {
                Err(NO_BODY)
            }
            Self::WrongContentType => {
                let mut request = sent(scene.asked(row).await);
                request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
                Ok(vec![request])
            }
            Self::NoBody => Ok(vec![sent(Asked { body: Vec::new(), ..scene.asked(row).await })]),
            Self::NoForm => {
                let asked = scene.asked(row).await;
                let paths = row.paths_in_no_form(&asked.path);
                if paths.is_empty() {
                    return Err("names nothing");
                }
                Ok(paths.into_iter().map(|path| sent(Asked { path, ..asked.clone() })).collect())
            }
            Self::ClockOff if row.is_public() => Err("no session signs it"),
            Self::ClockOff => {
                let asked = scene.asked(row).await;
                let (person, now) = (scene.person(row.by()), scene.house.now());
                let signed_at =
                    |at| person.signed_at(at, asked.method.clone(), &asked.path, asked.body.clone());
                Ok(vec![signed_at(now - MINUTE_AND_MORE), signed_at(now + MINUTE_AND_MORE)])
            }
            Self::Again if !row.is_command() => Err("a read changes nothing"),
            Self::Again if row.is_public() && !row.takes_json() => Err("has no nonce"),
            Self::Again => {
                let asked = scene.asked(row).await;
                let mut twins = twins(sent(asked.clone()), &asked.body, 2);
                // Whatever the first gets.
                scene.house.ask(twins.remove(0)).await;
                Ok(twins)
            }
        }
    }
}

/// The very same request, so many times.
pub fn twins(request: Request<Body>, body: &[u8], count: usize) -> Vec<Request<Body>> {
    let (parts, _) = request.into_parts();
    (0..count).map(|_| Request::from_parts(parts.clone(), body.to_vec().into())).collect()
}

impl Row {
    /// Whether it is asked to change something.
    pub fn is_command(&self) -> bool {
        self.method() != Method::GET
    }
}
