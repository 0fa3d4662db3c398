#![doc = include_str!("../README.md")]

pub mod account;
pub mod chain;
pub mod data_id;
pub mod event;
pub mod history;
pub mod ledger;
pub mod status;
pub mod timelock;
pub mod vectors;

pub use account::{Account, Address};
pub use chain::{ChainId, Namespace};
pub use data_id::DataId;
pub use event::{Event, GrantChange, GrantEvent, StatusEvent};
pub use history::HistoryHead;
pub use ledger::{Grant, GrantError, GrantKey, Ledger};
pub use status::{Purpose, Status, StatusError, StatusLedger};
