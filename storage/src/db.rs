//! The database: SQLite or PostgreSQL, one schema. An entity's statements are in the file of its name.

pub(crate) mod audit;
mod bulk;
pub(crate) mod credentials;
pub(crate) mod garbage;
pub(crate) mod generation;
pub(crate) mod issuances;
pub(crate) mod leavers;
pub(crate) mod nonces;
pub(crate) mod past_key_statements;
mod place;
pub(crate) mod profile_consents;
pub(crate) mod profile_receipts;
pub(crate) mod profiles;
pub(crate) mod purges;
pub(crate) mod readers;
pub(crate) mod receipts;
pub(crate) mod relayed;
pub(crate) mod requests;
pub(crate) mod rescissions;
pub(crate) mod sessions;
pub(crate) mod signing_keys;
pub(crate) mod uploads;
pub(crate) mod usage;
mod values;
pub(crate) mod wallets;
pub(crate) mod write_grants;

use idos_database::{OpenError, Settings};
use sqlx::migrate::Migrator;

pub(crate) use audit::{ChainEnd, LogCursor, LogRow};
pub(crate) use credentials::StoredCredential;
pub(crate) use issuances::{IssuerGrant, StoredIssuance};
pub(crate) use past_key_statements::KeyStatementCursor;
pub(crate) use place::Place;
pub(crate) use profile_consents::ProfileConsentRow;
pub(crate) use profile_receipts::ProfileReceiptRow;
pub(crate) use readers::{Reader, ReaderRow, period_of};
pub(crate) use receipts::Receipt;
pub(crate) use requests::{AnswerCursor, RequestCursor, StoredRequest};
pub(crate) use rescissions::Rescission;
pub(crate) use sessions::{StoredSession, UsedAccessKey};
pub(crate) use uploads::StagedUpload;
pub(crate) use usage::{UsageKey, Used};

/// The entities.
pub(crate) mod table {
    pub(crate) use super::{
        audit, credentials, garbage, generation, issuances, leavers, nonces, profiles, readers, receipts,
        relayed, requests, rescissions, sessions, signing_keys, uploads, usage, wallets, write_grants,
    };
    pub(crate) use super::{past_key_statements, profile_consents, profile_receipts};
}

pub(crate) use idos_database::{Database as Db, Transaction};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

const SETTINGS: Settings = Settings {
    readers: 8,
    sqlite_cache_kib: 32 * 1024,
    rewrite_at_once_bytes: 64 * 1024 * 1024,
    ..Settings::new(&MIGRATIONS, "store_migrations", 0x6964_6f73_0001)
};

/// Opens the database and brings its schema up to date. A SQLite file may grow to so many bytes.
pub(crate) async fn open(url: &str, sqlite_bytes_max: Option<u64>) -> Result<Db, OpenError> {
    Db::open(url, Settings { sqlite_bytes_max, ..SETTINGS }).await
}

/// Opens an existing database for reading only, beside the node that writes it. Its schema must be up to date.
pub(crate) async fn open_to_read(url: &str) -> Result<Db, OpenError> {
    Db::open_to_read(url, Settings { readers: 1, ..SETTINGS }).await
}

#[cfg(test)]
mod tests {
    use idos_grants::DataId;
    use idos_keys::EncryptionKey;
    use sha2::{Digest, Sha256};
    use uuid::Uuid;

    use super::*;

    fn credential(n: u32) -> StoredCredential {
        let digest: [u8; 32] = Sha256::digest(n.to_be_bytes()).into();
        let length = usize::from(digest[0]) * 4;
        StoredCredential {
            data_id: DataId(digest),
            profile_id: Uuid::nil(),
            stored_by: Uuid::nil(),
            original: None,
            blob: hex::encode(&digest[..16]).parse().unwrap(),
            size: 1,
            content_sha256: String::new(),
            sender_key: EncryptionKey::from_bytes([9; 32]).unwrap(),
            recipient_key: EncryptionKey::from_bytes([9; 32]).unwrap(),
            public_notes: format!("MARKER-{n:05}-{}", "x".repeat(length)),
            notes_signature: String::new(),
            issuer: String::new(),
            created_at: u64::from(n),
            shared_with: None,
        }
    }

    /// So many rows that SQLite rearranges its pages, whose traces `secure_delete` alone leaves behind.
    #[tokio::test]
    async fn a_purge_leaves_no_trace_of_deleted_rows() {
        const ROWS: u32 = 3000;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        let db = open(&format!("sqlite:{}", path.display()), None).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        for n in 0..ROWS {
            credentials::insert(&mut tx, &credential(n)).await.unwrap();
        }
        tx.commit().await.unwrap();
        // In the order of their ids, which is none in the table.
        let mut deleted: Vec<_> = (0..ROWS).filter(|n| n % 6 != 0).collect();
        deleted.sort_by_key(|n| credential(*n).data_id);
        let mut tx = db.begin().await.unwrap();
        for n in &deleted {
            credentials::delete(&mut tx, credential(*n).data_id).await.unwrap();
        }
        tx.commit().await.unwrap();
        db.purge().await.unwrap();

        let file = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&file);
        for n in 0..ROWS {
            assert_eq!(text.contains(&format!("MARKER-{n:05}-")), n % 6 == 0, "{n}");
        }
        assert_eq!(std::fs::metadata(path.with_extension("db-wal")).unwrap().len(), 0);
    }
}
