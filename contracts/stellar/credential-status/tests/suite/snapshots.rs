//! What others build on, frozen.

use idos_stellar_testing::snapshot::{compare, spec};

#[test]
fn the_description_of_functions_types_events_and_errors_is_the_committed_one() {
    let wasm = include_bytes!("../../../artifacts/credential_status.wasm");
    compare("../snapshots/credential_status.spec.json", &spec(wasm));
}
