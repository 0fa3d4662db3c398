//! Bare keys that sign as wallets do. Free of any SDK: `contracts/stellar/bindings/tests` uses this file too.

use ed25519_dalek::Signer;
use sha2::{Digest, Sha256, Sha512};

/// A bare key.
pub enum Key {
    Ed25519(ed25519_dalek::SigningKey),
    Secp256k1(k256::ecdsa::SigningKey),
    Secp256r1(p256::ecdsa::SigningKey),
}

/// A signature, as contracts take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signed {
    Ed25519([u8; 64]),
    Secp256k1([u8; 64], u32),
    Secp256r1(Assertion),
}

/// What a passkey's authenticator and the browser give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    pub authenticator_data: Vec<u8>,
    pub client_data_json: Vec<u8>,
    pub public_key_y: [u8; 32],
    pub signature: [u8; 64],
}

impl Key {
    pub fn of(curve: &str, secret: &[u8; 32]) -> Self {
        match curve {
            "ed25519" => Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(secret)),
            "secp256k1" => Self::Secp256k1(k256::ecdsa::SigningKey::from_slice(secret).unwrap()),
            "secp256r1" => Self::Secp256r1(p256::ecdsa::SigningKey::from_slice(secret).unwrap()),
            other => panic!("no such curve: {other}"),
        }
    }

    pub fn curve(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "ed25519",
            Self::Secp256k1(_) => "secp256k1",
            Self::Secp256r1(_) => "secp256r1",
        }
    }

    /// The public key, compressed.
    pub fn public(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.verifying_key().to_bytes().to_vec(),
            Self::Secp256k1(key) => key.verifying_key().to_encoded_point(true).as_bytes().to_vec(),
            Self::Secp256r1(key) => key.verifying_key().to_encoded_point(true).as_bytes().to_vec(),
        }
    }

    /// As texts name it.
    pub fn name(&self) -> String {
        format!("{}-{}", self.curve(), hex::encode(self.public()))
    }

    pub fn sign(&self, text: &str) -> Signed {
        match self {
            Self::Ed25519(key) => Signed::Ed25519(key.sign(text.as_bytes()).to_bytes()),
            Self::Secp256k1(key) => {
                let half = &Sha512::digest(text)[..32];
                let (signature, recovery_id) = key.sign_prehash_recoverable(half).unwrap();
                Signed::Secp256k1(signature.to_bytes().into(), recovery_id.to_byte().into())
            }
            Self::Secp256r1(key) => Signed::Secp256r1(assertion(key, text)),
        }
    }
}

fn assertion(key: &p256::ecdsa::SigningKey, text: &str) -> Assertion {
    let challenge = base64url(&Sha256::digest(text));
    let client_data = format!(
        r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"https://node.example","crossOrigin":false}}"#
    );
    let mut authenticator_data = Sha256::digest("node.example").to_vec();
    authenticator_data.extend([0x1d, 0, 0, 0, 7]);
    let mut assertion = Assertion {
        authenticator_data,
        client_data_json: client_data.into_bytes(),
        public_key_y: [0; 32],
        signature: [0; 64],
    };
    sign_assertion(key, &mut assertion);
    assertion
}

/// Signs what an assertion holds, right or wrong.
pub fn sign_assertion(key: &p256::ecdsa::SigningKey, assertion: &mut Assertion) {
    use p256::ecdsa::signature::hazmat::PrehashSigner;
    let signed =
        [assertion.authenticator_data.as_slice(), &Sha256::digest(&assertion.client_data_json)].concat();
    let signature: p256::ecdsa::Signature = key.sign_prehash(&Sha256::digest(signed)).unwrap();
    let signature = signature.normalize_s().unwrap_or(signature);
    assertion.signature = signature.to_bytes().into();
    let point = key.verifying_key().to_encoded_point(false);
    assertion.public_key_y = (*point.y().unwrap()).into();
}

/// The same signature with the other `s`, which every verifier takes that does not ask for a low one.
pub fn with_high_s(signed: &Signed) -> Signed {
    match signed {
        Signed::Ed25519(signature) => Signed::Ed25519(*signature),
        Signed::Secp256k1(signature, recovery_id) => {
            let signature = k256::ecdsa::Signature::from_slice(signature).unwrap();
            let (r, s) = signature.split_scalars();
            let high = k256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
            Signed::Secp256k1(high.to_bytes().into(), recovery_id ^ 1)
        }
        Signed::Secp256r1(assertion) => {
            let signature = p256::ecdsa::Signature::from_slice(&assertion.signature).unwrap();
            let (r, s) = signature.split_scalars();
            let high = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
            Signed::Secp256r1(Assertion { signature: high.to_bytes().into(), ..assertion.clone() })
        }
    }
}

fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digits = |chunk: &[u8]| {
        let mut word = [0; 4];
        word[1..=chunk.len()].copy_from_slice(chunk);
        let word = u32::from_be_bytes(word);
        let digit = |at: usize| char::from(DIGITS[(word >> (18 - 6 * at)) as usize & 63]);
        (0..=chunk.len()).map(digit).collect::<String>()
    };
    bytes.chunks(3).map(digits).collect()
}
