//! The committed wasm is what `build.json` says, small, and has the methods that the ABI and these bindings name.

use std::{collections::BTreeSet, fs};

use idos_contracts_near::{
    Method, access_grants, credential_status, members_only,
    storage::{StorageBalanceBounds, StorageBalanceOf, StorageDeposit, StorageUnregister, StorageWithdraw},
};
use serde_json::Value;
use sha2::{Digest, Sha256};

const CONTRACTS: [(&str, &[u8]); 3] = [
    ("access_grants", access_grants::WASM),
    ("credential_status", credential_status::WASM),
    ("members_only", members_only::WASM),
];

fn json(file: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(format!("../artifacts/{file}")).unwrap()).unwrap()
}

#[test]
fn the_wasm_is_the_one_that_was_built_and_small() {
    let build = json("build.json");
    for (name, wasm) in CONTRACTS {
        let recorded = &build["contracts"][name];
        assert_eq!(recorded["sha256"], hex::encode(Sha256::digest(wasm)), "{name}: run contracts/near/build");
        assert_eq!(recorded["bytes"], wasm.len(), "{name}");
        assert!(wasm.len() < 150_000, "{name} has {} bytes", wasm.len());
    }
}

#[test]
fn the_wasm_tells_nothing_of_the_machine_that_built_it() {
    for (name, wasm) in CONTRACTS {
        let text = String::from_utf8_lossy(wasm);
        for path in ["/home/", "/root/", "/Users/", ".cargo/"] {
            assert!(!text.contains(path), "{name} contains {path}");
        }
    }
}

#[test]
fn the_abi_has_the_methods_of_the_bindings() {
    use access_grants as grants;
    use credential_status as statuses;
    let storage = [
        StorageDeposit::NAME,
        StorageWithdraw::NAME,
        StorageUnregister::NAME,
        StorageBalanceOf::NAME,
        StorageBalanceBounds::NAME,
        "contract_source_metadata",
    ];
    let of_grants = [
        grants::CreateGrant::NAME,
        grants::CreateGrants::NAME,
        grants::ExtendTimelock::NAME,
        grants::RevokeGrant::NAME,
        grants::RevokeGrants::NAME,
        grants::HasAccess::NAME,
        grants::GrantOf::NAME,
        grants::HistoryHead::NAME,
    ];
    let of_statuses = [
        statuses::SetStatus::NAME,
        statuses::SetStatusWords::NAME,
        statuses::StatusOf::NAME,
        statuses::StatusWord::NAME,
        statuses::HistoryHead::NAME,
    ];
    for (name, methods) in [("access_grants", of_grants.as_slice()), ("credential_status", &of_statuses)] {
        let abi = json(&format!("{name}.abi.json"));
        let functions = abi["body"]["functions"].as_array().unwrap();
        let in_abi =
            functions.iter().map(|function| function["name"].as_str().unwrap()).collect::<BTreeSet<_>>();
        assert_eq!(in_abi, storage.iter().chain(methods).copied().collect(), "{name}");
    }
}
