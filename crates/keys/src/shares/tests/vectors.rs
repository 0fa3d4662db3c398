//! `vectors/*.json`, which were made with another implementation (@noble/curves, tweetnacl). The same files are run in wasm.

use crypto_box::aead::rand_core::{CryptoRng, Error, RngCore, impls};
use serde::{Deserialize, de::DeserializeOwned};

use super::*;
use crate::{EncryptionKey, EncryptionSecret};

/// Hands out the bytes of a vector.
struct Given<'a>(&'a [u8]);

impl RngCore for Given<'_> {
    fn next_u32(&mut self) -> u32 {
        impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, into: &mut [u8]) {
        let (bytes, rest) = self.0.split_at(into.len());
        into.copy_from_slice(bytes);
        self.0 = rest;
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(into);
        Ok(())
    }
}

impl CryptoRng for Given<'_> {}

#[derive(Deserialize)]
struct Sharing {
    name: String,
    terms: SharingTerms,
    randomness: String,
    dealing: Dealing,
    digest: String,
    shares: Vec<String>,
    encryption_secret: String,
    encryption_key: EncryptionKey,
    refresh: Refreshing,
}

#[derive(Deserialize)]
struct SharingTerms {
    profile_id: Uuid,
    node_set: String,
    required: u8,
    nodes: u8,
    epoch: u32,
}

#[derive(Deserialize)]
struct Refreshing {
    randomness: String,
    commitments: Commitments,
    additions: Vec<String>,
    dealing: Dealing,
    digest: String,
    shares: Vec<String>,
}

#[derive(Deserialize)]
struct Sealing {
    name: String,
    recipient_secret: String,
    recipient: EncryptionKey,
    randomness: String,
    share: String,
    sealed: SealedShare,
}

fn read<T: DeserializeOwned>(text: &str) -> Vec<T> {
    serde_json::from_str(text).unwrap()
}

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

fn written<'a>(shares: impl IntoIterator<Item = &'a Share>) -> Vec<String> {
    shares.into_iter().map(|share| hex::encode(*share.to_bytes())).collect()
}

fn sharings() -> Vec<Sharing> {
    let vectors: Vec<Sharing> = read(include_str!("../../../vectors/shares.json"));
    assert_eq!(vectors.len(), 4);
    vectors
}

#[test]
fn dealings_shares_and_keys_are_as_the_vectors_say() {
    for vector in sharings() {
        let name = &vector.name;
        let terms = Terms {
            profile_id: vector.terms.profile_id,
            node_set: bytes(&vector.terms.node_set).try_into().unwrap(),
            threshold: Threshold::new(vector.terms.required, vector.terms.nodes).unwrap(),
            epoch: vector.terms.epoch,
        };
        let randomness = bytes(&vector.randomness);
        let mut given = Given(&randomness);
        let secret = SharedSecret::generate(&mut given);
        let dealt = deal(&secret, terms, &mut given).unwrap();
        assert!(given.0.is_empty(), "{name}");
        assert_eq!(dealt.dealing, vector.dealing, "{name}");
        assert_eq!(hex::encode(dealt.dealing.digest()), vector.digest, "{name}");
        assert_eq!(written(&dealt.shares), vector.shares, "{name}");
        assert_eq!(*secret.encryption_secret().to_base64(), vector.encryption_secret, "{name}");
        assert_eq!(secret.encryption_secret().public(), vector.encryption_key, "{name}");
    }
}

#[test]
fn refreshes_are_as_the_vectors_say() {
    for Sharing { name, dealing, shares, refresh: vector, .. } in sharings() {
        let made = refresh(&dealing, &mut Given(&bytes(&vector.randomness))).unwrap();
        assert_eq!(made.commitments, vector.commitments, "{name}");
        assert_eq!(written(&made.additions), vector.additions, "{name}");
        assert_eq!(made.dealing, vector.dealing, "{name}");
        assert_eq!(hex::encode(made.dealing.digest()), vector.digest, "{name}");
        let renew = |(share, addition): (&String, &Share)| {
            let share = Share::from_bytes(&bytes(share)).unwrap();
            refreshed(&dealing, &share, &made.commitments, addition).unwrap().1
        };
        let renewed: Vec<Share> = shares.iter().zip(&made.additions).map(renew).collect();
        assert_eq!(written(&renewed), vector.shares, "{name}");
    }
}

#[test]
fn sealed_shares_are_as_the_vectors_say() {
    for vector in read::<Sealing>(include_str!("../../../vectors/sealed_share.json")) {
        let share = Share::from_bytes(&bytes(&vector.share)).unwrap();
        let sealed = SealedShare::seal(&share, &vector.recipient, &mut Given(&bytes(&vector.randomness)));
        assert_eq!(sealed.as_ref(), Ok(&vector.sealed), "{}", vector.name);
        let secret: EncryptionSecret = vector.recipient_secret.parse().unwrap();
        assert_eq!(vector.sealed.open(&secret), Ok(share), "{}", vector.name);
    }
}
