//! The event, as the chain writes it.
#![allow(missing_docs, reason = "what the macros add has none")]

use idos_stellar_protocol::Account;
use soroban_sdk::{BytesN, contractevent};

use crate::word::Purpose;

// `word`: as it is after the change, a big-endian number.
#[contractevent]
#[derive(Clone, Debug)]
pub struct StatusChanged {
    #[topic]
    pub issuer: Account,
    #[topic]
    pub list: u32,
    #[topic]
    pub purpose: Purpose,
    pub word: BytesN<32>,
    pub word_index: u32,
}
