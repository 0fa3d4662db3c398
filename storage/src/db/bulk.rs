//! Statements of many rows. They are of a few sizes only, so that each is prepared once: what is missing to a power of two is filled up with rows
//! that the statement leaves out.

use std::sync::OnceLock;

use crate::batch::BATCH_MAX;

/// Sizes there are: 1, 2, 4 and so on up to [`BATCH_MAX`].
const SIZES: usize = BATCH_MAX.ilog2() as usize + 1;

/// One statement in all its sizes, for both databases.
pub(super) struct BulkSql {
    sqlite: [OnceLock<String>; SIZES],
    postgres: [OnceLock<String>; SIZES],
}

impl BulkSql {
    pub(super) const fn new() -> Self {
        Self { sqlite: [const { OnceLock::new() }; SIZES], postgres: [const { OnceLock::new() }; SIZES] }
    }

    /// The statement for so many rows, a power of two, of `width` columns; written once, by `write` around the list of values.
    pub(super) fn of(
        &self,
        is_postgres: bool,
        rows: usize,
        width: usize,
        write: impl FnOnce(&str) -> String,
    ) -> &str {
        let statements = if is_postgres { &self.postgres } else { &self.sqlite };
        statements[rows.ilog2() as usize].get_or_init(|| write(&values(is_postgres, rows, width)))
    }
}

/// To bind a parameter that has a name, SQLite looks through all of them; so there they have none.
fn values(is_postgres: bool, rows: usize, width: usize) -> String {
    let parameter = |number: usize| if is_postgres { format!("${number}") } else { "?".to_owned() };
    let row = |index: usize| {
        let columns: Vec<_> = (1..=width).map(|column| parameter(index * width + column)).collect();
        format!("({})", columns.join(", "))
    };
    let rows: Vec<_> = (0..rows).map(row).collect();
    format!("VALUES {}", rows.join(", "))
}
