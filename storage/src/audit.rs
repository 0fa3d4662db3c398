//! Writing the audit log: one statement, and so one commit, for all reads of a batch.

use std::sync::Arc;

use quick_cache::sync::Cache;
use rand_core::{OsRng, RngCore};

use crate::{
    db::{AuditCursor, Db, ReadRow, Reader, table},
    error::ServiceError,
};

/// Readers whose ids are kept in memory; an id never changes.
const READERS_MAX: usize = 50_000;

/// The audit log.
pub(crate) struct AuditLog {
    db: Arc<Db>,
    ids: Cache<Reader, i64>,
}

impl AuditLog {
    pub(crate) fn new(db: Arc<Db>) -> Self {
        Self { db, ids: Cache::new(READERS_MAX) }
    }

    /// Returns once the reads, and when they were, are in the log and on the disk. If it fails, none of them may be answered.
    pub(crate) async fn record(&self, reads: &[(Reader, u64)]) -> Result<(), ServiceError> {
        if reads.is_empty() {
            return Ok(());
        }
        let random = OsRng.next_u64();
        let mut rows = Vec::with_capacity(reads.len());
        for (index, (reader, read_at)) in reads.iter().enumerate() {
            let place = AuditCursor::new(*read_at, random, index);
            rows.push(ReadRow { owner: reader.owner, reader_id: self.id(reader).await?, place });
        }
        table::audit::insert(&mut *self.db.writer().await?, self.db.is_shared(), &rows).await?;
        metrics::histogram!("idos_audit_batch_reads").record(rows.len() as f64);
        Ok(())
    }

    async fn id(&self, reader: &Reader) -> Result<i64, ServiceError> {
        if let Some(id) = self.ids.get(reader) {
            return Ok(id);
        }
        let mut db = self.db.writer().await?;
        let id = match table::readers::id_of(&mut db, reader).await? {
            Some(id) => id,
            None => {
                table::readers::insert(&mut db, fresh_id(), reader).await?;
                // Not always the one just made up: another node may have been first.
                let id = table::readers::id_of(&mut db, reader).await?;
                id.ok_or(ServiceError::failed("a reader could not be written down"))?
            }
        };
        self.ids.insert(*reader, id);
        Ok(id)
    }
}

/// Positive, and never 0.
fn fresh_id() -> i64 {
    (OsRng.next_u64() >> 1).max(1) as i64
}
