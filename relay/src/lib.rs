#![doc = include_str!("../README.md")]

mod app;
mod db;
mod http;
mod lane;
mod limits;
mod refusals;
mod row;
mod service;
mod usage;

pub use app::{App, AppError, Apps};
pub use http::{HttpConfig, openapi, router};
pub use lane::{Lane, LaneTerms};
pub use limits::RelayLimits;
pub use service::{Clock, OpenError, Relay, Taken};
pub use usage::{UsageError, UsageLog};
