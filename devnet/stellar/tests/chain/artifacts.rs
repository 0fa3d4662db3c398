//! The contracts of this repository, as they are built.

use std::path::Path;

use crate::support::contract::{create, created_contract};
use crate::support::{World, key};

fn wasm(name: &str) -> Vec<u8> {
    let artifacts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/stellar/artifacts");
    std::fs::read(artifacts.join(name).with_extension("wasm")).unwrap()
}

#[test]
fn they_are_uploaded_and_created_within_mainnets_limits() {
    let mut world = World::with(&["alice"]);
    let alice = key("alice");
    for (salt, name) in (0..).zip(["access_grants", "credential_status"]) {
        let wasm_hash = world.upload(&alice, &wasm(name));
        let created = world.invoke(&alice, create(&alice, &wasm_hash, salt));
        assert!(created.is_success(), "{name}: {:?}", created.result);
        let deployed = created_contract(&created, wasm_hash);
        let head = world.call(&alice, &deployed, "history_head", vec![]);
        assert!(matches!(head, stellar_xdr::ScVal::Bytes(_)), "{name}: {head:?}");
    }
}
