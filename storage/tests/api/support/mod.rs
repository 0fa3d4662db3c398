//! A node in a house of its own, people with wallets, and a chain in a few lines.

mod access_request;
mod answer;
mod chain;
mod chain_accounts;
mod desk;
mod documented;
mod house;
mod issuer;
mod key;
mod person;
mod wallet_kind;

pub use access_request::{access_request, sign_request};
pub use answer::Answer;
pub use chain::{Chain, grant};
pub use chain_accounts::{ChainAccounts, DEAD_CHAIN};
pub use desk::{Desk, Stop, signed_call};
pub use house::{CHAIN, DOMAIN, House, SECOND_CHAIN, grants_contract, status_contract};
pub use issuer::{Issuer, sealed};
pub use key::{Key, mirrored};
pub use person::{Person, challenge, random_box, sign_in};
pub use wallet_kind::WalletKind;

use idos_grants::DataId;
use rand_core::{OsRng, RngCore};

/// A fresh data id.
pub fn data_id() -> DataId {
    let mut bytes = [0; 32];
    OsRng.fill_bytes(&mut bytes);
    DataId(bytes)
}
