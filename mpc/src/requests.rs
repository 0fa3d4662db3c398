//! From a signed request to its answer: what is sent is opened and checked before the command, and what is released is sealed after it.

use idos_api::key_shares::{
    Holding, KeyShareAudit, NewRefresh, NewShare, ReleasedShare, ReleasedShares, ShareDeleted, ShareState,
};
use idos_keys::{
    EncryptionKey,
    shares::{Dealing, SealedShare, Share, refreshed},
};
use idos_wallets::{ShareOperation, ShareRequest, SignedShareRequest};
use rand_core::OsRng;
use zeroize::Zeroizing;

use crate::{
    asker::Asker,
    at_rest,
    clean_stack::on_clean_stack,
    commands::{Change, Command, Outcome},
    db::{HoldingKey, StoredShare, shares, wallets},
    error::ServiceError,
    node::Parts,
};

impl Parts {
    /// Keeps the share of a new key.
    pub(crate) async fn store(&self, new: NewShare) -> Result<Holding, ServiceError> {
        let now = self.now();
        let request = &new.signed.request;
        let ShareOperation::Store { dealing: digest } = request.operation else {
            return Err(other_operation());
        };
        let (asker, index) = self.askers.check(&new.signed, now).await?;
        let key = key_of(request);
        check_dealing(&new.dealing, request, &digest)?;
        let share = on_clean_stack(|| {
            let share = new.share.open(self.identity.secret())?;
            new.dealing.verify(index, &share)?;
            Ok::<_, ServiceError>(in_heap(&share))
        })?;
        let share = self.at_rest(&key, ShareState::Current, new.dealing, new.signed, &share, now).await?;
        let change = Change::Store { index, share: Box::new(share) };
        holding(self.execute(key, asker, change, now).await?)
    }

    /// Gives the shares out, sealed to the request's reply key.
    pub(crate) async fn release(&self, signed: SignedShareRequest) -> Result<ReleasedShares, ServiceError> {
        let now = self.now();
        let request = &signed.request;
        let ShareOperation::Release {} = request.operation else { return Err(other_operation()) };
        let reply_key = EncryptionKey::from_bytes(request.reply_key)
            .map_err(|error| ServiceError::malformed(error.to_string()))?;
        let (asker, _) = self.askers.check(&signed, now).await?;
        let key = key_of(request);
        let outcome = self.execute(key.clone(), asker, Change::Release, now).await?;
        let Outcome::Shares { shares, wallets } = outcome else { return Err(other_outcome()) };
        let mut released = Vec::with_capacity(shares.len());
        for share in shares {
            let opened = self.opened(&key, &share).await?;
            let sealed = on_clean_stack(|| {
                Ok::<_, ServiceError>(SealedShare::seal(&parsed(&opened)?, &reply_key, &mut OsRng)?)
            })?;
            let StoredShare { state, dealing, signed, .. } = share;
            released.push(ReleasedShare { state, dealing, signed, share: sealed });
        }
        Ok(ReleasedShares { shares: released, wallets })
    }

    /// Makes the refreshed share ready.
    pub(crate) async fn prepare_refresh(&self, new: NewRefresh) -> Result<Holding, ServiceError> {
        let now = self.now();
        let request = &new.signed.request;
        let ShareOperation::PrepareRefresh { dealing: digest } = request.operation else {
            return Err(other_operation());
        };
        let (asker, _) = self.askers.check(&new.signed, now).await?;
        let key = key_of(request);
        let change = match self.current(&key, &asker).await? {
            // The command finds that this wallet may not ask, as it does where there is nothing.
            None => Change::PrepareRefresh { from: digest, share: None },
            // A refresh that is committed already, asked for again.
            Some(current) if current.dealing.digest() == digest => Change::CommitRefresh { digest },
            Some(current) => {
                let opened = self.opened(&key, &current).await?;
                let (dealing, share) = on_clean_stack(|| {
                    let addition = new.addition.open(self.identity.secret())?;
                    let share = parsed(&opened)?;
                    let (dealing, share) = refreshed(&current.dealing, &share, &new.commitments, &addition)?;
                    Ok::<_, ServiceError>((dealing, in_heap(&share)))
                })?;
                check_dealing(&dealing, request, &digest)?;
                let share = self.at_rest(&key, ShareState::Pending, dealing, new.signed, &share, now).await?;
                Change::PrepareRefresh { from: current.dealing.digest(), share: Some(Box::new(share)) }
            }
        };
        holding(self.execute(key, asker, change, now).await?)
    }

    /// Takes up the refreshed share.
    pub(crate) async fn commit_refresh(&self, signed: SignedShareRequest) -> Result<Holding, ServiceError> {
        let ShareOperation::CommitRefresh { dealing: digest } = signed.request.operation else {
            return Err(other_operation());
        };
        holding(self.asked(&signed, Change::CommitRefresh { digest }).await?)
    }

