//! One file a family of methods; each reads its parameters, asks the network and answers in Stellar RPC's shape.

pub(super) mod devnet;
pub(super) mod events;
pub(super) mod fee_stats;
pub(super) mod horizon;
pub(super) mod ledger_entries;
pub(super) mod ledgers;
pub(super) mod send;
pub(super) mod server;
pub(super) mod simulate;
pub(super) mod transactions;

mod pages;
