//! The HTTP API: one file for all routes, one for the handlers of each resource.

mod address;
mod body;
mod error;
mod node;
mod openapi_document;
mod operations;
mod refusals;
mod routes;
mod shares;
mod wallets;

pub use openapi_document::openapi;
pub(crate) use routes::router;
