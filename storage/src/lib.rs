#![doc = include_str!("../README.md")]

mod access_keys;
mod audit;
mod auth;
mod batch;
mod blobs;
mod cache;
mod challenges;
mod commands;
mod config;
mod db;
mod deletion;
mod error;
mod events;
mod gate;
mod housekeeping;
mod http;
mod identity;
mod memory;
mod metrics;
mod mirrored;
mod quotas;
mod relay;
mod rescission;
mod revoked_copies;
mod status_lists;
mod uploads;
mod usage;
mod vault;

pub use config::{BlobLocation, Clock, VaultConfig};
pub use http::openapi;
pub use idos_service::{metrics::builder as metrics_builder, rates::RateLimits};
pub use quotas::{QuotaOutOfRange, Quotas};
pub use relay::{NoRelay, NotTaken, Relay, Settle};
pub use usage::{UsageError, UsageLog};
pub use vault::{OpenError, Readiness, Vault};