    /// Lets one more wallet ask.
    pub(crate) async fn add_wallet(&self, signed: SignedShareRequest) -> Result<Holding, ServiceError> {
        let ShareOperation::AddWallet { wallet } = signed.request.operation else {
            return Err(other_operation());
        };
        // Nobody is to count on a backup that is refused when it is needed.
        if !self.askers.can_prove(&wallet) {
            return Err(ServiceError::UnknownChain);
        }
        holding(self.asked(&signed, Change::AddWallet(wallet)).await?)
    }

    /// Lets a wallet ask no more.
    pub(crate) async fn remove_wallet(&self, signed: SignedShareRequest) -> Result<Holding, ServiceError> {
        let ShareOperation::RemoveWallet { wallet } = signed.request.operation else {
            return Err(other_operation());
        };
        holding(self.asked(&signed, Change::RemoveWallet(wallet)).await?)
    }

    /// Wipes the shares, and who may ask for them.
    pub(crate) async fn delete(&self, signed: SignedShareRequest) -> Result<ShareDeleted, ServiceError> {
        let ShareOperation::Delete {} = signed.request.operation else { return Err(other_operation()) };
        self.asked(&signed, Change::Delete).await?;
        Ok(ShareDeleted { deleted_at: self.now() })
    }

    /// What was asked of the shares.
    pub(crate) async fn audit(&self, signed: SignedShareRequest) -> Result<KeyShareAudit, ServiceError> {
        let ShareOperation::Audit {} = signed.request.operation else { return Err(other_operation()) };
        match self.asked(&signed, Change::ReadAudit).await? {
            Outcome::Audit { lines, refused } => Ok(KeyShareAudit { lines, refused }),
            _ => Err(other_outcome()),
        }
    }

    async fn asked(&self, signed: &SignedShareRequest, change: Change) -> Result<Outcome, ServiceError> {
        let now = self.now();
        let (asker, _) = self.askers.check(signed, now).await?;
        self.execute(key_of(&signed.request), asker, change, now).await
    }

    async fn execute(
        &self,
        key: HoldingKey,
        asker: Asker,
        change: Change,
        now: u64,
    ) -> Result<Outcome, ServiceError> {
        let (operations_an_hour, holdings_max) = (self.config.operations_an_hour, self.config.holdings_max);
        let command = Command { key, asker, operations_an_hour, holdings_max, change };
        self.executor.execute(command, now).await
    }

    /// The share that counts, if this wallet may ask for it.
    async fn current(&self, key: &HoldingKey, asker: &Asker) -> Result<Option<StoredShare>, ServiceError> {
        let mut db = self.db.reader().await?;
        if !wallets::may_ask(&mut db, key, &asker.account, &asker.wallet).await? {
            return Ok(None);
        }
        let stored = shares::of(&mut db, key).await?;
        Ok(stored.into_iter().find(|share| share.state == ShareState::Current))
    }

    /// A share as it goes into the database.
    async fn at_rest(
        &self,
        key: &HoldingKey,
        state: ShareState,
        dealing: Dealing,
        signed: SignedShareRequest,
        share: &[u8],
        now: u64,
    ) -> Result<StoredShare, ServiceError> {
        let sealed = at_rest::seal(&*self.sealer, key, &dealing, share).await?;
        Ok(StoredShare { state, dealing, signed, sealed, stored_at: now })
    }

    async fn opened(
        &self,
        key: &HoldingKey,
        stored: &StoredShare,
    ) -> Result<Zeroizing<Vec<u8>>, ServiceError> {
        Ok(at_rest::open(&*self.sealer, key, stored).await?)
    }
}

fn parsed(opened: &[u8]) -> Result<Share, ServiceError> {
    Share::from_bytes(opened).map_err(|_| ServiceError::corrupt("share"))
}

/// The share where it is wiped wherever it was: moved, only a pointer is copied.
fn in_heap(share: &Share) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(share.to_bytes().to_vec())
}

fn key_of(request: &ShareRequest) -> HoldingKey {
    let node_set = hex::encode(request.node_set.digest());
    HoldingKey { profile_id: request.profile_id, node_set, stored_by: request.stored_by }
}

/// Whether the dealing is the one that was signed, of this profile among these nodes.
fn check_dealing(dealing: &Dealing, request: &ShareRequest, digest: &[u8; 32]) -> Result<(), ServiceError> {
    let (terms, set) = (dealing.terms(), &request.node_set);
    let is_among = terms.node_set == set.digest()
        && terms.threshold.required() == set.threshold()
        && terms.threshold.nodes() == set.node_count();
    if terms.profile_id != request.profile_id || !is_among {
        return Err(ServiceError::ShareInvalid(
            "the dealing is of another profile or among other nodes".into(),
        ));
    }
    if dealing.digest() != *digest {
        return Err(ServiceError::ShareInvalid("the dealing is not the one that was signed".into()));
    }
    Ok(())
}

fn holding(outcome: Outcome) -> Result<Holding, ServiceError> {
    match outcome {
        Outcome::Holding(holding) => Ok(holding),
        _ => Err(other_outcome()),
    }
}

fn other_operation() -> ServiceError {
    ServiceError::malformed("the signed request is for another operation: send it to that operation's route")
}

fn other_outcome() -> ServiceError {
    ServiceError::failed("a command came to something else")
}
