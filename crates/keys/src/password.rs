//! The password key: a password and a profile id make the profile's [`EncryptionSecret`].
//!
//! Password in NFKC, as UTF-8; salt = the profile id as a lower-case hyphenated UUID, as UTF-8;
//! scrypt ([RFC 7914](https://www.rfc-editor.org/rfc/rfc7914)) gives the 32 bytes of the secret.
//! Which parameters a profile uses is stated in its signed key statement as a [`Kdf`].

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::encryption_key::{EncryptionSecret, KEY_LEN};

/// Bytes of the longest password, as UTF-8.
pub const MAX_PASSWORD_LEN: usize = 1024;

/// Bytes of memory that deriving a key may take.
pub const MAX_MEMORY: u64 = 1 << 30;

/// The most that NFKC lengthens a UTF-8 text, by Unicode's normalisation FAQ.
const NFKC_MAX_GROWTH: usize = 11;

/// How a password becomes a key. As JSON: `{"name":"scrypt","version":"1","log_n":17,"r":8,"p":1}`.
///
/// There is no `Kdf` outside these bounds, so a hostile key statement can neither make a client burn its memory nor talk it
/// into a key that is easily guessed: N = 2^14 to 2^20, r = 8 to 16, p = 1 to 4, and at most [`MAX_MEMORY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Stated", try_from = "Stated")]
pub struct Kdf {
    version: Version,
    log_n: u8,
    r: u32,
    p: u32,
}

/// The generation of the whole scheme: normalisation, salt, function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Version {
    #[serde(rename = "0.1")]
    V0_1,
    #[serde(rename = "1")]
    V1,
}

impl Kdf {
    /// Version 0.1: N = 2^14, r = 8, p = 1. For people who already have a key made so; never for a new profile.
    pub const V0_1: Self = Self { version: Version::V0_1, log_n: 14, r: 8, p: 1 };

    /// Version 1: N = 2^17, r = 8, p = 1, the first choice of OWASP's password storage advice; 128 MiB of memory.
    pub const V1: Self = Self { version: Version::V1, log_n: 17, r: 8, p: 1 };

    /// Bytes of memory that deriving a key takes.
    pub fn memory(&self) -> u64 {
        memory(self.log_n, self.r)
    }

    fn params(&self) -> Result<scrypt::Params, PasswordError> {
        scrypt::Params::new(self.log_n, self.r, self.p, KEY_LEN).map_err(|_| PasswordError::Parameters)
    }
}

fn memory(log_n: u8, r: u32) -> u64 {
    (128 * u64::from(r)) << log_n
}

/// Derives the encryption secret of the profile `profile_id` from its password.
///
/// A wrong password gives another secret, not an error: compare [`EncryptionSecret::public`] with the profile's key.
/// It takes as long as it should, a good part of a second for [`Kdf::V1`]: not on a thread that others wait for.
///
/// # Errors
/// An empty password, or one of more than [`MAX_PASSWORD_LEN`] bytes.
pub fn derive(kdf: &Kdf, password: &str, profile_id: Uuid) -> Result<EncryptionSecret, PasswordError> {
    let password = normalised(password)?;
    let salt = profile_id.hyphenated().to_string();
    let mut secret = Zeroizing::new([0; KEY_LEN]);
    scrypt::scrypt(password.as_bytes(), salt.as_bytes(), &kdf.params()?, &mut *secret)
        .map_err(|_| PasswordError::Parameters)?;
    Ok(EncryptionSecret::from_bytes(*secret))
}

fn normalised(password: &str) -> Result<Zeroizing<String>, PasswordError> {
    if password.is_empty() {
        return Err(PasswordError::Empty);
    }
    if password.len() > MAX_PASSWORD_LEN {
        return Err(PasswordError::TooLong);
    }
    // Room for all of it, so that no half of a password is left behind in memory when the text grows.
    let mut normalised = Zeroizing::new(String::with_capacity(password.len() * NFKC_MAX_GROWTH));
    normalised.extend(password.nfkc());
    Ok(normalised)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stated {
    name: Name,
    version: Version,
    log_n: u8,
    r: u32,
    p: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Name {
    Scrypt,
}

impl From<Kdf> for Stated {
    fn from(Kdf { version, log_n, r, p }: Kdf) -> Self {
        Self { name: Name::Scrypt, version, log_n, r, p }
    }
}

impl TryFrom<Stated> for Kdf {
    type Error = KdfError;

    fn try_from(Stated { name: Name::Scrypt, version, log_n, r, p }: Stated) -> Result<Self, Self::Error> {
        let kdf = Self { version, log_n, r, p };
        if version == Version::V0_1 && kdf != Self::V0_1 {
            return Err(KdfError::NotVersion0_1);
        }
        if log_n < Self::V0_1.log_n || r < Self::V0_1.r || p < Self::V0_1.p {
            return Err(KdfError::TooWeak);
        }
        if log_n > 20 || r > 16 || p > 4 || kdf.memory() > MAX_MEMORY {
            return Err(KdfError::TooCostly);
        }
        Ok(kdf)
    }
}

/// Why stated parameters are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KdfError {
    /// Version 0.1 has one set of parameters.
    #[error("version 0.1 of the password key is scrypt with log_n 14, r 8, p 1")]
    NotVersion0_1,
    /// A key that is easier to guess than version 0.1's.
    #[error("these scrypt parameters are too weak: at least log_n 14, r 8, p 1")]
    TooWeak,
    /// More time or memory than a client should be asked for.
    #[error("these scrypt parameters cost too much: at most log_n 20, r 16, p 4 and 1 GiB of memory")]
    TooCostly,
}

/// Why no key is derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// No password.
    #[error("the password is empty")]
    Empty,
    /// More than [`MAX_PASSWORD_LEN`] bytes.
    #[error("the password is longer than {MAX_PASSWORD_LEN} bytes")]
    TooLong,
    /// Parameters that scrypt itself refuses.
    #[error("scrypt does not take these parameters")]
    Parameters,
}

#[cfg(test)]
mod tests;
