//! What a contract looks like from outside, compared with the file that was committed. `UPDATE_SNAPSHOTS=1` writes the files instead.

use std::{env, fs, path::Path};

/// What a wasm says of its functions, types, events and errors.
///
/// # Panics
///
/// If it says nothing, or nothing that can be read.
pub fn spec(wasm: &[u8]) -> String {
    let entries = soroban_spec::read::from_wasm(wasm).expect("a contract with a description");
    let lines = entries.iter().map(|entry| serde_json::to_string(entry).expect("a description is JSON"));
    format!("[\n{}\n]\n", lines.collect::<Vec<_>>().join(",\n"))
}

/// Compares `text` with a committed file.
///
/// # Panics
///
/// If they differ.
pub fn compare(path: impl AsRef<Path>, text: &str) {
    let path = path.as_ref();
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(path, text).expect("the snapshot's folder exists");
        return;
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == text,
        "{} is not what the sources give now; meant? run with UPDATE_SNAPSHOTS=1:\n{text}",
        path.display()
    );
}
