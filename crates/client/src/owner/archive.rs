//! The archive that a profile is exported to: a zip file of `manifest.json` and a file a credential, nothing compressed, in one order.
//!
//! ```text
//! credentials/0x….json     W3C credentials, decrypted, byte for byte as their issuers signed them; by data id
//! manifest.json            what they are: [`Manifest`]
//! ```
//!
//! An archive may come from anybody. It is read without unpacking anything to disk, and refused as a whole if it is not exactly of this form: other
//! names, names twice, files that share bytes, compressed or encrypted files, more than [`MAX_CREDENTIALS`], larger than [`MAX_CREDENTIAL_BYTES`] or
//! [`MAX_MANIFEST_BYTES`].

use std::{
    collections::BTreeSet,
    io::{Read, Seek, Write},
};

use idos_api::{grants::Grant, limits::MAX_CONTENT_BYTES, profiles::SignedKeyStatement};
use idos_grants::DataId;
use idos_keys::sealed_box::MIN_CONTENT_LEN;
use idos_wallets::Wallet;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;
use zip::{CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

/// The most credentials in an archive.
pub const MAX_CREDENTIALS: usize = 20_000;
/// Bytes of the largest credential: what a node stores of one, less what sealing adds.
pub const MAX_CREDENTIAL_BYTES: u64 = (MAX_CONTENT_BYTES - MIN_CONTENT_LEN) as u64;
/// Bytes of the largest manifest.
pub const MAX_MANIFEST_BYTES: u64 = 64 * 1024 * 1024;

const MANIFEST: &str = "manifest.json";
const FORMAT: &str = "idos-profile";
const VERSION: u32 = 1;

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `idos-profile`
    pub format: String,
    /// The version of the form; 1.
    pub version: u32,
    /// Whose.
    pub profile_id: Uuid,
    /// The profile's wallets at the time.
    pub wallets: Vec<Wallet>,
    /// The statement of the profile's encryption key at the time. Nothing here is encrypted for it.
    pub key_statement: Option<SignedKeyStatement>,
    /// The DID of the node that it was exported from.
    pub node: String,
    /// When, in Unix seconds.
    pub exported_at: u64,
    /// The credentials, by data id.
    pub credentials: Vec<Entry>,
    /// What could not be exported, and why.
    pub not_exported: Vec<NotExported>,
}

/// One credential in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The id that it was stored under.
    pub data_id: DataId,
    /// Its file in the archive: [`Entry::file_of`] its data id.
    pub file: String,
    /// SHA-256 of the file, 64 hex digits.
    pub sha256: String,
    /// Bytes of the file.
    pub size: u64,
    /// Whose it is.
    pub kind: Kind,
    /// Readable metadata, as the issuer signed it.
    pub public_notes: String,
    /// The issuer's signature over the notes, `0x` hex.
    pub notes_signature: String,
    /// The issuer's DID.
    pub issuer: String,
    /// The credential's types.
    #[serde(rename = "type")]
    pub types: Vec<String>,
    /// When it was stored, in Unix seconds.
    pub created_at: u64,
    /// The grants that its owner gave on it and on its copies, as the node mirrored them.
    pub grants: Vec<Grant>,
}

impl Entry {
    /// The name of a credential's file.
    pub fn file_of(data_id: DataId) -> String {
        format!("credentials/{data_id}.json")
    }
}

/// Whose a credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The profile's own.
    Original,
    /// A copy that somebody else has shared with the profile.
    Received,
}

/// Something that could not be exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotExported {
    /// What.
    pub data_id: DataId,
    /// Whose it is.
    pub kind: Kind,
    /// Why.
    pub reason: String,
}

/// Writes an archive, a credential at a time.
pub struct ArchiveWriter<W: Write + Seek> {
    zip: ZipWriter<W>,
    last: Option<DataId>,
}

impl<W: Write + Seek> ArchiveWriter<W> {
    /// An archive into `out`.
    pub fn new(out: W) -> Self {
        Self { zip: ZipWriter::new(out), last: None }
    }

