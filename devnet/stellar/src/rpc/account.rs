//! Accounts that hold lumens from the start, and keys that sign.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256};
use stellar_strkey::ed25519::{PrivateKey, PublicKey};
use stellar_xdr::{
    AccountId, BytesM, DecoratedSignature, Error as XdrError, Hash, MuxedAccount, PublicKey as XdrPublicKey,
    Signature, SignatureHint, Transaction, TransactionEnvelope, TransactionV1Envelope, Uint256,
};

/// Names of the accounts that every devnet funds. Their keys follow from the names: never let them hold value anywhere.
pub const FUNDED_ACCOUNTS: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "relayer"];

/// An account that holds lumens from the start, and its master key.
#[derive(Clone)]
pub struct FundedAccount {
    /// What people call it; the network does not know it.
    pub name: String,
    key: SigningKey,
}

impl FundedAccount {
    /// An account whose key everybody can compute: its seed is the SHA-256 of the name.
    pub fn well_known(name: impl Into<String>) -> Self {
        let name = name.into();
        let seed = Sha256::digest(name.as_bytes()).into();
        Self::from_seed(name, seed)
    }

    /// An account of an Ed25519 seed.
    pub fn from_seed(name: impl Into<String>, seed: [u8; 32]) -> Self {
        Self { name: name.into(), key: SigningKey::from_bytes(&seed) }
    }

    /// Its master key.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Its Ed25519 public key.
    pub fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// Its address, `G…`.
    pub fn address(&self) -> String {
        PublicKey(self.public_key()).to_string().as_str().to_owned()
    }

    /// Its secret seed, `S…`.
    pub fn secret(&self) -> String {
        PrivateKey(self.key.to_bytes()).as_unredacted().to_string().as_str().to_owned()
    }

    /// Its id in ledger entries.
    pub fn account_id(&self) -> AccountId {
        AccountId(XdrPublicKey::PublicKeyTypeEd25519(Uint256(self.public_key())))
    }

    /// As the source of a transaction or the destination of a payment.
    pub fn muxed(&self) -> MuxedAccount {
        MuxedAccount::Ed25519(Uint256(self.public_key()))
    }

    /// Its signature of a transaction's hash, as an envelope carries it.
    pub fn decorate(&self, hash: [u8; 32]) -> DecoratedSignature {
        let [.., a, b, c, d] = self.public_key();
        let signature = self.key.sign(&hash).to_bytes();
        let signature = BytesM::try_from(signature.as_slice()).unwrap_or_default();
        DecoratedSignature { hint: SignatureHint([a, b, c, d]), signature: Signature(signature) }
    }

    /// A transaction with this account's signature alone, for the network of that id.
    ///
    /// # Errors
    /// The transaction is nested too deeply to be encoded.
    pub fn sign(&self, transaction: Transaction, network_id: &Hash) -> Result<TransactionEnvelope, XdrError> {
        let hash = transaction.hash(network_id.0)?;
        let signatures = vec![self.decorate(hash)].try_into()?;
        Ok(TransactionEnvelope::Tx(TransactionV1Envelope { tx: transaction, signatures }))
    }
}

impl fmt::Debug for FundedAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FundedAccount")
            .field("name", &self.name)
            .field("address", &self.address())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_well_known_account_is_the_hash_of_its_name() {
        let alice = FundedAccount::well_known("alice");
        let seed: [u8; 32] = Sha256::digest(b"alice").into();
        assert_eq!(alice.key().to_bytes(), seed);
        assert_eq!(alice.secret().parse(), Ok(PrivateKey(seed)));
        assert_eq!(alice.address().parse(), Ok(PublicKey(alice.public_key())));
    }

    #[test]
    fn debug_output_holds_no_secret() {
        let alice = FundedAccount::well_known("alice");
        let told = format!("{alice:?}");
        assert!(told.contains(&alice.address()));
        assert!(!told.contains(&alice.secret()) && !told.contains(&hex::encode(alice.key().to_bytes())));
    }
}
