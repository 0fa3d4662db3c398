//! What each call costs with mainnet's prices and limits, frozen in `snapshots/costs.json`.

use std::{env, fs, path::Path};

use idos_contracts_stellar::{
    Account, MAX_BATCH, Method, access_grants as ag,
    credential_status::{Purpose, SetStatus, SetStatusWords, Status, StatusOf, WordChange},
    members_only::{Act, Admit, Credential},
};
use idos_devnet_stellar::chain::AppliedTransaction;
use serde_json::{Map, Value, json};
use stellar_xdr::{
    Limits, SorobanResources, SorobanTransactionMetaExt, TransactionEnvelope, TransactionExt, WriteXdr,
};

use crate::{
    outcome::{all_events, meta},
    world::{NOW, World, account_of, create, data, extend, id, keys, revoke, verb_text},
};

/// What one transaction used and was charged. Fees are in stroops, 10,000,000 to the lumen.
fn cost(applied: &AppliedTransaction) -> Value {
    assert!(applied.is_success(), "{:?}", applied.result);
    let TransactionEnvelope::Tx(envelope) = &applied.envelope else { panic!("another kind of envelope") };
    let TransactionExt::V1(data) = &envelope.tx.ext else { panic!("no resources") };
    let SorobanResources { footprint, instructions, disk_read_bytes, write_bytes } = &data.resources;
    let SorobanTransactionMetaExt::V1(fees) = &meta(applied).soroban_meta.as_ref().unwrap().ext else {
        panic!("no fees")
    };
    let events = all_events(applied);
    let event_bytes: usize = events.iter().map(|event| event.to_xdr(Limits::none()).unwrap().len()).sum();
    json!({
        "instructions": instructions,
        "read_only_entries": footprint.read_only.len(),
        "read_write_entries": footprint.read_write.len(),
        "disk_read_bytes": disk_read_bytes,
        "write_bytes": write_bytes,
        "event_bytes": event_bytes,
        "transaction_bytes": applied.envelope.to_xdr(Limits::none()).unwrap().len(),
        "rent": fees.rent_fee_charged,
        "fee": applied.result.fee_charged,
    })
}

struct Costs {
    world: World,
    calls: Map<String, Value>,
}

impl Costs {
    fn call<M: Method>(
        &mut self,
        name: &str,
        by: &str,
        contract: idos_contracts_stellar::ContractId,
        method: &M,
    ) {
        let done = self.world.call(by, contract, method).map_err(|refused| refused.error).unwrap();
        self.calls.insert(name.to_owned(), cost(&done.applied));
    }
}

fn grantees(count: usize) -> impl Iterator<Item = (Account, [u8; 32])> {
    // The longest kind of account.
    (0..count).map(|at| (Account::Secp256k1([2; 33]), data(100 + at as u8)))
}

fn grants(costs: &mut Costs) {
    let grants = costs.world.grants;
    let owner = id("alice");
    // The contract is in use: the head exists, and owner and grantee are known.
    costs.world.create("alice", "bank", 9, 0).unwrap();
    costs.call("create_grant", "alice", grants, &create("alice", "bank", 1, NOW + 1_000_000));
    costs.call("extend_timelock", "alice", grants, &extend("alice", "bank", 1, NOW + 1_000_001));
    costs.call("revoke_grant", "alice", grants, &revoke("alice", "bank", 9));
    let relayed = costs.world.relay("alice", grants, &create("alice", "bank", 2, 0)).unwrap();
    costs.calls.insert(
        "create_grant, authorized by the owner and sent by another".to_owned(),
        cost(&relayed.applied),
    );
    for (at, key) in keys().into_iter().enumerate() {
        let owner = account_of(&key);
        let text = verb_text("create a grant", &owner, &id("bank"), 1, Some(0));
        let proof = Some(costs.world.proof(&key, grants, &text, at as u8, u64::MAX));
        let call = ag::CreateGrant { owner, grantee: id("bank"), data_id: data(1), locked_until: 0, proof };
        costs.call(&format!("create_grant, signed by a bare {} key", key.curve()), "relayer", grants, &call);
    }
    for count in [20, MAX_BATCH] {
        let new =
            grantees(count).map(|(grantee, data_id)| ag::NewGrant { grantee, data_id, locked_until: 0 });
        let call = ag::CreateGrants { owner, grants: new.collect(), proof: None };
        costs.call(&format!("create_grants, {count}"), "alice", grants, &call);
        let refs = grantees(count).map(|(grantee, data_id)| ag::GrantRef { grantee, data_id });
        let call = ag::RevokeGrants { owner, grants: refs.collect(), proof: None };
        costs.call(&format!("revoke_grants, {count}"), "alice", grants, &call);
    }
    let key = &keys()[1];
    let owner = account_of(key);
    let mut text = format!("idOS AccessGrants: create grants\n\nOwner: {owner}\nGrants: {MAX_BATCH}");
    for (grantee, data_id) in grantees(MAX_BATCH) {
        text += &format!("\nGrantee: {grantee}\nData Id: {}\nLocked Until: 0", hex::encode(data_id));
    }
    let proof = Some(costs.world.proof(key, grants, &text, 9, u64::MAX));
    let new =
        grantees(MAX_BATCH).map(|(grantee, data_id)| ag::NewGrant { grantee, data_id, locked_until: 0 });
    let call = ag::CreateGrants { owner, grants: new.collect(), proof };
    costs.call(
        &format!("create_grants, {MAX_BATCH}, signed by a bare secp256k1 key"),
        "relayer",
        grants,
        &call,
    );
    costs.call("has_access", "relayer", grants, &question());
}

