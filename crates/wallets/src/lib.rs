#![doc = include_str!("../README.md")]

pub mod access_key;
pub mod authorization;
pub mod bare_key;
pub mod encoding;
pub mod erc1271;
pub mod grant_call;
pub mod key_statement;
pub mod message;
pub mod nep413;
pub mod request_message;
pub mod sep53;
pub mod sign_in;
pub mod signature;
pub mod status_message;
pub mod text;
pub mod typed_data;
mod verb_text;
pub mod verify;
pub mod wallet;
pub mod wallet_link;
pub mod write_grant;

pub use access_key::{AccessKeyCheck, KeyPermission};
pub use erc1271::Erc1271Call;
pub use grant_call::{GrantCall, GrantMessage};
pub use key_statement::KeyStatement;
pub use message::{Message, MessageError};
pub use request_message::RequestMessage;
pub use sign_in::SignIn;
pub use signature::{Signature, SignatureError};
pub use status_message::StatusMessage;
pub use text::{Domain, KdfText, Nonce, PurposeText, TextError, Uri};
pub use typed_data::{KeyedNonce, TypedDataError};
pub use verify::{Proof, Signable, personal_sign_hash, verify, verify_digest, verify_message};
pub use wallet::{Scope, Wallet, WalletError};
pub use wallet_link::WalletLink;
pub use write_grant::WriteGrant;
