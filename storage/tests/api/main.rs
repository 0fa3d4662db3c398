//! The API, route by route, on SQLite and PostgreSQL: real signatures, a real mirror, the real router.
#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here is a failed test")]

mod access_requests;
mod audit;
mod credentials;
mod deletion;
mod erased_readers;
mod events;
mod full_disk;
mod gate;
mod interleavings;
mod issuances;
mod issuer_made_profiles;
mod matrix;
mod near;
mod operations;
mod own_grants;
mod profile_deletion;
mod profiles;
mod quotas;
mod relay;
mod renewed_notes;
mod requests;
mod rescission;
mod resealing;
mod revoked_copies;
mod sign_in;
mod signing_keys;
mod status_lists;
mod stellar;
mod support;
mod timing;
mod uploads;
mod usage;
mod wallet_kinds;
mod write_grants;
