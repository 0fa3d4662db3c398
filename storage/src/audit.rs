//! The audit log's writer: an entry is committed before the read that it tells of is answered. Reads that come at the same time share a commit.

use std::sync::Arc;

use rand_core::{OsRng, RngCore};

use crate::{
    batch::Batcher,
    db::{AuditCursor, Db, ReadEntry, table},
    error::ServiceError,
};

/// What a batch came to; every read in it is told the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Committed,
    DiskFull,
    Failed,
}

/// The audit log.
pub(crate) struct AuditLog {
    writer: Batcher<ReadEntry, Written>,
}

impl AuditLog {
    pub(crate) fn new(db: Arc<Db>) -> Self {
        let writer = Batcher::spawn(move |reads| {
            let db = db.clone();
            async move { write(&db, reads).await }
        });
        Self { writer }
    }

    /// Returns once the read is in the log. If it does not return `Ok`, the read must not be answered.
    pub(crate) async fn record(&self, read: ReadEntry) -> Result<(), ServiceError> {
        match self.writer.ask(read).await {
            Ok(Written::Committed) => Ok(()),
            Ok(Written::DiskFull) => Err(ServiceError::StorageFull),
            Ok(Written::Failed) => Err(ServiceError::failed("the audit log could not be written")),
            Err(_) => Err(ServiceError::Busy),
        }
    }
}

async fn write(db: &Db, reads: Vec<ReadEntry>) -> Written {
    match commit(db, reads).await {
        Ok(()) => Written::Committed,
        Err(ServiceError::StorageFull) => Written::DiskFull,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the audit log could not be written");
            Written::Failed
        }
    }
}

async fn commit(db: &Db, reads: Vec<ReadEntry>) -> Result<(), ServiceError> {
    let mut unique = [0; 8];
    OsRng.fill_bytes(&mut unique);
    let id = |(index, read): (usize, ReadEntry)| (AuditCursor::new(read.read_at, unique, index), read);
    let rows: Vec<_> = reads.into_iter().enumerate().map(id).collect();
    let mut tx = db.begin().await?;
    table::audit::insert(&mut tx, &rows).await?;
    tx.commit().await?;
    metrics::histogram!("idos_audit_batch_reads").record(rows.len() as f64);
    Ok(())
}
