//! The bytes of a signature, and why one is refused.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The longest signature that is looked at, in bytes. Contract wallets concatenate their owners' signatures.
pub const MAX_SIGNATURE_BYTES: usize = 8 * 1024;

/// 1 to [`MAX_SIGNATURE_BYTES`] bytes, in text as `0x` and hex digits. Nothing says yet that they are anybody's signature.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Signature(Vec<u8>);

impl Signature {
    /// Takes bytes that are within the bounds.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, SignatureError> {
        let bytes = bytes.into();
        check_size(&bytes)?;
        Ok(Self(bytes))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

pub(crate) fn check_size(signature: &[u8]) -> Result<(), SignatureError> {
    match signature.len() {
        0 => Err(SignatureError::Empty),
        1..=MAX_SIGNATURE_BYTES => Ok(()),
        _ => Err(SignatureError::TooLong),
    }
}

impl AsRef<[u8]> for Signature {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(&self.0))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Signature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("0x").ok_or(SignatureError::NotHex)?;
        if digits.len() > 2 * MAX_SIGNATURE_BYTES {
            return Err(SignatureError::TooLong);
        }
        Self::new(hex::decode(digits).map_err(|_| SignatureError::NotHex)?)
    }
}

impl From<Signature> for String {
    fn from(signature: Signature) -> Self {
        signature.to_string()
    }
}

impl TryFrom<String> for Signature {
    type Error = SignatureError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Why a signature proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not `0x` and an even number of hex digits.
    #[error("a signature is written as 0x and hex digits")]
    NotHex,
    /// No bytes.
    #[error("the signature is empty: sign the message with the wallet")]
    Empty,
    /// More than [`MAX_SIGNATURE_BYTES`].
    #[error("the signature is longer than {MAX_SIGNATURE_BYTES} bytes")]
    TooLong,
    /// Not 65 bytes, and the account is no contract.
    #[error("a key's signature is 65 bytes: r, s and v")]
    WrongLength,
    /// v is none of 0, 1, 27 and 28.
    #[error("the signature's last byte must be 0, 1, 27 or 28")]
    WrongRecoveryId,
    /// r or s is zero or out of range, or no key fits.
    #[error("the signature's numbers are out of range")]
    Malformed,
    /// The other of the two signatures that every signature can be turned into without the key.
    #[error(
        "the signature's s is in the upper half of its range (EIP-2): sign with a wallet that normalises it"
    )]
    HighS,
    /// Right in itself, but of another key or over another message.
    #[error("the signature is not this account's over this message: check account, chain and fields")]
    OtherSigner,
    /// ERC-6492: of a contract wallet that does not exist yet.
    #[error("the contract wallet is not deployed yet: send its first transaction, then sign again")]
    NotDeployed,
    /// EIP-712, asked of an account that is not on an EVM chain.
    #[error("only EVM accounts sign typed data")]
    NoTypedData,
    /// An authorization entry, asked of anybody but a Stellar account.
    #[error("only Stellar accounts, G…, sign authorization entries")]
    NoAuthorization,
    /// NEAR: not a key's kind, key, signature and callback URL.
    #[error(
        "a NEAR signature is 0x00, the key's 32 bytes, the signature's 64, and the callback URL if there was one"
    )]
    NotNep413,
    /// NEAR: a key of another kind than Ed25519.
    #[error("only Ed25519 keys of NEAR accounts are supported: sign with one")]
    WrongKeyType,
    /// Stellar: not a key and its signature.
    #[error("a Stellar signature is the key's 32 bytes and the 64 of its signature (SEP-53)")]
    NotSep53,
    /// Stellar: a contract cannot sign messages.
    #[error("a Stellar contract cannot sign a message: use an account, G…")]
    ContractCannotSign,
    /// XRPL: not a key and its signature.
    #[error(
        "an XRPL signature is the key's 33 bytes, and then 64 bytes if it begins with ED, and a DER signature if it begins with 02 or 03"
    )]
    NotXrpl,
    /// XRPL: the key is another account's.
    #[error("the key that signed is not this account's master key: check the classic address")]
    NotMasterKey,
    /// Passkeys own grants, but sign no messages.
    #[error("a secp256r1 key signs no messages here: sign in with another wallet")]
    NoMessages,
    /// NEAR: the key may call certain methods only; Stellar: its weight is below the medium threshold.
    #[error(
        "the key may not act for the account alone: sign with a full-access key (NEAR) or one that reaches the medium threshold (Stellar)"
    )]
    NotFullAccess,
    /// NEAR, Stellar: the account has no such key, or not any more.
    #[error("the key that signed is not a key of this account: check account and chain")]
    NotItsKey,
    /// The contract at the account does not take the signature as its own.
    #[error("the contract wallet does not accept the signature for this message")]
    RefusedByContract,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_signature_is_bounded_hex() {
        let longest = format!("0x{}", "00".repeat(MAX_SIGNATURE_BYTES));
        assert_eq!(longest.parse::<Signature>().unwrap().to_string(), longest);
        let table = [
            ("no prefix", "00".to_owned(), SignatureError::NotHex),
            ("odd", "0x0".to_owned(), SignatureError::NotHex),
            ("not hex", "0xzz".to_owned(), SignatureError::NotHex),
            ("empty", "0x".to_owned(), SignatureError::Empty),
            ("too long", format!("{longest}00"), SignatureError::TooLong),
        ];
        for (name, text, error) in table {
            assert_eq!(text.parse::<Signature>(), Err(error), "{name}");
        }
    }
}
