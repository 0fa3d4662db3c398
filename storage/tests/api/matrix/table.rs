//! A table in Markdown.

use std::fmt;

pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(corner: &str, columns: &[&str]) -> Self {
        let head = std::iter::once(corner).chain(columns.iter().copied()).map(str::to_owned);
        Self { rows: vec![head.collect()] }
    }

    pub fn row(&mut self, name: &str, cells: impl Iterator<Item = String>) {
        self.rows.push(std::iter::once(name.to_owned()).chain(cells).collect());
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column| self.rows.iter().filter_map(|row| row.get(column)).map(String::len).max();
        (0..columns).map(|column| width(column).unwrap_or_default()).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for (index, row) in self.rows.iter().enumerate() {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            writeln!(f, "| {} |", cells.collect::<Vec<_>>().join(" | "))?;
            if index == 0 {
                let lines = widths.iter().map(|width| "-".repeat(*width));
                writeln!(f, "| {} |", lines.collect::<Vec<_>>().join(" | "))?;
            }
        }
        Ok(())
    }
}
