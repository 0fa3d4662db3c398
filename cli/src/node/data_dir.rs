//! The data directory: one process at a time, readable by its user only.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use ed25519_dalek::SigningKey;
use fs4::{FileExt, TryLockError};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

/// A data directory that this process has to itself for as long as the value lives.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory where it is missing, and locks it.
    pub fn open(path: &Path) -> Result<Self> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(path).with_context(|| format!("cannot make the data directory {}", path.display()))?;
        let lock_path = path.join("lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&lock_path);
        let lock = lock.with_context(|| format!("cannot open {}", lock_path.display()))?;
        match FileExt::try_lock(&lock) {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => bail!(
                "data_dir_in_use: the data directory {} is in use by another process: stop it, or name another with --data-dir",
                path.display()
            ),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", lock_path.display()))
            }
        }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The node's signing key; made on first use.
    pub fn node_key(&self, rng: &mut impl CryptoRngCore) -> Result<SigningKey> {
        Ok(SigningKey::from_bytes(&*self.key("node.key", rng)?))
    }

    /// A secret key in a file of its own; made on first use.
    pub fn key(&self, name: &str, rng: &mut impl CryptoRngCore) -> Result<Zeroizing<[u8; 32]>> {
        let path = self.path.join(name);
        if !path.exists() {
            let mut key = Zeroizing::new([0; 32]);
            rng.fill_bytes(key.as_mut_slice());
            write_new_key(&path, &key)?;
        }
        let text = Zeroizing::new(
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?,
        );
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), seed.as_mut())
            .with_context(|| format!("{} does not hold a key: 64 hex digits", path.display()))?;
        Ok(seed)
    }
}

/// Writes beside and renames, so that a half-written key is never read.
fn write_new_key(path: &Path, key: &[u8; 32]) -> Result<()> {
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
    let text = Zeroizing::new(hex::encode(key));
    writeln!(file, "{}", text.as_str())?;
    file.sync_all()?;
    fs::rename(&beside, path).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_in_use_is_refused_and_free_again_afterwards() {
        let dir = tempfile::tempdir().unwrap();
        let first = DataDir::open(dir.path()).unwrap();
        let error = DataDir::open(dir.path()).unwrap_err().to_string();
        assert!(error.starts_with("data_dir_in_use"), "{error}");
        drop(first);
        DataDir::open(dir.path()).unwrap();
    }

    #[test]
    fn the_node_key_is_made_once_and_only_its_user_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let data_dir = DataDir::open(&dir.path().join("new")).unwrap();
        let key = data_dir.node_key(&mut rand_core::OsRng).unwrap();
        assert_eq!(data_dir.node_key(&mut rand_core::OsRng).unwrap().to_bytes(), key.to_bytes());
        let mode = fs::metadata(data_dir.path().join("node.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}