    /// Adds a credential's file; data ids must come in ascending order. Returns its digest and size.
    ///
    /// # Errors
    /// If it cannot be written, or is too large.
    pub fn add(&mut self, data_id: DataId, plaintext: &[u8]) -> Result<(String, u64), ArchiveError> {
        if self.last.is_some_and(|last| last >= data_id) {
            return Err(ArchiveError::Form("its credentials are not in order"));
        }
        self.last = Some(data_id);
        let size = plaintext.len() as u64;
        if size > MAX_CREDENTIAL_BYTES {
            return Err(ArchiveError::TooLarge);
        }
        self.file(&Entry::file_of(data_id), plaintext)?;
        Ok((hex::encode(Sha256::digest(plaintext)), size))
    }

    /// Adds the manifest and ends the archive.
    ///
    /// # Errors
    /// If it cannot be written, or is too large.
    pub fn finish(mut self, manifest: &Manifest) -> Result<W, ArchiveError> {
        let text =
            serde_json::to_vec_pretty(manifest).map_err(|error| ArchiveError::Manifest(error.to_string()))?;
        if text.len() as u64 > MAX_MANIFEST_BYTES || manifest.credentials.len() > MAX_CREDENTIALS {
            return Err(ArchiveError::TooLarge);
        }
        self.file(MANIFEST, &text)?;
        Ok(self.zip.finish()?)
    }

    fn file(&mut self, name: &str, content: &[u8]) -> Result<(), ArchiveError> {
        // No time of its own, readable by its owner only: the same profile gives the same bytes.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .unix_permissions(0o600);
        let options = options.last_modified_time(zip::DateTime::default());
        self.zip.start_file(name, options)?;
        self.zip.write_all(content).map_err(|error| ArchiveError::Io(error.to_string()))
    }
}

/// The head of an archive's manifest before its entries.
pub(super) fn manifest(profile_id: Uuid, node: String, exported_at: u64) -> Manifest {
    Manifest {
        format: FORMAT.to_owned(),
        version: VERSION,
        profile_id,
        wallets: Vec::new(),
        key_statement: None,
        node,
        exported_at,
        credentials: Vec::new(),
        not_exported: Vec::new(),
    }
}

/// Reads an archive whose form was checked.
pub struct ArchiveReader<R> {
    zip: ZipArchive<R>,
    manifest: Manifest,
}

impl<R: Read + Seek> ArchiveReader<R> {
    /// Opens an archive, and checks its form and its manifest. The credentials are not read yet.
    ///
    /// # Errors
    /// If anything in it is not of the form.
    pub fn open(archive: R) -> Result<Self, ArchiveError> {
        let mut zip = ZipArchive::new(archive)?;
        check_form(&mut zip)?;
        let text = read(&mut zip, MANIFEST, MAX_MANIFEST_BYTES)?;
        let manifest: Manifest = serde_json::from_slice(&text)
            .map_err(|error| ArchiveError::Manifest(short(&error.to_string())))?;
        check_manifest(&manifest, &zip)?;
        Ok(Self { zip, manifest })
    }

