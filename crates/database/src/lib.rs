#![doc = include_str!("../README.md")]

mod connections;
mod database;
mod error;
mod location;
mod settings;
mod traces;

pub use database::{Database, Transaction};
pub use error::{DatabaseError, OpenError, is_disk_full};
pub use location::{Kind, Location, sqlite_url};
pub use settings::{Durability, Settings};
