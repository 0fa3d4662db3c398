//! What others build on, frozen: the ABI, and the layout of the state.

use access_grants::{AccessGrants, GRANT_COST, Grant};
use idos_near_protocol::deposits::{Deposit, REGISTRATION_COST};
use idos_near_testing::{
    abi_chunks,
    snapshot::{abi, compare, pretty, schema},
    world::hex,
};
use near_sdk::env;
use serde_json::json;

use crate::support::{NOW, Verbs, World, data};

#[test]
fn the_abi_is_the_committed_one() {
    let chunks = abi_chunks![
        __near_abi_contract_source_metadata,
        __near_abi_create_grant,
        __near_abi_has_access,
        __near_abi_storage_deposit,
    ];
    compare("../artifacts/access_grants.abi.json", &abi("access_grants", &chunks));
}

#[test]
fn the_layout_of_the_state_is_the_committed_one() {
    let mut world = World::new();
    world.create("alice.near", "bank.near", 1, NOW + 60, NOW).unwrap();
    // Written out, so that the state can be read by hand: kind, length and characters of each account, data id.
    let deposit = env::sha256(b"\x00\x0aalice.near");
    let grant = env::sha256([b"\x01\x0aalice.near\x09bank.near".as_slice(), &data(1).0].concat());
    let record = |key: &[u8]| json!({ "key": hex(key), "value": world.record(key).unwrap() });
    let layout = json!({
        "schema": { "STATE": schema::<AccessGrants>(), "deposit": schema::<Deposit>(), "grant": schema::<Grant>() },
        "example": { "STATE": record(b"STATE"), "deposit": record(&deposit), "grant": record(&grant) },
        "cost_yocto": { "deposit": REGISTRATION_COST.as_yoctonear().to_string(), "grant": GRANT_COST.as_yoctonear().to_string() },
    });
    compare("snapshots/state.json", &pretty(&layout));
}
