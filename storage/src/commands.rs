//! Commands: every change that somebody asks for, as plain data, applied by one deterministic function inside one transaction.
//!
//! What a command needs from outside (the proof of a wallet, a chain's timelocks, the digest of an upload) is checked before, and only its
//! result is part of the command. Randomness and time are, too. So the same commands in the same order always lead to the same rows.

mod agree_read_key;
mod answer_request;
mod count_relayed;
mod create_profile;
mod create_profile_for;
mod delete_credential;
mod delete_profile;
mod end_session;
mod end_sessions_of_key;
mod hand_in_call;
mod link_wallet;
mod open_session;
mod publish_request;
mod purge_copy;
mod renew_notes;
mod rescind_copy;
mod reseal_credential;
mod share_copy;
mod signer;
mod stage_upload;
mod state_key;
mod state_signing_key;
mod store_credential;
mod storing;
mod unlink_wallet;
mod withdraw_request;

use std::sync::Arc;

use idos_api::{
    profiles::{Profile, ProfileFor},
    requests::PublishedRequest,
};
use sqlx::{AnyConnection, Connection};
use uuid::Uuid;

use crate::{
    db::{Db, ProfileReceiptRow, Receipt, StagedUpload, StoredCredential, StoredSession, table},
    error::ServiceError,
    memory::{Change, Memory},
    quotas::Quotas,
};

pub(crate) use agree_read_key::AgreeReadKey;
pub(crate) use answer_request::AnswerRequest;
pub(crate) use count_relayed::CountRelayed;
pub(crate) use create_profile::{CreateProfile, read as read_profile};
pub(crate) use create_profile_for::CreateProfileFor;
pub(crate) use delete_credential::DeleteCredential;
pub(crate) use delete_profile::DeleteProfile;
pub(crate) use end_session::EndSession;
pub(crate) use end_sessions_of_key::EndSessionsOfKey;
pub(crate) use hand_in_call::HandInCall;
pub(crate) use link_wallet::LinkWallet;
pub(crate) use open_session::OpenSession;
pub(crate) use publish_request::{PublishRequest, shown as shown_request};
pub(crate) use purge_copy::PurgeCopy;
pub(crate) use renew_notes::RenewNotes;
pub(crate) use rescind_copy::RescindCopy;
pub(crate) use reseal_credential::ResealCredential;
pub(crate) use share_copy::ShareCopy;
pub(crate) use signer::{Signer, UsedNonce};
pub(crate) use stage_upload::{StageUpload, check_quota as check_upload_quota};
pub(crate) use state_key::StateKey;
pub(crate) use state_signing_key::StateSigningKey;
pub(crate) use store_credential::{Consented, StoreCredential};
pub(crate) use storing::NewObject;
pub(crate) use unlink_wallet::UnlinkWallet;
pub(crate) use withdraw_request::WithdrawRequest;

/// One change.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    OpenSession(OpenSession),
    EndSession(EndSession),
    EndSessionsOfKey(EndSessionsOfKey),
    AgreeReadKey(AgreeReadKey),
    CreateProfile(CreateProfile),
    CreateProfileFor(Box<CreateProfileFor>),
    StateKey(StateKey),
    StateSigningKey(Box<StateSigningKey>),
    LinkWallet(LinkWallet),
    UnlinkWallet(UnlinkWallet),
    StageUpload(StageUpload),
    StoreCredential(Box<StoreCredential>),
    ShareCopy(ShareCopy),
    RenewNotes(Box<RenewNotes>),
    ResealCredential(Box<ResealCredential>),
    DeleteCredential(DeleteCredential),
    PublishRequest(Box<PublishRequest>),
    AnswerRequest(AnswerRequest),
    WithdrawRequest(WithdrawRequest),
    DeleteProfile(Box<DeleteProfile>),
    PurgeCopy(PurgeCopy),
    HandInCall(HandInCall),
    CountRelayed(CountRelayed),
    RescindCopy(RescindCopy),
}

/// What a command came to.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Done,
    Session { session: Box<StoredSession>, profile_id: Option<Uuid> },
    Profile { profile: Box<Profile>, is_new: bool },
    ProfileFor { profile: Box<ProfileFor>, is_new: bool },
    Upload { upload: StagedUpload, is_new: bool },
    Credential { credential: Box<StoredCredential>, is_new: bool },
    Notes { version: u32 },
    Deleted(Receipt),
    Request { request: Box<PublishedRequest>, is_new: bool },
    ProfileDeleted(ProfileReceiptRow),
    Rescinded { rescinded_at: u64, deleted: bool },
}

