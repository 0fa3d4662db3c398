//! What an issuer issues, anybody verifies, ours and others'; whatever was changed since, nobody does.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod alterations;
mod issue_and_verify;
mod proof_vectors;
