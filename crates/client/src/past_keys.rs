//! Keys that a profile had before. Copies that were received under one cannot be sealed anew by who received them, so it is kept: sealed for the key
//! that took its place, in which nobody but the profile's owner reads it.

use idos_keys::{EncryptionKey, EncryptionSecret, sealed_box};
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::ClientError;

/// The secret of a key that was replaced, sealed for the one that replaced it. It may be kept anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastKey {
    /// Whose secret it is.
    pub key: EncryptionKey,
    /// Whose secret opens it.
    pub sealed_for: EncryptionKey,
    /// The public half of the ephemeral key that sealed it.
    pub sender_key: EncryptionKey,
    /// Nonce and box, as hex.
    pub sealed: String,
}

impl PastKey {
    /// Seals `before` for the key that takes its place.
    ///
    /// # Errors
    /// None that occurs: 32 bytes fit any box.
    pub fn seal(
        before: &EncryptionSecret,
        next: &EncryptionKey,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, ClientError> {
        let sealed = sealed_box::seal(rng, next, before.to_bytes().as_slice())
            .map_err(|error| ClientError::Input(error.to_string()))?;
        let (key, sealed_for) = (before.public(), *next);
        Ok(Self { key, sealed_for, sender_key: sealed.sender, sealed: hex::encode(sealed.content) })
    }

    /// The secret; `None` if `next` does not open it, or what is in it is not the secret of [`Self::key`].
    fn open(&self, next: &EncryptionSecret) -> Option<EncryptionSecret> {
        let content = hex::decode(&self.sealed).ok()?;
        let plaintext = sealed_box::open(next, &self.sender_key, &content).ok()?;
        let mut bytes = Zeroizing::new([0; 32]);
        (plaintext.len() == bytes.len()).then(|| bytes.copy_from_slice(&plaintext))?;
        let secret = EncryptionSecret::from_bytes(*bytes);
        (secret.public() == self.key).then_some(secret)
    }
}

/// The secrets of all past keys that follow from `known`: each opens those that it replaced, and those open earlier ones. Those that do not open are
/// left out.
pub fn open_all(past: &[PastKey], known: &[EncryptionSecret]) -> Vec<EncryptionSecret> {
    let mut secrets = known.to_vec();
    let mut next = 0;
    while let Some(secret) = secrets.get(next).cloned() {
        let key = secret.public();
        for past in past.iter().filter(|past| past.sealed_for == key) {
            if let Some(before) = past.open(&secret).filter(|before| !secrets.contains(before)) {
                secrets.push(before);
            }
        }
        next += 1;
    }
    secrets
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    #[test]
    fn each_key_opens_those_before_it_and_none_after() {
        let keys: Vec<_> = (0..4).map(|_| EncryptionSecret::generate(&mut OsRng)).collect();
        let mut past: Vec<_> = keys
            .windows(2)
            .map(|pair| PastKey::seal(&pair[0], &pair[1].public(), &mut OsRng).unwrap())
            .collect();
        past.reverse();
        let text = serde_json::to_string(&past).unwrap();
        let past: Vec<PastKey> = serde_json::from_str(&text).unwrap();
        for (number, key) in keys.iter().enumerate() {
            let opened = open_all(&past, std::slice::from_ref(key));
            let expected: Vec<_> = keys[..=number].iter().rev().cloned().collect();
            assert_eq!(opened, expected, "key {number}");
            assert!(!text.contains(&hex::encode(key.to_bytes())));
        }
        let stranger = EncryptionSecret::generate(&mut OsRng);
        assert_eq!(open_all(&past, std::slice::from_ref(&stranger)), [stranger]);
    }

    #[test]
    fn changing_back_and_forth_has_an_end() {
        let [one, other] = [1, 2].map(|byte| EncryptionSecret::from_bytes([byte; 32]));
        let past = [
            PastKey::seal(&one, &other.public(), &mut OsRng).unwrap(),
            PastKey::seal(&other, &one.public(), &mut OsRng).unwrap(),
        ];
        assert_eq!(open_all(&past, std::slice::from_ref(&one)), [one, other]);
    }

    #[test]
    fn what_is_not_the_secret_of_its_key_is_left_out() {
        let keys: Vec<_> = (0..3).map(|_| EncryptionSecret::generate(&mut OsRng)).collect();
        let good = PastKey::seal(&keys[0], &keys[1].public(), &mut OsRng).unwrap();
        let table = [
            ("another key's", PastKey { key: keys[2].public(), ..good.clone() }),
            ("altered", PastKey { sealed: good.sealed.replace(&good.sealed[60..62], "zz"), ..good.clone() }),
            ("cut", PastKey { sealed: good.sealed[2..].to_owned(), ..good.clone() }),
            ("nothing", PastKey { sealed: String::new(), ..good.clone() }),
        ];
        for (name, past) in table {
            assert_eq!(open_all(&[past], &keys[1..2]), &keys[1..2], "{name}");
        }
    }
}
