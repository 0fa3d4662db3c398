//! What a contract looks like from outside, compared with the file that was committed. `UPDATE_SNAPSHOTS=1` writes the files instead.

use std::{env, fs, path::Path};

use near_abi::{__private::ChunkedAbiEntry, AbiMetadata, AbiRoot};

/// What near-sdk exports for each `#[near] impl` block on the host: where the block's part of the ABI is, as JSON that lives for ever.
#[allow(improper_ctypes_definitions, reason = "both ends are built by the same compiler")]
pub type AbiChunk = extern "C" fn() -> (*const u8, usize);

/// Declares a contract's [`AbiChunk`]s, each named after the first method of its block, and makes an array of them.
#[macro_export]
macro_rules! abi_chunks {
    ($($first_method:ident),+ $(,)?) => {{
        #[allow(improper_ctypes, reason = "both ends are built by the same compiler")]
        unsafe extern "C" {
            $(safe fn $first_method() -> (*const u8, usize);)+
        }
        [$({
            #[allow(improper_ctypes_definitions, reason = "as above")]
            extern "C" fn chunk() -> (*const u8, usize) {
                $first_method()
            }
            chunk as $crate::snapshot::AbiChunk
        }),+]
    }};
}

/// The ABI of a contract, in the format of [near-abi](https://github.com/near/abi).
pub fn abi(name: &str, chunks: &[AbiChunk]) -> String {
    let entries = chunks.iter().map(|chunk| {
        let (start, length) = chunk();
        // SAFETY: near-sdk hands out the whole of a leaked vector.
        let json = unsafe { std::slice::from_raw_parts(start, length) };
        serde_json::from_slice::<ChunkedAbiEntry>(json).expect("a part of an ABI")
    });
    let whole = ChunkedAbiEntry::combine(entries).expect("parts that fit together");
    let metadata = AbiMetadata { name: Some(name.to_owned()), ..AbiMetadata::default() };
    let root: AbiRoot = whole.into_abi_root(metadata);
    pretty(&serde_json::to_value(root).expect("an ABI is JSON"))
}

/// JSON with two spaces and a newline at the end.
pub fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
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

/// How borsh writes a type.
pub fn schema<T: near_sdk::borsh::BorshSchema>() -> serde_json::Value {
    let container = near_sdk::borsh::schema::BorshSchemaContainer::for_type::<T>();
    let text = |(name, definition): (&String, &_)| (name.clone(), format!("{definition:?}").into());
    serde_json::Value::Object(container.definitions().map(text).collect())
}
