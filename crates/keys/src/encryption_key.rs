//! X25519 keys ([RFC 7748](https://www.rfc-editor.org/rfc/rfc7748)), as NaCl uses them.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use crypto_box::aead::rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use x25519_dalek::StaticSecret;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Bytes of a key, public or secret.
pub const KEY_LEN: usize = 32;

/// A public X25519 key: what content is sealed to. As text it is the standard base64 of its 32 bytes.
///
/// Points of low order are never an `EncryptionKey`: with such a key everybody would arrive at the same shared secret, so a
/// node could hand one out in place of the recipient's and read along.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct EncryptionKey([u8; KEY_LEN]);

impl EncryptionKey {
    /// The key with these bytes; refused if it is a point of low order.
    pub fn from_bytes(bytes: [u8; KEY_LEN]) -> Result<Self, KeyError> {
        // Any clamped scalar does: the product is the identity exactly for points of low order.
        let product = StaticSecret::from([1; KEY_LEN]).diffie_hellman(&x25519_dalek::PublicKey::from(bytes));
        if product.was_contributory() { Ok(Self(bytes)) } else { Err(KeyError::LowOrder) }
    }

    /// The key's bytes.
    pub fn as_bytes(&self) -> &[u8; KEY_LEN] {
        &self.0
    }
}

impl fmt::Display for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for EncryptionKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_bytes(*decode(text)?)
    }
}

impl From<EncryptionKey> for String {
    fn from(key: EncryptionKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for EncryptionKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A secret X25519 key. It is wiped when dropped, compared in constant time and never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct EncryptionSecret([u8; KEY_LEN]);

impl EncryptionSecret {
    /// A new key from `rng`.
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        let mut secret = Self([0; KEY_LEN]);
        rng.fill_bytes(&mut secret.0);
        secret
    }

    /// The key with these bytes. Any 32 bytes are a secret key.
    pub fn from_bytes(bytes: [u8; KEY_LEN]) -> Self {
        Self(bytes)
    }

    /// The key's bytes, for a caller that stores them or hands them to the person.
    pub fn to_bytes(&self) -> Zeroizing<[u8; KEY_LEN]> {
        Zeroizing::new(self.0)
    }

    /// The standard base64 of the key's bytes, which [`FromStr`] reads.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.0))
    }

    /// The public key of this secret.
    pub fn public(&self) -> EncryptionKey {
        EncryptionKey(x25519_dalek::PublicKey::from(&StaticSecret::from(self.0)).to_bytes())
    }

    pub(crate) fn for_box(&self) -> crypto_box::SecretKey {
        crypto_box::SecretKey::from_bytes(self.0)
    }
}

impl PartialEq for EncryptionSecret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for EncryptionSecret {}

impl fmt::Debug for EncryptionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionSecret(..)")
    }
}

impl FromStr for EncryptionSecret {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(*decode(text)?))
    }
}

fn decode(text: &str) -> Result<Zeroizing<[u8; KEY_LEN]>, KeyError> {
    // 33 bytes is what the decoder reckons with for 44 characters. It refuses loose trailing bits: a key has one text.
    let mut buffer = Zeroizing::new([0; KEY_LEN + 1]);
    let decoded = STANDARD.decode_slice(text, buffer.as_mut_slice()).map_err(|_| KeyError::Malformed)?;
    let bytes = buffer.get(..decoded).and_then(|bytes| <[u8; KEY_LEN]>::try_from(bytes).ok());
    bytes.map(Zeroizing::new).ok_or(KeyError::Malformed)
}

/// Why bytes or a text are not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not standard base64 with padding, or not of 32 bytes.
    #[error("an encryption key is the standard base64 (with padding) of 32 bytes")]
    Malformed,
    /// A point of low order: no secret belongs to it.
    #[error("this encryption key protects nothing (a point of low order): ask its owner for the right one")]
    LowOrder,
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    #[test]
    fn a_key_prints_as_it_parses() {
        let secret = EncryptionSecret::generate(&mut OsRng);
        let public = secret.public();
        assert_eq!(public.to_string().parse(), Ok(public));
        assert_eq!(secret.to_base64().parse(), Ok(secret.clone()));
        let json = serde_json::to_string(&public).unwrap();
        assert_eq!(json, format!("\"{public}\""));
        assert_eq!(serde_json::from_str::<EncryptionKey>(&json).unwrap(), public);
    }

    #[test]
    fn malformed_keys_are_refused() {
        let good = EncryptionSecret::from_bytes([7; 32]).public().to_string();
        let table = [
            ("empty", String::new()),
            ("no padding", good.trim_end_matches('=').to_owned()),
            ("31 bytes", STANDARD.encode([7; 31])),
            ("33 bytes", STANDARD.encode([7; 33])),
            ("hex", "07".repeat(32)),
            ("base64url", "_".repeat(43) + "="),
            ("a space", format!(" {good}")),
            ("loose trailing bits", STANDARD.encode([7; 32]).replace("c=", "d=")),
            ("very long", "A".repeat(1 << 20)),
        ];
        for (name, text) in table {
            assert_ne!(text, good, "{name}");
            assert_eq!(text.parse::<EncryptionKey>(), Err(KeyError::Malformed), "{name}");
            assert_eq!(text.parse::<EncryptionSecret>(), Err(KeyError::Malformed), "{name}");
        }
    }

    #[test]
    fn points_of_low_order_are_refused() {
        // The encodings of all such points, from RFC 7748's security considerations and https://cr.yp.to/ecdh.html.
        let low_order = [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ];
        for point in low_order {
            let bytes: [u8; 32] = hex::decode(point).unwrap().try_into().unwrap();
            assert_eq!(EncryptionKey::from_bytes(bytes), Err(KeyError::LowOrder), "{point}");
        }
    }

    #[test]
    fn a_secret_is_never_printed() {
        let secret = EncryptionSecret::from_bytes([0xab; 32]);
        assert_eq!(format!("{secret:?}"), "EncryptionSecret(..)");
    }
}
