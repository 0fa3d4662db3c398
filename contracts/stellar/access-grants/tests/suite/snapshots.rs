//! What others build on, frozen.

use idos_stellar_testing::snapshot::{compare, spec};

#[test]
fn the_description_of_functions_types_events_and_errors_is_the_committed_one() {
    let wasm = include_bytes!("../../../artifacts/access_grants.wasm");
    compare("../snapshots/access_grants.spec.json", &spec(wasm));
}