    /// What it holds.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The bytes of a credential; `None` if they are not those that the manifest states.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn credential(&mut self, entry: &Entry) -> Result<Option<Zeroizing<Vec<u8>>>, ArchiveError> {
        let content = match read(&mut self.zip, &entry.file, MAX_CREDENTIAL_BYTES) {
            Ok(content) => content,
            // Bytes that changed since they were written fail the zip file's own check.
            Err(ArchiveError::Io(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let is_stated =
            content.len() as u64 == entry.size && hex::encode(Sha256::digest(&content)) == entry.sha256;
        Ok(is_stated.then_some(content))
    }
}

fn check_form<R: Read + Seek>(zip: &mut ZipArchive<R>) -> Result<(), ArchiveError> {
    if zip.len() > MAX_CREDENTIALS + 1 {
        return Err(ArchiveError::TooLarge);
    }
    if zip.has_duplicate_names() {
        return Err(ArchiveError::Form("two of its files have one name"));
    }
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index)?;
        if file.encrypted() || !file.is_file() {
            return Err(ArchiveError::Form("it holds something else than plain files"));
        }
        if file.compression() != CompressionMethod::Stored || file.compressed_size() != file.size() {
            return Err(ArchiveError::Form("its files are compressed"));
        }
        let max =
            if file.name_raw() == MANIFEST.as_bytes() { MAX_MANIFEST_BYTES } else { MAX_CREDENTIAL_BYTES };
        if file.size() > max {
            return Err(ArchiveError::TooLarge);
        }
    }
    if zip.has_overlapping_entries()? {
        return Err(ArchiveError::Form("two of its files share bytes"));
    }
    Ok(())
}

fn check_manifest<R>(manifest: &Manifest, zip: &ZipArchive<R>) -> Result<(), ArchiveError>
where
    R: Read + Seek,
{
    if manifest.format != FORMAT {
        return Err(ArchiveError::Form("it is no idOS profile"));
    }
    if manifest.version != VERSION {
        return Err(ArchiveError::Version(manifest.version));
    }
    let mut expected = BTreeSet::from([MANIFEST.as_bytes().to_vec()]);
    for entry in &manifest.credentials {
        // A name that follows from the data id leads nowhere else.
        if entry.file != Entry::file_of(entry.data_id) {
            return Err(ArchiveError::Form("a file is not named by its data id"));
        }
        if !expected.insert(entry.file.clone().into_bytes()) {
            return Err(ArchiveError::Form("its manifest names a file twice"));
        }
    }
    let found: BTreeSet<_> = zip.file_names_raw().map(<[u8]>::to_vec).collect();
    if found != expected {
        return Err(ArchiveError::Form("its files are not those that its manifest names"));
    }
    Ok(())
}

/// No more is read than allowed, whatever the size that is stated.
fn read<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    name: &str,
    max_bytes: u64,
) -> Result<Zeroizing<Vec<u8>>, ArchiveError> {
    let file = zip.by_name(name)?;
    let expected = usize::try_from(file.size().min(max_bytes)).unwrap_or_default();
    // Room for all of it, so that no half of it is left behind in memory when it grows.
    let mut content = Zeroizing::new(Vec::with_capacity(expected.saturating_add(1)));
    file.take(max_bytes + 1)
        .read_to_end(&mut content)
        .map_err(|error| ArchiveError::Io(error.to_string()))?;
    if content.len() as u64 > max_bytes { Err(ArchiveError::TooLarge) } else { Ok(content) }
}

fn short(text: &str) -> String {
    const MESSAGE_CHARS_MAX: usize = 200;
    text.chars().take(MESSAGE_CHARS_MAX).collect()
}

/// Why an archive is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read or written.
    #[error("the archive cannot be read or written: {0}")]
    Io(String),
    /// It is no zip file, or a broken one.
    #[error("the archive is no zip file that can be read: {0}")]
    Zip(String),
    /// It is not exactly of the form.
    #[error("this is not an archive of an idOS profile as it was exported: {0}")]
    Form(&'static str),
    /// Its form is of another version.
    #[error("the archive is of version {0}, which this program does not know: use a newer one")]
    Version(u32),
    /// Its manifest cannot be read.
    #[error("the archive's manifest.json is not of the right form: {0}")]
    Manifest(String),
    /// Too many credentials, or one that is too large.
    #[error(
        "the archive is too large: at most {MAX_CREDENTIALS} credentials of {MAX_CREDENTIAL_BYTES} bytes, and a manifest of {MAX_MANIFEST_BYTES}"
    )]
    TooLarge,
}

impl From<ZipError> for ArchiveError {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::Io(error) => Self::Io(error.to_string()),
            other => Self::Zip(short(&other.to_string())),
        }
    }
}

#[cfg(test)]
mod tests;
