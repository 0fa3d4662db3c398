//! Deciding on reads by others than the owner, and writing them down: what comes at the same time is decided by the same look at the mirror, and
//! is in the audit log by the same commit.

use std::{collections::HashMap, sync::Arc};

use futures::future::join_all;
use idos_grants::{Address, DataId};
use idos_mirror::MirroredGrant;
use idos_wallets::Wallet;

use super::{
    addresses,
    decision::{Decision, Sides, decide},
};
use crate::{
    audit::{AuditLog, LoggedRead},
    batch::Batcher,
    error::ServiceError,
    mirrored::Mirrored,
};

/// Somebody who is not the owner asks to read.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) data_id: DataId,
    pub(super) owners: Arc<[Wallet]>,
    pub(super) grantees: Arc<[Wallet]>,
    /// Who is asked for where there are no wallets, so that the mirror is asked as much.
    pub(super) nobody: Address,
    /// What to write down if it is allowed; `None` where there is nothing to read.
    pub(super) read: Option<LoggedRead>,
    pub(super) now: u64,
}

/// Decides in batches.
pub(super) struct Readings {
    batches: Batcher<Reading, Decided>,
}

/// What a reading came to. An [`Open`](Decision::Open) one is in the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decided {
    As(Decision),
    DiskFull,
    Failed,
}

impl Readings {
    pub(super) fn new(log: AuditLog, mirrored: Arc<Mirrored>) -> Self {
        let log = Arc::new(log);
        let batches = Batcher::spawn(move |readings| {
            let (log, mirrored) = (log.clone(), mirrored.clone());
            async move { decide_all(&log, &mirrored, readings).await }
        });
        Self { batches }
    }

    /// Decides on a reading by what the mirror says after this was called.
    pub(super) async fn decide(&self, reading: Reading) -> Result<Decision, ServiceError> {
        match self.batches.ask(reading).await {
            Ok(Decided::As(decision)) => Ok(decision),
            Ok(Decided::DiskFull) => Err(ServiceError::StorageFull),
            Ok(Decided::Failed) => Err(ServiceError::failed("the mirror or the audit log failed")),
            Err(_) => Err(ServiceError::Busy),
        }
    }
}

/// What readings have in common that one question answers: the data id, and the two sides' wallets. These are told apart by where they are
/// in memory, where those of a profile are once until they change.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Question {
    data_id: DataId,
    owners: usize,
    grantees: usize,
}

impl Reading {
    fn question(&self) -> Question {
        Question {
            data_id: self.data_id,
            owners: self.owners.as_ptr().addr(),
            grantees: self.grantees.as_ptr().addr(),
        }
    }

    async fn ask(&self, mirrored: &Mirrored) -> Result<Vec<MirroredGrant>, Decided> {
        let or_nobody =
            |wallets: &[Wallet]| if wallets.is_empty() { vec![self.nobody] } else { addresses(wallets) };
        let (owners, grantees) = (or_nobody(&self.owners), or_nobody(&self.grantees));
        mirrored.access(&self.data_id, &owners, &grantees).await.map_err(|error| failure(&error))
    }

    fn decide(&self, grants: &[MirroredGrant], stale_after_secs: u64) -> Decision {
        let sides = Sides { owners: &self.owners, grantees: &self.grantees };
        decide(grants, sides, self.now, stale_after_secs)
    }
}

async fn decide_all(log: &AuditLog, mirrored: &Mirrored, readings: Vec<Reading>) -> Vec<Decided> {
    let mut decided = by_the_mirror(mirrored, &readings).await;
    let (mut reads, mut opened) = (Vec::new(), Vec::new());
    for (reading, decided) in readings.iter().zip(&mut decided).filter(|(_, decided)| is_open(decided)) {
        if let Some(read) = reading.read {
            reads.push(read);
            opened.push(decided);
        }
    }
    if reads.is_empty() {
        return decided;
    }
    match log.record(&reads).await {
        Ok(logged) => {
            let gone = opened.into_iter().zip(logged).filter(|(_, is_logged)| !is_logged);
            // The profile on one of the two sides was deleted since the mirror was asked.
            gone.for_each(|(decided, _)| *decided = Decided::As(Decision::Nothing));
        }
        Err(error) => {
            let failed = failure(&error);
            opened.into_iter().for_each(|decided| *decided = failed);
        }
    }
    decided
}

fn is_open(decided: &Decided) -> bool {
    *decided == Decided::As(Decision::Open)
}

/// Asks each different question once.
async fn by_the_mirror(mirrored: &Mirrored, readings: &[Reading]) -> Vec<Decided> {
    let mut questions = HashMap::with_capacity(readings.len());
    let mut asking = Vec::new();
    let number_of = |reading| {
        *questions.entry(Reading::question(reading)).or_insert_with(|| {
            asking.push(reading.ask(mirrored));
            asking.len() - 1
        })
    };
    let numbers: Vec<usize> = readings.iter().map(number_of).collect();
    let answers = join_all(asking).await;
    let decide = |(reading, number): (&Reading, usize)| match answers.get(number) {
        Some(Ok(grants)) => Decided::As(reading.decide(grants, mirrored.stale_after_secs())),
        Some(Err(failed)) => *failed,
        None => Decided::Failed,
    };
    readings.iter().zip(numbers).map(decide).collect()
}

fn failure(error: &ServiceError) -> Decided {
    tracing::error!(error = error as &dyn std::error::Error, "a read could not be decided on");
    if matches!(error, ServiceError::StorageFull) { Decided::DiskFull } else { Decided::Failed }
}
