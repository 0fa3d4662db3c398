//! The mirror, as the vault asks it.

use std::{collections::HashMap, sync::Arc};

use futures::future::join_all;
use idos_grants::{Account, Address, DataId};
use idos_mirror::{ContractKind, ContractState, Lock, MirrorReader, MirroredGrant};

use crate::{batch::Batcher, error::ServiceError};

/// Reads the mirror, and knows how old it may be.
pub(crate) struct Mirrored {
    reader: MirrorReader,
    stale_after_secs: u64,
    questions: Batcher<Question, Answers>,
}

/// Between whom, and on what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    pub(crate) data_id: DataId,
    /// The addresses of the owner's wallets, sorted.
    pub(crate) owners: Vec<Address>,
    /// The addresses of the caller's wallets, sorted.
    pub(crate) grantees: Vec<Address>,
}

/// What a batch of questions came to; `None` for a question that failed.
type Answers = Arc<HashMap<Question, Option<Arc<[MirroredGrant]>>>>;

impl Mirrored {
    pub(crate) fn new(reader: MirrorReader, stale_after_secs: u64) -> Self {
        let asked = reader.clone();
        let questions = Batcher::spawn(move |questions| {
            let reader = asked.clone();
            async move { answer(&reader, questions).await }
        });
        Self { reader, stale_after_secs, questions }
    }

    /// How long ago, in seconds, a contract's mirror may last have been level with its chain.
    pub(crate) fn stale_after_secs(&self) -> u64 {
        self.stale_after_secs
    }

    /// For lists.
    pub(crate) fn reader(&self) -> &MirrorReader {
        &self.reader
    }

    /// Every mirrored contract.
    pub(crate) async fn contracts(&self) -> Result<Vec<ContractState>, ServiceError> {
        Ok(self.reader.contracts().await?)
    }

    /// Refuses a contract that is not mirrored as an access-grants contract.
    pub(crate) async fn check_access_grants(&self, account: &Account) -> Result<(), ServiceError> {
        match self.reader.contract(account).await? {
            Some(contract) if contract.kind == ContractKind::AccessGrants => Ok(()),
            _ => Err(ServiceError::UnknownContract),
        }
    }

    /// The grants on a data id by one of the owners to one of the grantees that stand, and one that was revoked, if any was: as they were
    /// after this was called, however many ask the same at the same time.
    pub(crate) async fn access(&self, question: Question) -> Result<Arc<[MirroredGrant]>, ServiceError> {
        let answers = self.questions.ask(question.clone()).await.map_err(|_| ServiceError::Busy)?;
        let answer = answers.get(&question).cloned().flatten();
        answer.ok_or(ServiceError::failed("the mirror could not be asked"))
    }

    /// The timelocks of `owners`, on `id` or on anything.
    pub(crate) async fn locks(
        &self,
        owners: &[Address],
        id: Option<DataId>,
    ) -> Result<Vec<Lock>, ServiceError> {
        Ok(self.reader.locks(owners, id.as_ref()).await?)
    }
}

/// Asks each different question once.
async fn answer(reader: &MirrorReader, questions: Vec<Question>) -> Answers {
    let mut different: HashMap<Question, Option<Arc<[MirroredGrant]>>> = HashMap::new();
    for question in questions {
        different.entry(question).or_default();
    }
    let asked = different.iter_mut().map(async |(question, answer)| {
        match reader.access(&question.data_id, &question.owners, &question.grantees).await {
            Ok(grants) => *answer = Some(grants.into()),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the mirror could not be asked")
            }
        }
    });
    join_all(asked).await;
    Arc::new(different)
}
