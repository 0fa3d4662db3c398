//! Arguments that are none: refused with words that say why, and without a trace.

use idos_contracts_near::{
    Refusal,
    access_grants::{self, GrantOf},
    credential_status::{LIST_SIZE, StatusOf},
};

use crate::world::{GRANTS, NOW, STATUSES, World, create, extend, id, logs};

/// A good call, with one part of its JSON replaced.
fn create_with(from: &str, to: &str) -> String {
    let digits = "ab".repeat(32);
    let good = format!(r#"{{"grantee":"bank.near","data_id":"{digits}","locked_until":"0"}}"#);
    assert!(good.contains(from));
    good.replace(from, to)
}

#[test]
fn arguments_that_cannot_be_read_are_refused_by_what_is_wrong_with_them() {
    let mut world = World::new();
    world.fund(GRANTS, "alice.near");
    world.raw("alice.near", GRANTS, "create_grant", &create_with("", ""), 0).unwrap();
    let digits = "ab".repeat(32);
    let table = [
        ("63 digits", create_with(&digits, &digits[1..]), "expected 64 lower-case hex digits"),
        ("65 digits", create_with(&digits, &format!("{digits}0")), "expected 64 lower-case hex digits"),
        ("upper case", create_with(&digits, &digits.to_uppercase()), "expected 64 lower-case hex digits"),
        ("0x", create_with(&digits, &format!("0x{}", &digits[2..])), "expected 64 lower-case hex digits"),
        (
            "a number for a data id",
            create_with(&format!("\"{digits}\""), "7"),
            "expected 64 lower-case hex digits",
        ),
        ("a 65-byte grantee", create_with("bank.near", &"b".repeat(65)), "too long"),
        ("a one-byte grantee", create_with("bank.near", "b"), "too short"),
        ("an upper-case grantee", create_with("bank.near", "Bank.near"), "invalid character"),
        ("no grantee", create_with("\"grantee\":\"bank.near\",", ""), "missing field `grantee`"),
        ("no lock", create_with(",\"locked_until\":\"0\"", ""), "missing field `locked_until`"),
        ("a lock as a number", create_with("\"0\"", "0"), "expected a string"),
        ("a lock beyond 64 bits", create_with("\"0\"", "\"18446744073709551616\""), "too large"),
        ("a negative lock", create_with("\"0\"", "\"-1\""), "invalid digit"),
        (
            "an owner, as if one could name it",
            create_with("\"grantee\"", "\"owner\":\"carol.near\",\"grantee\""),
            "unknown field `owner`",
        ),
        (
            "a field twice",
            create_with("\"grantee\"", "\"grantee\":\"shop.near\",\"grantee\""),
            "duplicate field `grantee`",
        ),
        ("no JSON", create_with("{", "["), "expected"),
        ("nothing", String::new(), "EOF"),
    ];
    for (name, args, reason) in table {
        let refused = world.raw("alice.near", GRANTS, "create_grant", &args, 0).unwrap_err();
        assert!(refused.error.contains(reason), "{name}: {}", refused.error);
    }
}

#[test]
fn items_of_a_batch_are_read_as_strictly() {
    let mut world = World::new();
    world.fund(GRANTS, "alice.near");
    let item = create_with("", "");
    let batch = |items: &str| format!(r#"{{"grants":[{items}]}}"#);
    world.raw("alice.near", GRANTS, "create_grants", &batch(&item), 0).unwrap();
    for (name, items, reason) in [
        ("upper case", create_with("ab", "AB"), "expected 64 lower-case hex digits"),
        ("an owner", create_with("\"grantee\"", "\"owner\":\"x.near\",\"grantee\""), "unknown field `owner`"),
        ("a long grantee", create_with("bank.near", &"b".repeat(65)), "too long"),
    ] {
        let refused = world.raw("alice.near", GRANTS, "create_grants", &batch(&items), 0).unwrap_err();
        assert!(refused.error.contains(reason), "{name}: {}", refused.error);
    }
}

#[test]
fn statuses_are_read_as_strictly() {
    let mut world = World::new();
    world.fund(STATUSES, "kyc.near");
    for (name, args, reason) in [
        ("unknown status", r#"{"list":0,"index":0,"status":"Revoked"}"#, "unknown variant"),
        ("a status by number", r#"{"list":0,"index":0,"status":2}"#, "expected value"),
        ("a list beyond 32 bits", r#"{"list":4294967296,"index":0,"status":"revoked"}"#, "invalid value"),
        ("a negative index", r#"{"list":0,"index":-1,"status":"revoked"}"#, "invalid value"),
        ("an issuer", r#"{"issuer":"x.near","list":0,"index":0,"status":"revoked"}"#, "unknown field"),
    ] {
        let refused = world.raw("kyc.near", STATUSES, "set_status", args, 0).unwrap_err();
        assert!(refused.error.contains(reason), "{name}: {}", refused.error);
    }
}

#[test]
fn a_lock_in_milliseconds_or_nanoseconds_locks_nothing() {
    let mut world = World::new();
    world.at(NOW).fund(GRANTS, "alice.near");
    for factor in [1_000, 1_000_000, 1_000_000_000] {
        let lock = (NOW + 60) * factor;
        let refused = world.create("alice.near", "bank.near", 1, lock).unwrap_err();
        assert_eq!(refused.refusal, Some(Refusal::InvalidTimelock(lock)));
    }
    world.create("alice.near", "bank.near", 1, 0).unwrap();
    let lock = (NOW + 60) * 1_000;
    let refused = world.call("alice.near", GRANTS, &extend("bank.near", 1, lock)).unwrap_err();
    assert_eq!(refused.refusal, Some(Refusal::InvalidTimelock(lock)));
    world.revoke("alice.near", "bank.near", 1).unwrap();
}

#[test]
fn verbs_that_are_not_payable_refuse_a_deposit() {
    let mut world = World::new();
    world.fund(GRANTS, "alice.near");
    world.create("alice.near", "bank.near", 1, 0).unwrap();
    for (method, args) in [
        ("revoke_grant", serde_json::to_string(&crate::world::revoke("bank.near", 1)).unwrap()),
        ("extend_timelock", serde_json::to_string(&extend("bank.near", 1, NOW * 2)).unwrap()),
    ] {
        let before = world.yocto(GRANTS);
        let refused = world.raw("alice.near", GRANTS, method, &args, 1).unwrap_err();
        assert!(refused.error.contains("doesn't accept deposit"), "{}", refused.error);
        assert_eq!(world.yocto(GRANTS), before);
    }
}

#[test]
fn nobody_but_the_owner_touches_a_grant() {
    let mut world = World::new();
    world.at(NOW).fund(GRANTS, "alice.near");
    world.create("alice.near", "bank.near", 1, 0).unwrap();
    // The grantee, a stranger, and whoever holds the contract's own key.
    for caller in ["bank.near", "forger.near", GRANTS] {
        let revoked = world.revoke(caller, "bank.near", 1).unwrap_err();
        let extended = world.call(caller, GRANTS, &extend("bank.near", 1, NOW + 60)).unwrap_err();
        assert_eq!(
            [revoked.refusal, extended.refusal],
            [Some(Refusal::GrantNotFound), Some(Refusal::GrantNotFound)],
            "{caller}"
        );
    }
    let question =
        GrantOf { owner: id("alice.near"), grantee: id("bank.near"), data_id: crate::world::data(1) };
    assert_eq!(world.view(GRANTS, &question).unwrap().unwrap().locked_until, 0);
}

#[test]
fn there_is_no_way_in_but_the_verbs() {
    let mut world = World::new();
    for contract in [GRANTS, STATUSES] {
        for method in ["new", "init", "migrate", "upgrade", "set_owner", "pause", "state"] {
            let refused = world.raw(contract, contract, method, "{}", 0).unwrap_err();
            assert!(refused.error.contains("MethodNotFound"), "{contract} {method}: {}", refused.error);
        }
    }
}

#[test]
fn a_call_that_runs_out_of_gas_leaves_nothing() {
    let mut world = World::new();
    world.fund(GRANTS, "alice.near");
    let args = serde_json::to_vec(&create("bank.near", 1, 0)).unwrap();
    for tenths in [1, 5, 10, 14] {
        let call = crate::world::function_call("create_grant", args.clone(), tenths * 100_000_000_000, 0);
        let outcome = world.send("alice.near", GRANTS, vec![call]);
        let status = format!("{:?}", outcome.final_outcome.status);
        if !status.contains("Exceeded the prepaid gas") {
            assert!(status.contains("SuccessValue"), "{status}");
            return;
        }
        assert!(!world.has_access("alice.near", "bank.near", 1));
        assert_eq!(world.head(GRANTS), [0; 32]);
    }
}

#[test]
fn a_view_names_its_refusal_too() {
    let world = World::new();
    let question = StatusOf { issuer: id("kyc.near"), list: 0, index: LIST_SIZE };
    let refused = world.view(STATUSES, &question).unwrap_err();
    assert_eq!(refused.refusal, Some(Refusal::IndexOutOfRange(LIST_SIZE)), "{}", refused.error);
}

/// The same code at another account logs the very same lines. They are not this contract's.
#[test]
fn another_contract_that_says_the_same_changes_nothing_here() {
    let mut world = World::new();
    world.deploy("forger.near", access_grants::WASM);
    world.fund("forger.near", "alice.near");
    let forged = world.call("alice.near", "forger.near", &create("bank.near", 1, 0)).unwrap();
    let lines = logs("forger.near", &forged.outcome);
    assert!(access_grants::Event::parse(&lines[0]).unwrap().is_some());
    assert_eq!(logs(GRANTS, &forged.outcome), [""; 0]);
    assert_eq!((world.head(GRANTS), world.has_access("alice.near", "bank.near", 1)), ([0; 32], false));
}
