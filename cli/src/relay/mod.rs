//! `idos relay`: sends what owners signed, for apps with tokens. A node may do the same for its own sessions.

mod config;
mod serve;
mod usage;

pub use config::{RelayChain, RelayOptions};
pub use serve::{lane, run};
pub use usage::{RelayCommand, usage};
