//! Seeds and the master keys that follow from them.

use bs58::Alphabet;
use ed25519_dalek::SigningKey as Ed25519Key;
use idos_wallets::bare_key::sha512_half;
use k256::{
    NonZeroScalar, ProjectivePoint, Scalar,
    ecdsa::SigningKey as Secp256k1Key,
    elliptic_curve::{PrimeField, sec1::ToEncodedPoint},
};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use super::MasterKey;

/// 16 random bytes.
const SEED_BYTES: usize = 16;
/// What the bytes of a seed begin with, so that its text begins with `sEd`.
const ED25519_PREFIX: [u8; 3] = [0x01, 0xe1, 0x4b];
/// What the bytes of a seed begin with, so that its text begins with `s`.
const SECP256K1_PREFIX: [u8; 1] = [0x21];
/// The one account of a family that anybody uses.
const FIRST_ACCOUNT: u32 = 0;

#[derive(Clone)]
pub(super) enum Seed {
    Ed25519(Zeroizing<[u8; SEED_BYTES]>),
    Secp256k1(Zeroizing<[u8; SEED_BYTES]>),
}

impl Seed {
    pub(super) fn generate(rng: &mut impl CryptoRngCore) -> Self {
        let mut bytes = Zeroizing::new([0; SEED_BYTES]);
        rng.fill_bytes(bytes.as_mut());
        Self::Ed25519(bytes)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = bs58::decode(text).with_alphabet(Alphabet::RIPPLE).with_check(None).into_vec().ok()?;
        let bytes = Zeroizing::new(bytes);
        if let Some(seed) = bytes.strip_prefix(&ED25519_PREFIX) {
            return seed.try_into().ok().map(|seed| Self::Ed25519(Zeroizing::new(seed)));
        }
        let seed = bytes.strip_prefix(&SECP256K1_PREFIX)?;
        seed.try_into().ok().map(|seed| Self::Secp256k1(Zeroizing::new(seed)))
    }

    pub(super) fn text(&self) -> Zeroizing<String> {
        let bytes = Zeroizing::new(match self {
            Self::Ed25519(seed) => [&ED25519_PREFIX[..], &seed[..]].concat(),
            Self::Secp256k1(seed) => [&SECP256K1_PREFIX[..], &seed[..]].concat(),
        });
        Zeroizing::new(
            bs58::encode(bytes.as_slice()).with_alphabet(Alphabet::RIPPLE).with_check().into_string(),
        )
    }

    /// The key of the family's first account.
    pub(super) fn master_key(&self) -> Option<MasterKey> {
        match self {
            Self::Ed25519(seed) => {
                let secret = Zeroizing::new(sha512_half(seed.as_slice()));
                Some(MasterKey::Ed25519(Ed25519Key::from_bytes(&secret)))
            }
            Self::Secp256k1(seed) => secp256k1_key(seed.as_slice()).map(MasterKey::Secp256k1),
        }
    }
}

/// The family's root key, plus the key that follows from its public half.
fn secp256k1_key(seed: &[u8]) -> Option<Secp256k1Key> {
    let root = first_scalar(&[seed])?;
    let generator = (ProjectivePoint::GENERATOR * root).to_affine().to_encoded_point(true);
    let account = first_scalar(&[generator.as_bytes(), &FIRST_ACCOUNT.to_be_bytes()])?;
    let secret = NonZeroScalar::new(root + account).into_option()?;
    Some(Secp256k1Key::from(secret))
}

/// The first hash, counting up, that is a number of the curve.
fn first_scalar(parts: &[&[u8]]) -> Option<Scalar> {
    (0_u32..128).find_map(|counter| {
        let bytes = Zeroizing::new([&parts.concat()[..], &counter.to_be_bytes()].concat());
        let hash = Zeroizing::new(sha512_half(&bytes));
        Scalar::from_repr((*hash).into()).into_option().filter(|scalar| !bool::from(scalar.is_zero()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The genesis account's, of the passphrase "masterpassphrase"; and of the reference's page on cryptographic keys.
    const VECTORS: [(&str, &str); 2] = [
        (
            "snoPBrXtMeMyMHUVTgbuqAfg1SUTb",
            "secp256k1-0330e7fc9d56bb25d6893ba3f317ae5bcf33b3291bd63db32654a313222f7fd020",
        ),
        (
            "sEdSKaCy2JT7JaM7v95H9SxkhP9wS2r",
            "ed25519-01fa53fa5a7e77798f882ece20b1abc00bb358a9e55a202d0d0676bd0ce37a63",
        ),
    ];

    #[test]
    fn a_seed_gives_the_key_that_xrpl_says() {
        for (text, key) in VECTORS {
            let seed = Seed::parse(text).unwrap();
            assert_eq!(seed.text().as_str(), text);
            assert_eq!(seed.master_key().unwrap().public().to_string(), key);
        }
    }

    #[test]
    fn what_is_no_seed_is_refused() {
        for text in [
            "",
            "s",
            "snoPBrXtMeMyMHUVTgbuqAfg1SUTc",
            "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh",
            "sEdSKaCy2JT7JaM7v95H9SxkhP9wS2",
        ] {
            assert!(Seed::parse(text).is_none(), "{text}");
        }
    }
}
