//! Blobs: encrypted content, in files or an object store.
//!
//! Only [`Gate`](crate::gate::Gate) can make the [`Permit`] without which nothing is read. A blob's name is random, is used once, and says
//! nothing.

use std::{fmt, path::PathBuf, str::FromStr, sync::Arc};

use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, local::LocalFileSystem, path::Path};
use rand_core::CryptoRngCore;

use crate::{cache::StampedCache, config::BlobLocation, error::ServiceError, gate::Permit, vault::OpenError};

/// Blobs up to this size are kept in memory.
const CACHED_BYTES_MAX: u64 = 64 * 1024;

/// What they may take up together.
const CACHE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// About how many that is.
const CACHED_BLOBS: usize = 8 * 1024;

/// The name of a blob: 16 random bytes, in text 32 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct BlobName([u8; 16]);

impl BlobName {
    pub(crate) fn generate(rng: &mut impl CryptoRngCore) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// 256 directories, so that none grows too large to be listed.
    fn path(&self) -> Path {
        let name = self.to_string();
        Path::from_iter([&name[..2], &name[2..]])
    }
}

impl fmt::Display for BlobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for BlobName {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

/// The content of a blob, whole if it is small.
pub(crate) enum Content {
    Whole(Bytes),
    Stream(BoxStream<'static, object_store::Result<Bytes>>),
}

/// The store of blobs.
pub(crate) struct Blobs {
    store: Arc<dyn ObjectStore>,
    directory: Option<PathBuf>,
    small: StampedCache<BlobName, Bytes>,
}

impl Blobs {
    pub(crate) fn open(location: &BlobLocation) -> Result<Self, OpenError> {
        let small =
            StampedCache::with_weight(CACHED_BLOBS, CACHE_BYTES_MAX, |blob: &Bytes| blob.len() as u64);
        Ok(match location {
            BlobLocation::Store(store) => Self { store: store.clone(), directory: None, small },
            BlobLocation::Directory(directory) => {
                std::fs::create_dir_all(directory)?;
                sweep(directory)?;
                let store = LocalFileSystem::new_with_prefix(directory)?.with_fsync(true);
                Self { store: Arc::new(store), directory: Some(directory.clone()), small }
            }
        })
    }

    /// Writes a blob. Once this returns, it is on the disk: the file is synced, then renamed to its name, then its directory is synced.
    pub(crate) async fn put(&self, name: BlobName, content: Bytes) -> Result<(), ServiceError> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        self.store.put_opts(&name.path(), content.into(), options).await?;
        Ok(())
    }

    /// Reads what the permit names. A small blob is kept in memory for the next reader.
    pub(crate) async fn get(&self, permit: &Permit) -> Result<Content, ServiceError> {
        let name = permit.blob();
        if let Some(blob) = self.small.get(&name) {
            return Ok(Content::Whole(blob));
        }
        let stamp = self.small.stamp(&name);
        let found = match self.store.get(&name.path()).await {
            // Deleted after it was permitted.
            Err(object_store::Error::NotFound { .. }) => return Err(ServiceError::NotFound),
            found => found?,
        };
        if found.meta.size > CACHED_BYTES_MAX {
            return Ok(Content::Stream(found.into_stream()));
        }
        let blob = found.bytes().await?;
        self.small.put(name, stamp, blob.clone());
        Ok(Content::Whole(blob))
    }

    /// Removes a blob, if it is there. Once this returns, no crash brings it back.
    pub(crate) async fn remove(&self, name: BlobName) -> Result<(), ServiceError> {
        self.small.forget(&name);
        match self.store.delete(&name.path()).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        match &self.directory {
            Some(directory) => finish_removal(directory.clone(), name).await,
            None => Ok(()),
        }
    }

    /// Whether the store answers.
    pub(crate) async fn is_alive(&self) -> bool {
        let nobody = BlobName([0; 16]);
        matches!(self.store.head(&nobody.path()).await, Ok(_) | Err(object_store::Error::NotFound { .. }))
    }
}

/// Removes what a crash in the middle of a write may have left (`name#1`), and syncs the directory.
async fn finish_removal(directory: PathBuf, name: BlobName) -> Result<(), ServiceError> {
    let task = tokio::task::spawn_blocking(move || {
        let path = name.path();
        let Some((parent, file)) = path.as_ref().split_once('/') else { return Ok(()) };
        let parent = directory.join(parent);
        match std::fs::read_dir(&parent) {
            Ok(entries) => remove_leftovers(entries, &format!("{file}#"))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        }
        std::fs::File::open(&parent)?.sync_all()
    });
    let done = task.await.map_err(|_| ServiceError::failed("a file could not be removed"))?;
    done.map_err(|source| object_store::Error::Generic { store: "directory", source: source.into() }.into())
}

/// Removes what a crash in the middle of any write has left. No write is under way: a directory of blobs has one process at a time.
fn sweep(directory: &std::path::Path) -> std::io::Result<()> {
    for parent in std::fs::read_dir(directory)? {
        let parent = parent?;
        if parent.file_type()?.is_dir() {
            remove_leftovers(std::fs::read_dir(parent.path())?, "")?;
        }
    }
    Ok(())
}

/// Removes the half-written files (`name#1`) whose blob's name begins so.
fn remove_leftovers(entries: std::fs::ReadDir, prefix: &str) -> std::io::Result<()> {
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(prefix) && name.contains('#')) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_removed_blob_leaves_no_file_not_even_one_half_written() {
        let directory = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(&BlobLocation::Directory(directory.path().to_owned())).unwrap();
        let name = BlobName([7; 16]);
        blobs.put(name, Bytes::from_static(b"content")).await.unwrap();
        let parent = directory.path().join("07");
        let file =
            std::fs::read_dir(&parent).unwrap().next().unwrap().unwrap().file_name().into_string().unwrap();
        std::fs::write(parent.join(format!("{file}#1")), b"half").unwrap();
        std::fs::write(parent.join("another"), b"other").unwrap();

        blobs.remove(name).await.unwrap();
        let left: Vec<_> =
            std::fs::read_dir(&parent).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["another"]);
        blobs.remove(name).await.unwrap();
        blobs.remove(BlobName([9; 16])).await.unwrap();
    }

    #[tokio::test]
    async fn what_a_crash_left_half_written_is_gone_when_the_store_is_opened_again() {
        let directory = tempfile::tempdir().unwrap();
        let location = BlobLocation::Directory(directory.path().to_owned());
        let name = BlobName([7; 16]);
        Blobs::open(&location).unwrap().put(name, Bytes::from_static(b"content")).await.unwrap();
        let parent = directory.path().join("07");
        std::fs::write(parent.join("aa#1"), b"half").unwrap();

        let blobs = Blobs::open(&location).unwrap();
        assert_eq!(std::fs::read_dir(&parent).unwrap().count(), 1);
        assert!(blobs.store.head(&name.path()).await.is_ok());
    }
}
