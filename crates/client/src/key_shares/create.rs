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
use idos_wallets::{NodeSet, ShareOperation, SharedKey, SharesOf};
use rand_core::CryptoRngCore;
use uuid::Uuid;

use super::{
    KeyShareNodes, KeySharesError, RecoveredKey,
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

impl KeyShareNodes {
    /// Makes a new key and stores its shares at all nodes. `before` is told of a set before shares are sent to it, so that what an interruption leaves
    /// there can be found and deleted later.
    ///
    /// Shares that this wallet stored for the profile before are never touched, for nobody can be sure that no key statement names their key: then it is
    /// shared among the same nodes in another order, which is another set.
    pub async fn create(
        &self,
        wallet: &impl Signer,
        profile_id: Uuid,
        before: impl FnMut(&NodeSet) -> Result<(), ClientError>,
        rng: &mut impl CryptoRngCore,
    ) -> Result<CreatedKey, ClientError> {
        self.share(wallet, profile_id, &SharedSecret::generate(rng), before, rng).await
    }

    /// Shares a key that was recovered, from other nodes or this wallet's former ones, among these. It stays the same key.
    pub async fn share_anew(
        &self,
        wallet: &impl Signer,
        profile_id: Uuid,
        key: &RecoveredKey,
        before: impl FnMut(&NodeSet) -> Result<(), ClientError>,
        rng: &mut impl CryptoRngCore,
    ) -> Result<CreatedKey, ClientError> {
        self.share(wallet, profile_id, key.shared_secret(), before, rng).await
    }

    async fn share(
        &self,
        wallet: &impl Signer,
        profile_id: Uuid,
        secret: &SharedSecret,
        mut before: impl FnMut(&NodeSet) -> Result<(), ClientError>,
        rng: &mut impl CryptoRngCore,
    ) -> Result<CreatedKey, ClientError> {
        let mut nodes = self.clone();
        loop {
            before(nodes.set())?;
            let answers = nodes.store(wallet, profile_id, secret, rng).await?;
            if !answers.iter().any(is_in_the_way) {
                nodes.all(STORING, answers)?;
                let (shared, node_set) = (SharedKey::among(nodes.set()), nodes.set().clone());
                return Ok(CreatedKey { secret: secret.encryption_secret(), shared, node_set });
            }
            let next = nodes.turned()?;
            if next.set() == self.set() {
                return Err(KeySharesError::Leftovers { nodes: nodes.report(&answers) }.into());
            }
            nodes = next;
        }
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
        let own = SharesOf { profile_id, stored_by: wallet.account() };
        let signed = self.sign(wallet, operation, own, &EncryptionSecret::generate(rng), rng)?;
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

    /// Deletes shares at all nodes; those that have none, or none that this wallet may delete, are fine. Returns how many nodes had some. Without another copy of the key, everything that is sealed for it is lost.
    pub async fn delete(
        &self,
        wallet: &impl Signer,
        shares: SharesOf,
        rng: &mut impl CryptoRngCore,
    ) -> Result<usize, ClientError> {
        let reply = EncryptionSecret::generate(rng);
        let signed = self.sign(wallet, ShareOperation::Delete {}, shares, &reply, rng)?;
        let answers: Vec<Answer<ShareDeleted>> = self.ask_all("/v1/shares/delete", &signed).await;
        let none = |(index, answer): Answer<ShareDeleted>| match answer {
            Err(error) if error.node_code() == Some(ErrorCode::NotFound) => (index, Ok(0)),
            other => (index, other.map(|_| 1)),
        };
        Ok(self.all(DELETING, answers.into_iter().map(none).collect())?.into_iter().sum())
    }
}

fn is_in_the_way(answer: &Answer<Holding>) -> bool {
    matches!(&answer.1, Err(error) if error.node_code() == Some(ErrorCode::Exists))
}
