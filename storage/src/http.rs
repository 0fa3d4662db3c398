//! The HTTP API: one file for all routes, one for the handlers of each resource.

mod audit;
mod contents;
mod credentials;
mod deletions;
mod error;
mod events;
mod grants;
mod issuances;
mod node;
mod openapi_document;
mod operations;
mod own_grants;
mod paging;
mod profile_consents;
mod profiles;
mod refusals;
mod relay;
mod requests;
mod rescissions;
mod routes;
mod sessions;
mod status_lists;
mod uploads;
mod usage;

pub use openapi_document::openapi;
pub(crate) use routes::router;
