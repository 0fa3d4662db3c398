//! What others build on, frozen: the ABI, and the layout of the state.

use credential_status::{CredentialStatus, Status, WORD_COST};
use idos_near_protocol::{
    Bytes32,
    deposits::{Deposit, REGISTRATION_COST},
};
use idos_near_testing::{
    abi_chunks,
    snapshot::{abi, compare, pretty, schema},
    world::hex,
};
use near_sdk::env;
use serde_json::json;

use crate::support::{Verbs, World};

#[test]
fn the_abi_is_the_committed_one() {
    let chunks = abi_chunks![
        __near_abi_contract_source_metadata,
        __near_abi_set_status,
        __near_abi_status_of,
        __near_abi_storage_deposit,
    ];
    compare("../artifacts/credential_status.abi.json", &abi("credential_status", &chunks));
}

#[test]
fn the_layout_of_the_state_is_the_committed_one() {
    let mut world = World::new();
    world.set("kyc.near", 7, 522, Status::Suspended).unwrap();
    // Written out, so that the state can be read by hand: kind, length and characters of the account, list, purpose, word.
    let deposit = env::sha256(b"\x00\x08kyc.near");
    let word = env::sha256(b"\x01\x08kyc.near\x00\x00\x00\x07\x01\x00\x02");
    let record = |key: &[u8]| json!({ "key": hex(key), "value": world.record(key).unwrap() });
    let layout = json!({
        "schema": { "STATE": schema::<CredentialStatus>(), "deposit": schema::<Deposit>(), "word": schema::<Bytes32>() },
        "example": { "STATE": record(b"STATE"), "deposit": record(&deposit), "word": record(&word) },
        "cost_yocto": { "deposit": REGISTRATION_COST.as_yoctonear().to_string(), "word": WORD_COST.as_yoctonear().to_string() },
    });
    compare("snapshots/state.json", &pretty(&layout));
}
