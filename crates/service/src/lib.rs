#![doc = include_str!("../README.md")]

mod envelope;
mod measures;
pub mod metrics;
pub mod rates;
mod refusal;
mod refusals;
mod request_id;

pub use envelope::{Envelope, EnvelopeSettings};
pub use refusal::{Refusal, no_such_method, no_such_route};
pub use refusals::{Refusals, stated};
