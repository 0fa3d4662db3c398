//! Making a key, and sharing one that is there among other nodes.

use futures::future::join_all;
use idos_api::{
    ErrorCode,
    key_shares::{Holding, NewShare, ShareDeleted},
};
use idos_keys::{
    EncryptionSecret,
    shares::{SealedShare, SharedSecret, Terms, Threshold, deal},
};
use idos_wallets::{NodeSet, ShareOperation, SharedKey};
use rand_core::CryptoRngCore;
use uuid::Uuid;

use super::{
    KeyOfProfile, KeyShareNodes, KeySharesError, RecoveredKey,
    nodes::{Answer, input, post},
};
use crate::{ClientError, Signer};

const STORING: &str = "storing the shares of your key";
const DELETING: &str = "deleting the shares of your key";

/// A key that all nodes hold shares of. It is the profile's once a key statement names it.
#[derive(Debug)]
pub struct CreatedKey {
    /// The profile's encryption secret.
    pub secret: EncryptionSecret,
    /// For the key statement.
    pub shared: SharedKey,
    /// To be kept beside it.
    pub node_set: NodeSet,
}

/// What becomes of shares that this wallet stored for the profile before, such as those of an attempt that was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leftovers {
    /// They stay, and nothing is created: nobody can tell whether a key statement names their key.
    Keep,
    /// They are deleted. Only if it is certain that no key statement names their key.
    Delete,
}

impl KeyShareNodes {
    /// Makes a new key and stores its shares at all nodes.
    pub async fn create(
        &self,
        wallet: &impl Signer,
        profile_id: Uuid,
        leftovers: Leftovers,
        rng: &mut impl CryptoRngCore,
    ) -> Result<CreatedKey, ClientError> {
        self.share(wallet, profile_id, &SharedSecret::generate(rng), leftovers, rng).await
    }

    /// Shares a key that was recovered, from other nodes or this wallet's former ones, among these. It stays the same key.
    pub async fn share_anew(
        &self,
        wallet: &impl Signer,
        profile_id: Uuid,
        key: &RecoveredKey,
        leftovers: Leftovers,
        rng: &mut impl CryptoRngCore,
    ) -> Result<CreatedKey, ClientError> {
        self.share(wallet, profile_id, key.shared_secret(), leftovers, rng).await
    }

    async fn share(
        &self,
        wallet: &impl Signer,
        profile_id: Uuid,
        secret: &SharedSecret,
        leftovers: Leftovers,
        rng: &mut impl CryptoRngCore,
    ) -> Result<CreatedKey, ClientError> {
        let mut answers = self.store(wallet, profile_id, secret, rng).await?;
        if answers.iter().any(is_in_the_way) {
            if leftovers == Leftovers::Keep {
                return Err(KeySharesError::Leftovers { nodes: self.report(&answers) }.into());
            }
            self.delete_of(wallet, profile_id, wallet.account(), rng).await?;
            answers = self.store(wallet, profile_id, secret, rng).await?;
        }
        self.all(STORING, answers)?;
        Ok(CreatedKey {
            secret: secret.encryption_secret(),
            shared: SharedKey::among(self.set()),
            node_set: self.set().clone(),
        })
    }

    async fn store(
        &self,
        wallet: &impl Signer,
        profile_id: Uuid,
        secret: &SharedSecret,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<Answer<Holding>>, ClientError> {
        let keys = self.encryption_keys(STORING).await?;
        let threshold = Threshold::new(self.set().threshold(), self.set().node_count()).map_err(input)?;
        let terms = Terms { profile_id, node_set: self.set().digest(), threshold, epoch: 1 };
        let dealt = deal(secret, terms, rng).map_err(input)?;
        let operation = ShareOperation::Store { dealing: dealt.dealing.digest() };
        let signed = self.sign(wallet, operation, profile_id, &EncryptionSecret::generate(rng), rng)?;
        let mut bodies = Vec::with_capacity(keys.len());
        for (share, key) in dealt.shares.iter().zip(&keys) {
            let share = SealedShare::seal(share, key, rng).map_err(input)?;
            bodies.push(NewShare { signed: signed.clone(), dealing: dealt.dealing.clone(), share });
        }
        let asked = self.indexed().zip(&bodies).map(|((index, node), body)| async move {
            (index, post::<Holding>(node, "/v1/shares", body).await)
        });
        Ok(join_all(asked).await)
    }

    /// Deletes the shares of a key at all nodes; those that have none are fine. Without another copy of the key, everything that is sealed for it is lost.
    pub async fn delete(
        &self,
        wallet: &impl Signer,
        key: &KeyOfProfile,
        rng: &mut impl CryptoRngCore,
    ) -> Result<(), ClientError> {
        self.check_set(key)?;
        self.delete_of(wallet, key.profile_id, key.stored_by, rng).await
    }

    async fn delete_of(
        &self,
        wallet: &impl Signer,
        profile_id: Uuid,
        stored_by: idos_grants::Account,
        rng: &mut impl CryptoRngCore,
    ) -> Result<(), ClientError> {
        let reply = EncryptionSecret::generate(rng);
        let signed = self.sign(wallet, ShareOperation::Delete {}, profile_id, &reply, rng)?;
        let answers: Vec<Answer<ShareDeleted>> = self.ask_all("/v1/shares/delete", signed, stored_by).await;
        let none = |(index, answer): Answer<ShareDeleted>| match answer {
            Err(error) if error.node_code() == Some(ErrorCode::NotFound) => (index, Ok(())),
            other => (index, other.map(drop)),
        };
        self.all(DELETING, answers.into_iter().map(none).collect())?;
        Ok(())
    }
}

fn is_in_the_way(answer: &Answer<Holding>) -> bool {
    matches!(&answer.1, Err(error) if error.node_code() == Some(ErrorCode::Exists))
}
