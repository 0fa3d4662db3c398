//! Who may call what, and what may be sent twice: as tables that are part of the repository.

mod authorization;
mod replay;
mod request;
mod role;
mod scene;

use comfy_table::{Table, presets::ASCII_MARKDOWN};

/// An empty table in Markdown.
fn table<'a>(corner: &'a str, columns: impl IntoIterator<Item = &'a str>) -> Table {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_header(std::iter::once(corner).chain(columns));
    table
}
