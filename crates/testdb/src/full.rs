//! A database whose disk is full.

use sqlx::{AnyConnection, AssertSqlSafe, Connection};

/// Takes up all the room that `bytes_max` leaves: what SQLite's writer is bound to, so that it needs such a bound. On PostgreSQL each of `tables` answers
/// as on a full disk. Small writes may still find room on SQLite: go on until one does not.
pub async fn fill_up(url: &str, bytes_max: u64, tables: &[&str]) {
    let mut statements = Vec::new();
    if is_postgres(url) {
        statements.push(
            "CREATE OR REPLACE FUNCTION testdb_full() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$"
                .to_owned(),
        );
        statements.extend(tables.iter().map(|table| {
            format!(
                "CREATE TRIGGER testdb_full BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION testdb_full()"
            )
        }));
    } else {
        statements.push("CREATE TABLE testdb_full (filler BLOB)".to_owned());
        statements.push(format!("INSERT INTO testdb_full VALUES (zeroblob({bytes_max}))"));
    }
    run(url, statements).await;
}

/// Gives the room back.
pub async fn make_room(url: &str, tables: &[&str]) {
    let statements = if is_postgres(url) {
        tables.iter().map(|table| format!("DROP TRIGGER testdb_full ON {table}")).collect()
    } else {
        vec!["DROP TABLE testdb_full".to_owned()]
    };
    run(url, statements).await;
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres")
}

async fn run(url: &str, statements: Vec<String>) {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await.expect("a connection");
    for sql in statements {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.expect("a statement");
    }
    connection.close().await.expect("an end");
}
