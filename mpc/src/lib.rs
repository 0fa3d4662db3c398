#![doc = include_str!("../README.md")]

mod asker;
mod at_rest;
mod clean_stack;
mod commands;
mod config;
mod db;
mod error;
mod housekeeping;
mod http;
mod identity;
mod limits;
mod node;
mod requests;
mod sealing;

pub use config::{Clock, KeyShareConfig, MAX_OPERATIONS_AN_HOUR};
pub use http::openapi;
pub use limits::Rate;
pub use node::{KeyShareNode, OpenError, Readiness};
pub use sealing::{KeySealer, SealerError, ShareSealer};
