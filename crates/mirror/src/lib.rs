#![doc = include_str!("../README.md")]

mod batch;
mod block;
mod bulk;
mod contract;
mod database;
mod error;
mod feed;
mod grant;
mod page;
mod reader;
mod rows;
mod status;
mod writer;

pub use batch::{Applied, Batch, Located};
pub use block::{BlockHash, BlockHashError, BlockRef, Checkpoint};
pub use contract::{Broken, Contract, ContractKind, ContractState, SeenBlock};
pub use database::Mirror;
pub use error::{Impossible, Inconsistency, MirrorError};
pub use feed::{FeedEvent, FeedPosition, FeedWhat, WordChange};
pub use grant::{GrantFilter, GrantState, GrantsEnd, Lock, MirroredGrant, NewestFilter, Side};
pub use page::{Cursor, CursorError, PAGE_SIZE, Page};
pub use reader::{MAX_ACCOUNTS, MAX_DATA_IDS, MirrorReader};
pub use status::{MirroredList, MirroredStatus};
pub use writer::{MirrorWriter, Progress};
