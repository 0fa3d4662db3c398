//! Whose signatures a transaction has.

use ed25519_dalek::{Signature, VerifyingKey};
use stellar_xdr::{AccountEntry, AccountId, DecoratedSignature, Signer, SignerKey, Uint256};

use crate::chain::bytes::sha256;
use crate::chain::state::account;

/// More than one signer can weigh.
const MAX_WEIGHT: u32 = 255;

/// The signatures of an envelope, and which of them somebody has asked for.
pub(in crate::chain) struct Signatures<'a> {
    hash: [u8; 32],
    signatures: &'a [DecoratedSignature],
    used: Vec<bool>,
}

impl<'a> Signatures<'a> {
    /// Signatures over a transaction's hash.
    pub(in crate::chain) fn new(hash: [u8; 32], signatures: &'a [DecoratedSignature]) -> Self {
        Self { hash, signatures, used: vec![false; signatures.len()] }
    }

    /// Whether the account's signers have signed with the weight that is needed.
    pub(in crate::chain) fn check_account(&mut self, account: &AccountEntry, needed: u8) -> bool {
        let master_weight = account.thresholds.0[0];
        let mut signers = Vec::with_capacity(account.signers.len().saturating_add(1));
        if master_weight > 0 {
            signers.push(signer(&account.account_id, u32::from(master_weight)));
        }
        signers.extend(account.signers.iter().cloned());
        self.check(&signers, u32::from(needed))
    }

    /// Whether the master key of an account that does not exist yet has signed.
    pub(in crate::chain) fn check_missing_account(&mut self, id: &AccountId) -> bool {
        self.check(&[signer(id, 1)], 0)
    }

    /// Whether all of these keys have signed.
    pub(in crate::chain) fn check_all(&mut self, keys: &[SignerKey]) -> bool {
        let signers: Vec<_> = keys.iter().map(|key| Signer { key: key.clone(), weight: 1 }).collect();
        keys.is_empty() || self.check(&signers, u32::try_from(keys.len()).unwrap_or(u32::MAX))
    }

    /// Whether every signature was needed by somebody.
    pub(in crate::chain) fn all_used(&self) -> bool {
        self.used.iter().all(|used| *used)
    }

    /// Hash signers come before keys, and it stops as soon as the weight is reached: a signature after that was not
    /// needed. A needed weight of zero still asks for one signature.
    fn check(&mut self, signers: &[Signer], needed: u32) -> bool {
        let mut weight = 0u32;
        for signer in signers {
            if matches!(&signer.key, SignerKey::PreAuthTx(Uint256(hash)) if *hash == self.hash) {
                weight = weight.saturating_add(signer.weight.min(MAX_WEIGHT));
                if weight >= needed {
                    return true;
                }
            }
        }
        let kinds: [fn(&SignerKey) -> bool; 3] = [
            |key| matches!(key, SignerKey::HashX(_)),
            |key| matches!(key, SignerKey::Ed25519(_)),
            |key| matches!(key, SignerKey::Ed25519SignedPayload(_)),
        ];
        kinds.into_iter().any(|is_kind| {
            let mut left: Vec<_> = signers.iter().filter(|signer| is_kind(&signer.key)).collect();
            self.check_kind(&mut left, &mut weight, needed)
        })
    }

    fn check_kind(&mut self, left: &mut Vec<&Signer>, weight: &mut u32, needed: u32) -> bool {
        for (signature, used) in self.signatures.iter().zip(self.used.iter_mut()) {
            let Some(index) = left.iter().position(|signer| signed(&signer.key, signature, &self.hash))
            else {
                continue;
            };
            *used = true;
            *weight = weight.saturating_add(left.remove(index).weight.min(MAX_WEIGHT));
            if *weight >= needed {
                return true;
            }
        }
        false
    }
}

fn signer(id: &AccountId, weight: u32) -> Signer {
    Signer { key: SignerKey::Ed25519(Uint256(*account::public_key(id))), weight }
}

fn signed(key: &SignerKey, signature: &DecoratedSignature, hash: &[u8; 32]) -> bool {
    if hint(key) != signature.hint.0 {
        return false;
    }
    let bytes = signature.signature.0.as_slice();
    match key {
        SignerKey::Ed25519(Uint256(public_key)) => verify(public_key, hash, bytes),
        SignerKey::Ed25519SignedPayload(signer) => verify(&signer.ed25519.0, &signer.payload, bytes),
        SignerKey::HashX(Uint256(expected)) => sha256(bytes) == *expected,
        SignerKey::PreAuthTx(_) => false,
    }
}

/// The last four bytes of what identifies the signer.
fn hint(key: &SignerKey) -> [u8; 4] {
    match key {
        SignerKey::Ed25519(bytes) | SignerKey::HashX(bytes) | SignerKey::PreAuthTx(bytes) => {
            last_four(&bytes.0)
        }
        SignerKey::Ed25519SignedPayload(signer) => {
            let (key, payload) = (last_four(&signer.ed25519.0), last_four(&signer.payload));
            std::array::from_fn(|index| key[index] ^ payload[index])
        }
    }
}

/// Of fewer bytes: those, then zeros.
fn last_four(bytes: &[u8]) -> [u8; 4] {
    let tail = &bytes[bytes.len().saturating_sub(4)..];
    std::array::from_fn(|index| tail.get(index).copied().unwrap_or_default())
}

fn verify(public_key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (VerifyingKey::from_bytes(public_key), Signature::from_slice(signature))
    else {
        return false;
    };
    key.verify_strict(message, &signature).is_ok()
}