fn question() -> ag::HasAccess {
    ag::HasAccess { owner: id("alice"), grantee: id("bank"), data_id: data(1) }
}

fn statuses(costs: &mut Costs) {
    let statuses = costs.world.statuses;
    let set = |index, status| SetStatus { issuer: id("kyc"), list: 7, index, status, proof: None };
    costs.world.call("kyc", statuses, &set(1, Status::Revoked)).unwrap();
    costs.call("set_status", "kyc", statuses, &set(2, Status::Revoked));
    costs.call("set_status, the first in its word", "kyc", statuses, &set(522, Status::Revoked));
    let change = |word_index| WordChange { word_index, set: [0xff; 32], clear: [0; 32] };
    for count in [20, MAX_BATCH as u16] {
        let changes = (100..100 + count).map(change).collect();
        let call = SetStatusWords {
            issuer: id("kyc"),
            list: u32::from(count),
            purpose: Purpose::Suspension,
            changes,
            proof: None,
        };
        costs.call(&format!("set_status_words, {count} new words"), "kyc", statuses, &call);
    }
    costs.call("status_of", "relayer", statuses, &StatusOf { issuer: id("kyc"), list: 7, index: 1_000 });
}

/// While the contract itself is live: an archived one costs as much as its upload.
fn upkeep(costs: &mut Costs) {
    let grants = costs.world.grants;
    costs.world.skip(17_280 * 100);
    let call = ag::ExtendTtl { owner: id("alice"), grantee: id("bank"), data_id: data(1) };
    costs.call("extend_ttl, after 100 days", "relayer", grants, &call);
    costs.world.skip(17_280 * 100);
    costs.call("has_access, after 100 more days: the contract is restored", "relayer", grants, &question());
    costs.world.skip(17_280 * 100);
    costs.call("has_access, after 100 more days: the grant is restored", "relayer", grants, &question());
}

fn club(costs: &mut Costs) {
    let club = costs.world.open_club();
    let owner = idos_contracts_stellar::account::Native(id("alice"));
    let credential = Credential { data_id: data(1), list: 7, index: 1_000 };
    costs.world.call("bank", club, &Admit { owner, credential }).unwrap();
    costs.world.call("alice", club, &Act { owner }).unwrap();
    costs.call("MembersOnly: act, with both questions", "alice", club, &Act { owner });
}

#[test]
fn each_call_costs_what_the_snapshot_says() {
    let mut costs = Costs { world: World::new(), calls: Map::new() };
    for (name, wasm) in [
        ("upload of access_grants.wasm", ag::WASM),
        ("upload of credential_status.wasm", idos_contracts_stellar::credential_status::WASM),
    ] {
        // On a network that does not have it yet.
        let mut world = World::empty();
        let cost = cost(&world.upload(wasm));
        costs.calls.insert(name.to_owned(), cost);
    }
    grants(&mut costs);
    statuses(&mut costs);
    club(&mut costs);
    upkeep(&mut costs);
    for (name, cost) in &costs.calls {
        assert!(cost["event_bytes"].as_u64().unwrap() <= 16_384, "{name}");
        assert!(cost["instructions"].as_u64().unwrap() <= 400_000_000, "{name}");
    }
    let text = format!("{:#}\n", Value::Object(costs.calls));
    let path = Path::new("../snapshots/costs.json");
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(path, text).unwrap();
        return;
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert!(committed == text, "costs changed; meant? run with UPDATE_SNAPSHOTS=1:\n{text}");
}
