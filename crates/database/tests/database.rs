//! Opening, writing and filling up, on SQLite and PostgreSQL.

#![allow(clippy::unwrap_used, reason = "what fails here is a failed test")]

use std::time::Duration;

use idos_database::{Database, DatabaseError, Kind, OpenError, Settings};
use idos_testdb::{TestDatabase, each};
use sqlx::{AnyConnection, AssertSqlSafe, Row, migrate::Migrator};

static MIGRATIONS: Migrator = sqlx::migrate!("./tests/migrations");

const SETTINGS: Settings = Settings::new(&MIGRATIONS, "test_migrations", 7);

async fn add(db: &mut AnyConnection, word: &str) -> Result<(), DatabaseError> {
    sqlx::query("INSERT INTO test_words VALUES ($1)").bind(word).execute(db).await?;
    Ok(())
}

async fn words(database: &Database) -> i64 {
    let mut db = database.reader().await.unwrap();
    let row = sqlx::query("SELECT CAST(COUNT(*) AS BIGINT) FROM test_words").fetch_one(&mut *db).await;
    row.unwrap().get(0)
}

#[tokio::test]
async fn what_is_committed_is_there_after_opening_again_and_readers_write_nothing() {
    each(async |at| {
        let database = Database::open(at.url(), SETTINGS).await.unwrap();
        assert_eq!(database.is_shared(), at.name() == "postgres");
        let mut tx = database.command().await.unwrap();
        add(&mut tx, "one").await.unwrap();
        tx.commit().await.unwrap();
        drop(database.begin().await.unwrap());
        assert!(add(&mut database.reader().await.unwrap(), "two").await.is_err(), "a reader");
        database.purge().await.unwrap();
        database.close().await;
        assert!(!database.is_alive().await);
        assert!(matches!(database.reader().await, Err(DatabaseError::Gone(_))));

        let reopened = Database::open(at.url(), SETTINGS).await.unwrap();
        assert_eq!(words(&reopened).await, 1);
        let beside = Database::open_to_read(at.url(), SETTINGS).await.unwrap();
        assert_eq!(words(&beside).await, 1);
        let written = async {
            let mut tx = beside.begin().await?;
            add(&mut tx, "two").await
        };
        assert!(written.await.is_err(), "opened to read");
        beside.close().await;
        reopened.close().await;
    })
    .await;
}

#[tokio::test]
async fn two_parts_share_a_database_with_a_list_of_migrations_each() {
    each(async |at| {
        static OTHERS: Migrator = Migrator::DEFAULT;
        let one = Database::open(at.url(), SETTINGS).await.unwrap();
        let other = Settings { readers: 0, ..Settings::new(&OTHERS, "other_migrations", 8) };
        let other = Database::open(at.url(), other).await.unwrap();
        assert_eq!((words(&one).await, words(&other).await), (0, 0));
        other.close().await;
        one.close().await;
    })
    .await;
}

#[tokio::test]
async fn commands_come_one_after_the_other() {
    each(async |at| {
        let database = Database::open(at.url(), SETTINGS).await.unwrap();
        let first = database.command().await.unwrap();
        let second = tokio::spawn({
            let database = database.clone();
            async move { database.command().await.unwrap().commit().await }
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!second.is_finished());
        first.commit().await.unwrap();
        second.await.unwrap().unwrap();
        database.close().await;
    })
    .await;
}

#[tokio::test]
async fn who_waits_too_long_for_a_connection_is_told_that_it_is_busy() {
    each(async |at| {
        let settings =
            Settings { acquire_timeout: Duration::from_millis(50), postgres_writers: 1, ..SETTINGS };
        let database = Database::open(at.url(), settings).await.unwrap();
        let held = database.begin().await.unwrap();
        assert!(matches!(database.begin().await, Err(DatabaseError::Busy)));
        drop(held);
        database.close().await;
    })
    .await;
}

/// SQLite by its bound, PostgreSQL by what its server says.
#[tokio::test]
async fn a_full_disk_keeps_nothing_of_the_transaction_and_loses_nothing_else() {
    each(async |at| {
        let settings = Settings { sqlite_bytes_max: Some(64 * 1024), ..SETTINGS };
        let database = Database::open(at.url(), settings).await.unwrap();
        let mut tx = database.command().await.unwrap();
        add(&mut tx, "one").await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = database.command().await.unwrap();
        add(&mut tx, "two").await.unwrap();
        assert!(matches!(fill(&at, &database, &mut tx).await, DatabaseError::Full));
        drop(tx);
        assert_eq!(words(&database).await, 1);
        let mut tx = database.command().await.unwrap();
        add(&mut tx, "three").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(words(&database).await, 2, "what still has room");
        database.close().await;
    })
    .await;
}

async fn fill(at: &TestDatabase, database: &Database, tx: &mut AnyConnection) -> DatabaseError {
    if database.kind() == Kind::Sqlite {
        return add(tx, &"x".repeat(100_000)).await.unwrap_err();
    }
    assert_eq!(at.name(), "postgres");
    let sql = "DO $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$";
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(tx).await.map(drop).unwrap_err().into()
}

#[tokio::test]
async fn what_is_no_database_or_is_not_there_does_not_open() {
    let opened = Database::open("mysql://localhost/x", SETTINGS).await;
    assert!(matches!(opened, Err(OpenError::UnknownDatabase { .. })));
    let directory = tempfile::tempdir().unwrap();
    let url = idos_database::sqlite_url(&directory.path().join("missing.db"));
    assert!(matches!(Database::open_to_read(&url, SETTINGS).await, Err(OpenError::Database(_))));
}
