#![doc = include_str!("../README.md")]

pub mod base;
pub mod content_digest;
pub mod key;
pub mod parsed;
pub mod read_key;
pub mod request;
pub mod session_id;
pub mod sign;

pub use content_digest::{ContentDigest, ContentDigestError};
pub use key::{SessionKey, SessionPublicKey};
pub use parsed::{ParsedSignature, RequestSignatureError};
pub use read_key::{ReadKey, ReadKeyError, ReadKeyExchange};
pub use request::{RequestParts, RequestPartsError};
pub use session_id::{SessionId, SessionIdError};
pub use sign::{Algorithm, Nonce, SignatureHeaders, SignatureParams, sign_ed25519, sign_hmac};
