//! The committed wasm is what `build.json` says, and has the functions and errors that these bindings name.

use std::collections::BTreeMap;

use idos_contracts_stellar::{
    Account, Method, Refusal,
    access_grants::{self as ag, GrantRef},
    account::Native,
    credential_status::{self as cs, Purpose, Status},
    members_only,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Bytes that nobody should pass without a look: a contract's code is paid for when it is uploaded and, as rent, for as long as it lives.
const CONTRACTS: [(&str, &[u8], usize); 3] = [
    ("access_grants", ag::WASM, 24_000),
    ("credential_status", cs::WASM, 20_000),
    ("members_only", members_only::WASM, 7_000),
];

#[test]
fn the_wasm_is_what_build_json_says_and_no_larger_than_meant() {
    let info: Value = serde_json::from_str(include_str!("../../../artifacts/build.json")).unwrap();
    for (name, wasm, bytes_max) in CONTRACTS {
        assert_eq!(info["contracts"][name]["sha256"], hex::encode(Sha256::digest(wasm)), "{name}");
        assert_eq!(info["contracts"][name]["bytes"], wasm.len(), "{name}");
        assert!(wasm.len() <= bytes_max, "{name} has {} bytes", wasm.len());
    }
}

#[test]
fn no_path_of_the_building_machine_is_in_the_wasm() {
    for (name, wasm, _) in CONTRACTS {
        for path in ["/home/", "/root/", "/Users/", ".cargo/"] {
            assert!(!wasm.windows(path.len()).any(|window| window == path.as_bytes()), "{name}: {path}");
        }
    }
}

/// Functions with the number of their arguments, and errors with their numbers, of a committed description; `artifacts` hold the wasm that it is of.
struct Description {
    functions: BTreeMap<String, usize>,
    errors: BTreeMap<String, u64>,
}

fn description(json: &str) -> Description {
    let entries: Vec<Value> = serde_json::from_str(json).unwrap();
    let of = |kind: &str| entries.iter().filter_map(|entry| entry.get(kind)).cloned().collect::<Vec<_>>();
    let function =
        |it: &Value| (it["name"].as_str().unwrap().to_owned(), it["inputs"].as_array().unwrap().len());
    let case = |it: &Value| (it["name"].as_str().unwrap().to_owned(), it["value"].as_u64().unwrap());
    let cases = |it: &Value| it["cases"].as_array().unwrap().iter().map(case).collect::<Vec<_>>();
    Description {
        functions: of("function_v0").iter().map(function).collect(),
        errors: of("udt_error_enum_v0").iter().flat_map(cases).collect(),
    }
}

fn function<M: Method>(method: &M) -> (String, usize) {
    (M::NAME.to_owned(), method.args().unwrap().len())
}

#[test]
fn the_bindings_have_every_function_of_access_grants() {
    let (owner, grantee, data_id, nonce) =
        (Account::Account([1; 32]), Account::Contract([2; 32]), [3; 32], [4; 32]);
    let write_grant = ag::WriteGrant {
        owner,
        grantee,
        issuer_key: [5; 32],
        credential_id: [6; 32],
        data_id,
        locked_until: 0,
        not_before: 0,
        not_after: 0,
        nonce,
    };
    let functions = [
        function(&ag::CreateGrant { owner, grantee, data_id, locked_until: 0, proof: None }),
        function(&ag::ExtendTimelock { owner, grantee, data_id, locked_until: 0, proof: None }),
        function(&ag::RevokeGrant { owner, grantee, data_id, proof: None }),
        function(&ag::CreateGrants { owner, grants: vec![], proof: None }),
        function(&ag::RevokeGrants { owner, grants: vec![GrantRef { grantee, data_id }], proof: None }),
        function(&ag::CreateGrantByWriteGrant { write_grant, signature: None }),
        function(&ag::CancelNonce { owner: Native(owner), nonce }),
        function(&ag::HasAccess { owner, grantee, data_id }),
        function(&ag::GrantOf { owner, grantee, data_id }),
        function(&ag::IsNonceUsed { owner, nonce }),
        function(&ag::HistoryHead),
        function(&ag::ExtendTtl { owner, grantee, data_id }),
    ];
    let committed = description(include_str!("../../../snapshots/access_grants.spec.json"));
    assert_eq!(BTreeMap::from(functions), committed.functions);
}

#[test]
fn the_bindings_have_every_function_of_credential_status() {
    let (issuer, list, purpose) = (Account::Ed25519([1; 32]), 7, Purpose::Revocation);
    let functions = [
        function(&cs::SetStatus { issuer, list, index: 0, status: Status::Valid, proof: None }),
        function(&cs::SetStatusWords { issuer, list, purpose, changes: vec![], proof: None }),
        function(&cs::StatusOf { issuer, list, index: 0 }),
        function(&cs::StatusWord { issuer, list, purpose, word_index: 0 }),
        function(&cs::IsNonceUsed { issuer, nonce: [4; 32] }),
        function(&cs::HistoryHead),
        function(&cs::ExtendTtl { issuer, list, purpose, word_index: 0 }),
    ];
    let committed = description(include_str!("../../../snapshots/credential_status.spec.json"));
    assert_eq!(BTreeMap::from(functions), committed.functions);
}

#[test]
fn the_bindings_have_every_error_by_its_number() {
    let refusals = Refusal::ALL.iter().filter(|refusal| **refusal != Refusal::NotMember);
    let refusals: BTreeMap<String, u64> =
        refusals.map(|refusal| (refusal.name().to_owned(), u64::from(refusal.number()))).collect();
    for json in [
        include_str!("../../../snapshots/access_grants.spec.json"),
        include_str!("../../../snapshots/credential_status.spec.json"),
    ] {
        assert_eq!(description(json).errors, refusals);
    }
}
