//! Taking content in: streamed, hashed, bounded, on the disk before it is answered.

use std::sync::Arc;

use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use idos_api::limits::MAX_CONTENT_BYTES;
use idos_keys::sealed_box::looks_like_box;
use idos_sessions::ContentDigest;
use rand_core::OsRng;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::{
    blobs::{BlobName, Blobs},
    commands::{Command, Executor, Outcome, Signer, StageUpload, check_upload_quota},
    db::{Db, StagedUpload, table},
    error::ServiceError,
};

/// A blob that was begun is garbage after this long, in seconds, unless its upload was kept: longer than any upload may take.
const ABANDONED_AFTER_SECS: u64 = 60 * 60;

/// Takes content in.
pub(crate) struct Uploads {
    db: Arc<Db>,
    blobs: Arc<Blobs>,
    executor: Executor,
    in_flight: Semaphore,
    stand_secs: u64,
}

/// What was put at an address, by whom.
pub(crate) struct Incoming {
    pub(crate) sha256: ContentDigest,
    pub(crate) profile: Uuid,
    pub(crate) signer: Signer,
    pub(crate) body: Body,
}

impl Uploads {
    pub(crate) fn new(
        db: Arc<Db>,
        blobs: Arc<Blobs>,
        executor: Executor,
        in_flight_max: usize,
        stand_secs: u64,
    ) -> Self {
        Self { db, blobs, executor, in_flight: Semaphore::new(in_flight_max), stand_secs }
    }

    /// Reads, checks and keeps an upload; tells whether it is new.
    pub(crate) async fn take(
        &self,
        incoming: Incoming,
        now: u64,
    ) -> Result<(StagedUpload, bool), ServiceError> {
        let _permit = self.in_flight.try_acquire().map_err(|_| ServiceError::Busy)?;
        // Refused before the content is sent, where possible; the command decides.
        check_upload_quota(&mut *self.db.reader().await?, incoming.profile, 0, self.executor.quotas())
            .await?;
        let content = read(incoming.body.into_data_stream(), &incoming.sha256).await?;
        looks_like_box(&content).map_err(|_| ServiceError::NotABox)?;
        let blob = self.write(content.clone(), now).await?;
        let command = StageUpload {
            sha256: hex::encode(incoming.sha256.sha256()),
            blob,
            size: content.len() as u64,
            expires_at: now.saturating_add(self.stand_secs),
        };
        let outcome = self.executor.execute(Command::StageUpload(command), incoming.signer, now).await;
        match outcome {
            Ok(Outcome::Upload { upload, is_new }) => {
                if upload.blob != blob {
                    self.discard(blob).await?;
                }
                Ok((upload, is_new))
            }
            Ok(_) => Err(ServiceError::failed("an upload came to something else")),
            Err(error) => {
                // If this fails too, housekeeping removes it.
                let _ = self.discard(blob).await;
                Err(error)
            }
        }
    }

    /// Writes a blob whose name is noted as garbage first.
    async fn write(&self, content: Bytes, now: u64) -> Result<BlobName, ServiceError> {
        let blob = BlobName::generate(&mut OsRng);
        let mut tx = self.db.begin().await?;
        table::garbage::insert(&mut tx, blob, now.saturating_add(ABANDONED_AFTER_SECS)).await?;
        tx.commit().await?;
        match self.blobs.put(blob, content).await {
            Ok(()) => Ok(blob),
            Err(error) => {
                let _ = self.discard(blob).await;
                Err(error)
            }
        }
    }

    async fn discard(&self, blob: BlobName) -> Result<(), ServiceError> {
        self.blobs.remove(blob).await?;
        let mut tx = self.db.begin().await?;
        table::garbage::delete(&mut tx, blob).await?;
        Ok(tx.commit().await?)
    }
}

/// Reads a body to its end, no further than the bound, hashing as it comes.
async fn read(mut body: BodyDataStream, expected: &ContentDigest) -> Result<Bytes, ServiceError> {
    let mut hasher = Sha256::new();
    let mut content = BytesMut::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| ServiceError::malformed("the body ended early: send it again"))?;
        if content.len() + chunk.len() > MAX_CONTENT_BYTES {
            return Err(ServiceError::TooLarge { max_bytes: MAX_CONTENT_BYTES });
        }
        hasher.update(&chunk);
        content.extend_from_slice(&chunk);
    }
    let digest = ContentDigest::from_sha256(hasher.finalize().into());
    if digest == *expected { Ok(content.freeze()) } else { Err(ServiceError::DigestMismatch) }
}
