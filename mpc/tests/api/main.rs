//! Key-share nodes over HTTP: what is asked rightly, wrongly, twice and half-way; nodes that lie, stay silent, or come back from an old backup.

mod keys;
mod limits;
mod refresh;
mod requests;
mod support;
mod wallet_kinds;
