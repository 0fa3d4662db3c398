//! Read keys: a secret that client and node agree on for a session, under which reads are authenticated faster than by signatures.

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, Mac, digest::KeyInit};
use rand_core::CryptoRngCore;
use sha2::Sha256;
use x25519_dalek::{EphemeralSecret, PublicKey};
use zeroize::Zeroizing;

use crate::session_id::SessionId;

const INFO: &[u8] = b"idos read key v1";

/// One side of the agreement; client and node do the same. Each makes one, sends [`public_key`](Self::public_key) to the other (the client's
/// travels in a request that its session key signs), and completes it with what it gets.
pub struct ReadKeyExchange {
    secret: EphemeralSecret,
    public_key: [u8; 32],
}

impl ReadKeyExchange {
    /// With a fresh X25519 key.
    pub fn new(rng: &mut impl CryptoRngCore) -> Self {
        let secret = EphemeralSecret::random_from_rng(rng);
        let public_key = PublicKey::from(&secret).to_bytes();
        Self { secret, public_key }
    }

    /// What the other side needs.
    pub fn public_key(&self) -> [u8; 32] {
        self.public_key
    }

    /// The read key of `session`: HKDF-SHA256 over the X25519 secret, salted with the session id.
    ///
    /// # Errors
    /// If the other side's key is of small order, so that anybody could know the secret.
    pub fn complete(self, their_public_key: &[u8; 32], session: &SessionId) -> Result<ReadKey, ReadKeyError> {
        let shared = self.secret.diffie_hellman(&PublicKey::from(*their_public_key));
        if !shared.was_contributory() {
            return Err(ReadKeyError);
        }
        derive(shared.as_bytes(), session)
    }
}

fn derive(shared: &[u8; 32], session: &SessionId) -> Result<ReadKey, ReadKeyError> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(&session.0), shared)
        .expand(INFO, key.as_mut_slice())
        .map_err(|_| ReadKeyError)?;
    Ok(ReadKey(key))
}

/// A session's read key. It authenticates reads only; a node keeps it in memory only. Wiped when dropped.
#[derive(Clone)]
pub struct ReadKey(Zeroizing<[u8; 32]>);

impl ReadKey {
    /// The key with these bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    /// The bytes, for a client that keeps its session between runs.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.0.clone()
    }

    pub(crate) fn tag(&self, message: &[u8]) -> [u8; 32] {
        mac(&self.0, message).finalize().into_bytes().into()
    }

    /// Takes the same time whether and wherever the tag differs.
    pub(crate) fn verifies(&self, message: &[u8], tag: &[u8; 32]) -> bool {
        mac(&self.0, message).verify(tag.into()).is_ok()
    }
}

/// HMAC pads its key with zeros to one block of SHA-256.
fn mac(key: &[u8; 32], message: &[u8]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    mac_of_block(&block, message)
}

fn mac_of_block(block: &[u8; 64], message: &[u8]) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new(block.into());
    mac.update(message);
    mac
}

impl fmt::Debug for ReadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReadKey(..)")
    }
}

impl fmt::Debug for ReadKeyExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadKeyExchange")
            .field("public_key", &hex::encode(self.public_key))
            .finish_non_exhaustive()
    }
}

/// The other side's key is not usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the X25519 key is of small order: make a new one")]
pub struct ReadKeyError;

/// As a node verifies, with a key of a whole block, such as the one in RFC 9421.
#[cfg(test)]
pub(crate) fn verify_block(block: &[u8; 64], message: &[u8], tag: &[u8; 32]) -> bool {
    mac_of_block(block, message).verify(tag.into()).is_ok()
}

#[cfg(test)]
mod tests {
    use rand_core::{CryptoRng, OsRng, RngCore};
    use serde::Deserialize;

    use super::*;

    /// A source of one given secret.
    struct Fixed([u8; 32]);

    impl RngCore for Fixed {
        fn next_u32(&mut self) -> u32 {
            rand_core::impls::next_u32_via_fill(self)
        }

        fn next_u64(&mut self) -> u64 {
            rand_core::impls::next_u64_via_fill(self)
        }

        fn fill_bytes(&mut self, out: &mut [u8]) {
            out.copy_from_slice(&self.0);
        }

        fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rand_core::Error> {
            self.fill_bytes(out);
            Ok(())
        }
    }

    impl CryptoRng for Fixed {}

    #[derive(Deserialize)]
    struct Vector {
        client_secret: String,
        client_key: String,
        node_secret: String,
        node_key: String,
        session_id: SessionId,
        read_key: String,
    }

    fn bytes(text: &str) -> [u8; 32] {
        hex::decode(text).unwrap().try_into().unwrap()
    }

    #[test]
    fn both_sides_agree_on_the_key_of_the_vector() {
        let vectors: Vec<Vector> = serde_json::from_str(include_str!("../vectors/read_key.json")).unwrap();
        for vector in vectors {
            let client = ReadKeyExchange::new(&mut Fixed(bytes(&vector.client_secret)));
            let node = ReadKeyExchange::new(&mut Fixed(bytes(&vector.node_secret)));
            let (client_key, node_key) = (client.public_key(), node.public_key());
            assert_eq!((client_key, node_key), (bytes(&vector.client_key), bytes(&vector.node_key)));
            for key in [
                client.complete(&node_key, &vector.session_id),
                node.complete(&client_key, &vector.session_id),
            ] {
                assert_eq!(*key.unwrap().to_bytes(), bytes(&vector.read_key));
            }
        }
    }

    #[test]
    fn another_session_or_another_exchange_has_another_key() {
        let key = |secret: u8, session: u8| {
            let node = ReadKeyExchange::new(&mut Fixed([9; 32])).public_key();
            let client = ReadKeyExchange::new(&mut Fixed([secret; 32]));
            client.complete(&node, &SessionId([session; 16])).unwrap().to_bytes()
        };
        assert_eq!(key(1, 1), key(1, 1));
        assert_ne!(key(1, 1), key(1, 2));
        assert_ne!(key(1, 1), key(2, 1));
    }

    #[test]
    fn a_key_of_small_order_is_refused() {
        let mut one = [0; 32];
        one[0] = 1;
        for weak in [[0; 32], one] {
            let answer = ReadKeyExchange::new(&mut OsRng).complete(&weak, &SessionId([0; 16]));
            assert_eq!(answer.err(), Some(ReadKeyError));
        }
    }
}
