//! Bringing the key back.

use futures::{StreamExt, stream::FuturesUnordered};
use idos_api::key_shares::ReleasedShares;
use idos_grants::Account;
use idos_keys::{EncryptionSecret, shares::SharedSecret};
use idos_wallets::ShareOperation;
use rand_core::CryptoRngCore;

use super::{
    KeyOfProfile, KeyShareNodes, KeySharesError,
    gather::{Found, Gathered},
    nodes::post,
    report::NodeReport,
};
use crate::{ClientError, Signer};

/// The key, and what each node did.
#[derive(Debug)]
pub struct RecoveredKey {
    /// The profile's encryption secret: its public half is the one that was stated.
    pub secret: EncryptionSecret,
    /// What each node did. Those that sent something bad are named.
    pub nodes: Vec<NodeReport>,
    /// Who may ask, by the word of as many honest nodes as are required.
    pub wallets: Vec<Account>,
    /// Whom fewer nodes name: one that missed a change, or lies.
    pub doubtful_wallets: Vec<Account>,
    shared: SharedSecret,
}

impl RecoveredKey {
    /// What is shared; to share it anew.
    pub(super) fn shared_secret(&self) -> &SharedSecret {
        &self.shared
    }
}

/// How long to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listen {
    /// Until the key is there: the first good shares win.
    UntilFound,
    /// Until every node has answered, or is taken for silent: every liar is named.
    ToAll,
}

impl KeyShareNodes {
    /// Brings the key back, on `wallet`'s signature. All nodes are asked at once.
    ///
    /// # Errors
    /// [`KeySharesError::TooFew`] with what each node did, if too few good shares came.
    pub async fn recover(
        &self,
        wallet: &impl Signer,
        key: &KeyOfProfile,
        listen: Listen,
        rng: &mut impl CryptoRngCore,
    ) -> Result<RecoveredKey, ClientError> {
        self.check_set(key)?;
        let reply = EncryptionSecret::generate(rng);
        let (gathered, found) = self.gather(wallet, key, &reply, listen, rng).await?;
        self.recovered(&gathered, found)
    }

    pub(super) fn recovered(
        &self,
        gathered: &Gathered<'_>,
        found: Option<Found>,
    ) -> Result<RecoveredKey, ClientError> {
        let winner = found.as_ref().map(|found| &found.dealing);
        let nodes: Vec<_> =
            self.indexed().map(|(index, _)| self.line(index, gathered.outcome(index, winner))).collect();
        match found {
            Some(found) => {
                let (wallets, doubtful_wallets) = gathered.wallets(&found.dealing);
                let secret = found.secret.encryption_secret();
                Ok(RecoveredKey { secret, nodes, wallets, doubtful_wallets, shared: found.secret })
            }
            None if gathered.other_key => Err(KeySharesError::OtherKey { nodes }.into()),
            None => {
                let (good, required) = (gathered.most(), self.set().threshold());
                Err(KeySharesError::TooFew { good, required, nodes }.into())
            }
        }
    }

    /// Asks all nodes for their shares.
    pub(super) async fn gather<'a>(
        &'a self,
        wallet: &impl Signer,
        key: &'a KeyOfProfile,
        reply: &'a EncryptionSecret,
        listen: Listen,
        rng: &mut impl CryptoRngCore,
    ) -> Result<(Gathered<'a>, Option<Found>), ClientError> {
        let signed = self.sign(wallet, ShareOperation::Release {}, key.shares(), reply, rng)?;
        let asked = self.indexed().map(async |(index, node)| {
            (index, post::<ReleasedShares>(node, "/v1/shares/release", &signed).await)
        });
        let mut asked: FuturesUnordered<_> = asked.collect();
        let mut gathered = Gathered::new(self.set(), key, reply);
        let mut found = None;
        while let Some((index, answer)) = asked.next().await {
            gathered.take(index, answer);
            found = found.or_else(|| gathered.find());
            if found.is_some() && listen == Listen::UntilFound {
                break;
            }
        }
        Ok((gathered, found))
    }
}
