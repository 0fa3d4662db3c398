#![doc = include_str!("../README.md")]

pub mod access_key;
pub mod encoding;
pub mod erc1271;
pub mod key_statement;
pub mod message;
pub mod nep413;
pub mod sign_in;
pub mod signature;
pub mod text;
pub mod typed_data;
pub mod verbs;
pub mod verify;
pub mod wallet;
pub mod wallet_link;
pub mod write_grant;

pub use access_key::{AccessKeyCheck, KeyPermission};
pub use erc1271::Erc1271Call;
pub use key_statement::KeyStatement;
pub use message::{Message, MessageError};
pub use sign_in::SignIn;
pub use signature::{Signature, SignatureError};
pub use text::{Domain, KdfText, Nonce, TextError, Uri};
pub use typed_data::{KeyedNonce, TypedDataError};
pub use verbs::{CreateGrant, ExtendTimelock, RevokeGrant};
pub use verify::{Proof, Signable, personal_sign_hash, verify, verify_digest, verify_message};
pub use wallet::{Scope, Wallet, WalletError};
pub use wallet_link::WalletLink;
pub use write_grant::WriteGrant;
