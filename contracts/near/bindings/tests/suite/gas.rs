//! What calls cost, frozen in `contracts/near/snapshots/gas.json`: `UPDATE_SNAPSHOTS=1` writes it.

use std::{collections::BTreeMap, env, fs};

use idos_contracts_near::{
    Bytes32, Method,
    access_grants::{CreateGrant, CreateGrants, HasAccess, RevokeGrant, RevokeGrants},
    credential_status::{Purpose, SetStatus, SetStatusWords, Status, StatusOf, WordChange},
    members_only::{Act, Admit},
    storage::{StorageDeposit, StorageUnregister, StorageWithdraw},
};
use serde_json::{Value, json};

use crate::world::{CLUB, GRANTS, NOW, STATUSES, World, create, data, extend, id, revoke};

const TGAS: u64 = 1_000_000_000_000;
const NEAR: u128 = 10_u128.pow(24);

/// Measures calls one after another.
struct Bench {
    world: World,
    rows: BTreeMap<String, Value>,
}

impl Bench {
    fn measure<M: Method>(&mut self, name: &str, by: &str, contract: &str, method: &M, limit_tgas: u64) {
        let bytes = self.world.bytes(contract);
        let done = self.world.call_paying(by, contract, method, method.deposit());
        let done = done.unwrap_or_else(|refused| panic!("{name}: {}", refused.error));
        let added = i128::from(self.world.bytes(contract)) - i128::from(bytes);
        assert!(done.gas <= limit_tgas * TGAS, "{name}: {} gas, the limit is {limit_tgas} Tgas", done.gas);
        assert!(2 * done.gas <= method.gas(), "{name}: half of what bindings attach must do");
        let row =
            json!({ "contract_gas": done.gas, "transaction_gas": done.total_gas, "state_bytes": added });
        self.rows.insert(name.to_owned(), row);
    }
}

fn ids(bytes: std::ops::Range<u8>) -> impl Iterator<Item = Bytes32> {
    bytes.map(data)
}

#[test]
fn gas_and_bytes_are_the_committed_ones() {
    let mut world = World::new();
    world.at(NOW).open_club();
    for owner in ["alice.near", "carol.near"] {
        world.fund(GRANTS, owner);
    }
    world.fund(STATUSES, "kyc.near");
    // The contracts have been used before: their own record exists.
    world.create("carol.near", "bank.near", 1, 0).unwrap();
    let mut bench = Bench { world, rows: BTreeMap::new() };

    let [alice, kyc] = ["alice.near", "kyc.near"];
    bench.measure("create_grant", alice, GRANTS, &create("bank.near", 1, 0), 5);
    bench.measure("create_grant, locked", alice, GRANTS, &create("bank.near", 2, NOW + 60), 5);
    bench.measure("extend_timelock", alice, GRANTS, &extend("bank.near", 1, NOW + 60), 5);
    let question = HasAccess { owner: id(alice), grantee: id("bank.near"), data_id: data(1) };
    bench.measure("has_access", alice, GRANTS, &question, 3);
    bench.world.at(NOW + 61);
    bench.measure("revoke_grant", alice, GRANTS, &revoke("bank.near", 1), 5);
    let grants =
        ids(10..30).map(|data_id| CreateGrant { grantee: id("bank.near"), data_id, locked_until: 0 });
    bench.measure("create_grants, 20", alice, GRANTS, &CreateGrants { grants: grants.collect() }, 20);
    let grants = ids(10..30).map(|data_id| RevokeGrant { grantee: id("bank.near"), data_id });
    bench.measure("revoke_grants, 20", alice, GRANTS, &RevokeGrants { grants: grants.collect() }, 20);

    let set = |index, status| SetStatus { list: 0, index, status };
    bench.measure("set_status, the first in its word", kyc, STATUSES, &set(0, Status::Revoked), 5);
    bench.measure("set_status", kyc, STATUSES, &set(1, Status::Revoked), 5);
    bench.measure("status_of", kyc, STATUSES, &StatusOf { issuer: id(kyc), list: 0, index: 2 }, 3);
    let word = |word_index| WordChange { word_index, set: Bytes32([0xff; 32]), clear: Bytes32::default() };
    let words =
        SetStatusWords { list: 0, purpose: Purpose::Suspension, changes: (0..20).map(word).collect() };
    bench.measure("set_status_words, 20 new words", kyc, STATUSES, &words, 20);

    let deposit = StorageDeposit { account_id: Some(id("shop.near")), registration_only: None };
    bench.world.call_paying("relayer.near", GRANTS, &deposit, NEAR).unwrap();
    bench.measure("storage_deposit", "relayer.near", GRANTS, &deposit, 5);
    bench.measure("storage_withdraw", "shop.near", GRANTS, &StorageWithdraw { amount: None }, 5);
    bench.measure("storage_unregister", "shop.near", GRANTS, &StorageUnregister { force: None }, 5);

    bench.world.create(alice, "bank.near", 50, 0).unwrap();
    let admit = Admit { owner: id(alice), data_id: data(50), list: 0, index: 6_000 };
    bench.world.call("bank.near", CLUB, &admit).unwrap();
    bench.measure("MembersOnly: act, all promises", alice, CLUB, &Act {}, 10);

    let text = format!("{:#}\n", serde_json::to_value(&bench.rows).unwrap());
    let file = "../snapshots/gas.json";
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(file, text).unwrap();
        return;
    }
    assert_eq!(fs::read_to_string(file).unwrap(), text, "meant? run with UPDATE_SNAPSHOTS=1");
}