/// What a command came to, and what it made untrue.
#[derive(Debug, Clone)]
pub(crate) struct Applied {
    pub(crate) outcome: Outcome,
    pub(crate) changes: Vec<Change>,
}

impl Applied {
    fn unchanged(outcome: Outcome) -> Self {
        Self { outcome, changes: Vec::new() }
    }
}

/// Applies a command.
///
/// # Errors
/// A refusal, after which nothing of the command may be kept: the caller rolls back.
pub(crate) async fn apply(
    tx: &mut AnyConnection,
    command: &Command,
    signer: &Signer,
    quotas: &Quotas,
    now: u64,
) -> Result<Applied, ServiceError> {
    signer.check(tx, now).await?;
    match command {
        Command::OpenSession(command) => command.apply(tx, signer, now).await,
        Command::EndSession(command) => command.apply(tx, signer).await,
        Command::EndSessionsOfKey(command) => command.apply(tx).await,
        Command::AgreeReadKey(command) => command.apply(),
        Command::CreateProfile(command) => command.apply(tx, signer, now).await,
        Command::CreateProfileFor(command) => command.apply(tx, signer, now).await,
        Command::StateKey(command) => command.apply(tx, signer).await,
        Command::StateSigningKey(command) => command.apply(tx, signer).await,
        Command::LinkWallet(command) => command.apply(tx, signer, now).await,
        Command::UnlinkWallet(command) => command.apply(tx, signer).await,
        Command::StageUpload(command) => command.apply(tx, signer, quotas).await,
        Command::StoreCredential(command) => command.apply(tx, signer, quotas, now).await,
        Command::ShareCopy(command) => command.apply(tx, signer, quotas, now).await,
        Command::RenewNotes(command) => command.apply(tx, signer).await,
        Command::ResealCredential(command) => command.apply(tx, signer, now).await,
        Command::DeleteCredential(command) => command.apply(tx, signer, now).await,
        Command::PublishRequest(command) => command.apply(tx, signer, quotas, now).await,
        Command::AnswerRequest(command) => command.apply(tx, signer, quotas, now).await,
        Command::WithdrawRequest(command) => command.apply(tx, signer).await,
        Command::DeleteProfile(command) => command.apply(tx, signer, now).await,
        Command::PurgeCopy(command) => command.apply(tx, now).await,
        Command::HandInCall(command) => command.apply(tx, signer).await,
        Command::CountRelayed(command) => command.apply(tx, signer, now).await,
        Command::RescindCopy(command) => command.apply(tx, signer, now).await,
    }
}

/// Runs commands, each in a transaction of its own.
#[derive(Clone)]
pub(crate) struct Executor {
    db: Arc<Db>,
    memory: Arc<Memory>,
    quotas: Quotas,
}

impl Executor {
    pub(crate) fn new(db: Arc<Db>, memory: Arc<Memory>, quotas: Quotas) -> Self {
        Self { db, memory, quotas }
    }

    /// What commands hold profiles to.
    pub(crate) fn quotas(&self) -> &Quotas {
        &self.quotas
    }

    /// Applies a command and commits it. That goes on to its end if the caller goes away: a change that is committed is always also
    /// forgotten from memory.
    pub(crate) async fn execute(
        &self,
        command: Command,
        signer: Signer,
        now: u64,
    ) -> Result<Outcome, ServiceError> {
        let executor = self.clone();
        let task = tokio::spawn(async move { executor.run(&command, &signer, now).await });
        task.await.map_err(|_| ServiceError::failed("a command ended early"))?
    }

    async fn run(&self, command: &Command, signer: &Signer, now: u64) -> Result<Outcome, ServiceError> {
        let mut tx = self.db.command().await?;
        signer.use_nonce(&mut tx).await?;
        let mut inner = tx.begin().await?;
        match apply(&mut inner, command, signer, &self.quotas, now).await {
            Ok(applied) => {
                if self.db.is_shared() && !applied.changes.is_empty() {
                    table::generation::advance(&mut inner).await?;
                }
                inner.commit().await?;
                let committed = tx.commit().await;
                // Whether or not it is known to be committed.
                self.memory.forget(&applied.changes);
                committed?;
                Ok(applied.outcome)
            }
            Err(error @ (ServiceError::Internal(_) | ServiceError::StorageFull)) => Err(error),
            Err(refusal) => {
                // The nonce stays used: a refused command cannot be sent again by somebody else when it would no longer be refused.
                inner.rollback().await?;
                tx.commit().await?;
                Err(refusal)
            }
        }
    }
}
