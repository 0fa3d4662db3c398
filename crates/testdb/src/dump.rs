//! What a database holds, as text that two databases can be compared by.

use sqlx::{AnyPool, AssertSqlSafe, Column, Row, TypeInfo, ValueRef, any::AnyRow};

/// Every row of these tables, each table in the order of those columns.
pub async fn dump(url: &str, tables: &[(&str, &str)]) -> Vec<String> {
    sqlx::any::install_default_drivers();
    let pool = AnyPool::connect(url).await.expect("a connection");
    let mut lines = Vec::new();
    for (table, order) in tables {
        let sql = format!("SELECT * FROM {table} ORDER BY {order}");
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&pool).await.expect("rows");
        lines.extend(rows.iter().map(|row| format!("{table}: {}", text(row))));
    }
    pool.close().await;
    lines
}

fn text(row: &AnyRow) -> String {
    let cells =
        row.columns().iter().map(|column| format!("{}={}", column.name(), cell(row, column.ordinal())));
    cells.collect::<Vec<_>>().join(" ")
}

fn cell(row: &AnyRow, column: usize) -> String {
    let raw = row.try_get_raw(column).expect("a cell");
    match (raw.is_null(), raw.type_info().name()) {
        (true, _) => "NULL".to_owned(),
        (false, "TEXT") => row.get(column),
        (false, _) => row.get::<i64, _>(column).to_string(),
    }
}
