//! New shares of the same key: what was stolen before is worth nothing together with what is stolen after.
//!
//! Two steps: all nodes make their new share ready beside the old, then all take it up. Only if every node is ready is the second step signed, so at any moment
//! either dealing is there in full, and whoever runs it again finishes what is begun.

use futures::future::join_all;
use idos_api::key_shares::{COMMIT_WITHIN_SECS, Holding, NewRefresh, PENDING_SECS};
use idos_keys::{
    EncryptionSecret,
    shares::{Dealing, SealedShare, refresh},
};
use idos_wallets::ShareOperation;
use rand_core::CryptoRngCore;
use serde::Serialize;

use super::{
    KeyOfProfile, KeyShareNodes, KeySharesError,
    gather::Gathered,
    nodes::{Answer, input, post},
    recover::Listen,
    report::{NodeOutcome, NodeReport},
};
use crate::{ClientError, Signer};

const PREPARING: &str = "the first step of the refresh";
const COMMITTING: &str = "the second step of the refresh";

/// What a refresh came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Refreshed {
    /// Of the shares that count from now on.
    pub epoch: u32,
    /// Whether it only finished what was begun earlier.
    pub resumed: bool,
}

/// What is to be done.
enum Next {
    /// Every node has this one, and some do not count it yet.
    Commit(Dealing),
    /// Every node counts this one.
    RefreshFrom(Dealing),
}

impl KeyShareNodes {
    /// Gives every node a new share of the same key and has the old ones wiped; or finishes a refresh that was begun. All nodes
    /// have to take part.
    ///
    /// # Errors
    /// [`KeySharesError::Incomplete`] if some nodes do not answer; [`KeySharesError::Diverged`] if their shares do not go together.
    pub async fn refresh(
        &self,
        wallet: &impl Signer,
        key: &KeyOfProfile,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Refreshed, ClientError> {
        self.check_set(key)?;
        let reply = EncryptionSecret::generate(rng);
        let (gathered, found) = self.gather(wallet, key, &reply, Listen::ToAll, rng).await?;
        let recovered = self.recovered(&gathered, found)?;
        match self.next(&gathered, &recovered.nodes)? {
            Next::Commit(dealing) => {
                self.commit(wallet, key, &dealing, rng).await?;
                Ok(Refreshed { epoch: dealing.epoch(), resumed: true })
            }
            Next::RefreshFrom(dealing) => {
                let next = self.prepare(wallet, key, &dealing, rng).await?;
                self.commit(wallet, key, &next, rng).await?;
                Ok(Refreshed { epoch: next.epoch(), resumed: false })
            }
        }
    }

    fn next(&self, gathered: &Gathered<'_>, nodes: &[NodeReport]) -> Result<Next, ClientError> {
        for dealing in gathered.dealings() {
            match gathered.held_by_all(dealing.digest()) {
                Some(false) => return Ok(Next::Commit(dealing.clone())),
                Some(true) => {
                    self.check_none_under_way(gathered, dealing, nodes)?;
                    return Ok(Next::RefreshFrom(dealing.clone()));
                }
                None => {}
            }
        }
        let silent = |node: &NodeReport| {
            matches!(node.outcome, NodeOutcome::Silent { .. } | NodeOutcome::Refused { .. })
        };
        let nodes = nodes.to_vec();
        if nodes.iter().any(silent) {
            Err(KeySharesError::Incomplete { what: "the refresh, for which all nodes are needed,", nodes }
                .into())
        } else {
            Err(KeySharesError::Diverged { nodes }.into())
        }
    }

    /// Nodes keep a prepared share for a while. To prepare another one at some of them only would begin that time anew, again and again.
    fn check_none_under_way(
        &self,
        gathered: &Gathered<'_>,
        current: &Dealing,
        nodes: &[NodeReport],
    ) -> Result<(), ClientError> {
        let now = self.now();
        let until = gathered.newest_pending(current).map(|at| at.min(now).saturating_add(PENDING_SECS));
        match until.filter(|until| *until > now) {
            Some(until) => Err(KeySharesError::UnderWay { secs: until - now, nodes: nodes.to_vec() }.into()),
            None => Ok(()),
        }
    }

    async fn prepare(
        &self,
        wallet: &impl Signer,
        key: &KeyOfProfile,
        dealing: &Dealing,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Dealing, ClientError> {
        let keys = self.encryption_keys(PREPARING).await?;
        let next = refresh(dealing, rng).map_err(input)?;
        let operation = ShareOperation::PrepareRefresh { dealing: next.dealing.digest() };
        let signed = self.sign(wallet, operation, key.shares(), &EncryptionSecret::generate(rng), rng)?;
        let mut bodies = Vec::with_capacity(keys.len());
        for (addition, node_key) in next.additions.iter().zip(&keys) {
            bodies.push(NewRefresh {
                signed: signed.clone(),
                commitments: next.commitments.clone(),
                addition: SealedShare::seal(addition, node_key, rng).map_err(input)?,
            });
        }
        let begun = self.now();
        let asked = self.indexed().zip(&bodies).map(|((index, node), body)| async move {
            (index, post::<Holding>(node, "/v1/shares/refresh/prepare", body).await)
        });
        self.all(PREPARING, join_all(asked).await)?;
        // Or another refresh might have taken this one's place at some nodes by then.
        if self.now().saturating_sub(begun) > COMMIT_WITHIN_SECS {
            return Err(KeySharesError::TooSlow.into());
        }
        Ok(next.dealing)
    }

    async fn commit(
        &self,
        wallet: &impl Signer,
        key: &KeyOfProfile,
        dealing: &Dealing,
        rng: &mut impl CryptoRngCore,
    ) -> Result<(), ClientError> {
        let operation = ShareOperation::CommitRefresh { dealing: dealing.digest() };
        let signed = self.sign(wallet, operation, key.shares(), &EncryptionSecret::generate(rng), rng)?;
        let answers: Vec<Answer<Holding>> = self.ask_all("/v1/shares/refresh/commit", &signed).await;
        self.all(COMMITTING, answers)?;
        Ok(())
    }
}
