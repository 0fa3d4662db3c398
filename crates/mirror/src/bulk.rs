//! Statements over many rows.

use sqlx::AnyConnection;

/// What makes statements over many rows fast differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
}

impl Dialect {
    pub(crate) fn of(connection: &AnyConnection) -> Self {
        if connection.backend_name() == "SQLite" { Self::Sqlite } else { Self::Postgres }
    }

    /// What follows `INSERT` or `UPDATE`. A statement that fails ends the transaction here anyway; SQLite, unless told so, copies every
    /// page before it changes it, to be able to undo the statement alone.
    pub(crate) fn or_fail(self) -> &'static str {
        match self {
            Self::Postgres => "",
            Self::Sqlite => "OR FAIL ",
        }
    }

    /// The first `rows * columns` parameters: `($1,$2),($3,$4)`.
    pub(crate) fn values(self, rows: usize, columns: usize) -> String {
        let mut sql = String::with_capacity(rows * (columns * 6 + 2));
        for row in 0..rows {
            sql.push_str(if row == 0 { "(" } else { "),(" });
            for column in 1..=columns {
                if column > 1 {
                    sql.push(',');
                }
                sql.push_str(&self.parameter(row * columns + column));
            }
        }
        sql.push(')');
        sql
    }

    /// `FROM`: for each of `keys` keys, the rows named `found` of `table` that match it by `condition`, in which the key's `columns` parts
    /// are `key.column1` and so on. The two ways of saying so are those in which each database looks keys up one by one, whatever
    /// it believes of the table: without statistics either might read all of it.
    pub(crate) fn each_key(self, keys: usize, columns: usize, table: &str, condition: &str) -> String {
        let values = self.values(keys, columns);
        let rows = match self {
            Self::Postgres => {
                format!("LATERAL (SELECT * FROM {table} found WHERE {condition} OFFSET 0) AS found")
            }
            Self::Sqlite => format!("{table} found WHERE {condition}"),
        };
        format!("FROM (VALUES {values}) AS key CROSS JOIN {rows}")
    }

    /// Parameter `n`, counted from 1; parameters must stand in the order in which they are bound. Both databases take `$1`, but SQLite
    /// takes it for a name, and looks each name up in a list of all: in a statement of thousands, most of the time goes there.
    pub(crate) fn parameter(self, n: usize) -> String {
        match self {
            Self::Postgres => format!("${n}"),
            Self::Sqlite => "?".to_owned(),
        }
    }
}

/// Splits `items` into pieces of `max` (a power of two) and then of smaller powers of two: few different statements,
/// each prepared once.
pub(crate) fn pieces<T>(mut items: &[T], max: usize) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = if items.len() >= max { max } else { 1usize.checked_shl(items.len().checked_ilog2()?)? };
        let (piece, rest) = items.split_at(size);
        items = rest;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_powers_of_two_and_hold_everything_in_order() {
        let items: Vec<u32> = (0..27).collect();
        let sizes: Vec<usize> = pieces(&items, 8).map(<[u32]>::len).collect();
        assert_eq!(sizes, [8, 8, 8, 2, 1]);
        assert_eq!(pieces(&items, 8).flatten().copied().collect::<Vec<_>>(), items);
        assert_eq!(pieces(&items[..0], 8).count(), 0);
    }

    #[test]
    fn parameters_are_written_as_the_database_likes_them() {
        assert_eq!(Dialect::Postgres.values(2, 2), "($1,$2),($3,$4)");
        assert_eq!(Dialect::Sqlite.values(2, 2), "(?,?),(?,?)");
    }
}
