//! Who may call what, what may be sent twice, and what is made of a request that is not in order: as tables that are part of the repository.

mod authorization;
mod bad_input;
mod listed;
mod replay;
mod request;
mod role;
mod scene;

pub use scene::consented;

use comfy_table::{Table, presets::ASCII_MARKDOWN};

use crate::support::Answer;

/// An empty table in Markdown.
fn table<'a>(corner: &'a str, columns: impl IntoIterator<Item = &'a str>) -> Table {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_header(std::iter::once(corner).chain(columns));
    table
}

/// An answer in a cell: its status, and its code if it refuses.
fn stated(answer: &Answer) -> String {
    match answer.status {
        200..400 => answer.status.to_string(),
        status => format!("{status} {}", answer.code_text()),
    }
}
