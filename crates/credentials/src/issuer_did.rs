//! An issuer's public identity: `did:key` with an Ed25519 key ([did:key](https://w3c-ccg.github.io/did-key-spec/)).

use std::{fmt, str::FromStr};

use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};

const SCHEME: &str = "did:key:";

/// The multicodec prefix of an Ed25519 public key.
const ED25519: [u8; 2] = [0xed, 0x01];

/// The longest text worth decoding; an Ed25519 `did:key` has 56 characters.
const MAX_LEN: usize = 64;

/// An issuer's DID, `did:key:z6Mk…`: the text and the Ed25519 key are one and the same.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct IssuerDid {
    text: String,
    key: VerifyingKey,
}

impl IssuerDid {
    /// The DID of a key. A weak key (a point of small order) is refused: anybody could sign for it.
    pub fn from_key(key: VerifyingKey) -> Result<Self, DidError> {
        if key.is_weak() {
            return Err(DidError::WeakKey);
        }
        let encoded = bs58::encode([&ED25519[..], key.as_bytes()].concat()).into_string();
        Ok(Self { text: format!("{SCHEME}z{encoded}"), key })
    }

    /// The DID as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The Ed25519 public key.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The key in Multikey form, `z6Mk…`.
    pub fn multikey(&self) -> &str {
        self.text.strip_prefix(SCHEME).unwrap_or(&self.text)
    }

    /// The DID URL of the one key that a `did:key` has: `did:key:z6Mk…#z6Mk…`.
    pub fn verification_method(&self) -> String {
        format!("{}#{}", self.text, self.multikey())
    }

    /// Whether `signature` is this issuer's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Display for IssuerDid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for IssuerDid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::hash::Hash for IssuerDid {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl FromStr for IssuerDid {
    type Err = DidError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let multikey = text.strip_prefix(SCHEME).ok_or(DidError::Method)?;
        let encoded =
            multikey.strip_prefix('z').filter(|_| text.len() <= MAX_LEN).ok_or(DidError::Malformed)?;
        let bytes = bs58::decode(encoded).into_vec().map_err(|_| DidError::Malformed)?;
        let key = bytes.strip_prefix(&ED25519[..]).ok_or(DidError::NotEd25519)?;
        let key = <[u8; 32]>::try_from(key).map_err(|_| DidError::Malformed)?;
        let did = Self::from_key(VerifyingKey::from_bytes(&key).map_err(|_| DidError::WeakKey)?)?;
        if did.text == text { Ok(did) } else { Err(DidError::Malformed) }
    }
}

impl From<IssuerDid> for String {
    fn from(did: IssuerDid) -> Self {
        did.text
    }
}

impl TryFrom<String> for IssuerDid {
    type Error = DidError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Why a text is not the DID of an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DidError {
    /// Another DID method, or no DID.
    #[error("an issuer is named by did:key:z6Mk… or did:web:…; other DID methods are not supported")]
    Method,
    /// Not the name of a web site.
    #[error(
        "an issuer's did:web is a host's name in lower case, a port as %3A8443 if it has one, and path segments after colons"
    )]
    MalformedWeb,
    /// Not the DID document of that issuer.
    #[error("this is not the DID document of that issuer")]
    Document,
    /// Not base58btc of the right length.
    #[error("an issuer's did:key is `did:key:z6Mk…` with 48 characters after the last colon")]
    Malformed,
    /// A key of another kind.
    #[error("an issuer's key is Ed25519: a did:key that begins with z6Mk")]
    NotEd25519,
    /// No point of the curve, or one of small order.
    #[error("this did:key holds no usable Ed25519 key")]
    WeakKey,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the key in `vectors/proofs.json`, as another implementation writes it.
    const DID: &str = "did:key:z6MksWSZwGdEsgJXGWnRHrbRwjkrt87vvLDtww7T846EJnat";

    #[test]
    fn a_did_prints_as_it_parses() {
        let did: IssuerDid = DID.parse().unwrap();
        assert_eq!(did.to_string(), DID);
        assert_eq!(IssuerDid::from_key(*did.key()), Ok(did.clone()));
        assert_eq!(
            did.verification_method(),
            format!("{DID}#z6MksWSZwGdEsgJXGWnRHrbRwjkrt87vvLDtww7T846EJnat")
        );
    }

    #[test]
    fn other_texts_are_refused() {
        let of = |bytes: &[u8]| format!("did:key:z{}", bs58::encode(bytes).into_string());
        let table = [
            ("empty", String::new(), DidError::Method),
            ("another method", "did:web:issuer.example".to_owned(), DidError::Method),
            ("with a fragment", format!("{DID}#z6Mk"), DidError::Malformed),
            ("another multibase", DID.replace(":z", ":m"), DidError::Malformed),
            ("no base58", DID.replace("z6Mk", "z6M0"), DidError::Malformed),
            ("very long", format!("did:key:z{}", "6".repeat(100_000)), DidError::Malformed),
            ("secp256k1", of(&[&[0xe7, 0x01][..], &[2; 33]].concat()), DidError::NotEd25519),
            ("31 bytes", of(&[&ED25519[..], &[9; 31]].concat()), DidError::Malformed),
            ("the neutral point", of(&[&ED25519[..], &[1], &[0; 31]].concat()), DidError::WeakKey),
            ("no point", of(&[&ED25519[..], &[2], &[0; 31]].concat()), DidError::WeakKey),
        ];
        for (name, text, error) in table {
            assert_eq!(text.parse::<IssuerDid>(), Err(error), "{name}");
        }
    }
}
