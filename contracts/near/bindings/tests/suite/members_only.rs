//! The example: a contract that asks both contracts by promise, and acts in the callback.

use idos_contracts_near::{
    Refusal,
    credential_status::{SetStatus, Status},
    members_only::{Act, Acts, Admit},
};

use crate::world::{CLUB, Done, GRANTS, Refused, STATUSES, World, data, id};

const LIST: u32 = 7;
const INDEX: u32 = 522;

/// Alice has granted, and is admitted.
fn club() -> World {
    let mut world = World::new();
    world.open_club();
    world.fund(GRANTS, "alice.near");
    world.fund(STATUSES, "kyc.near");
    world.create("alice.near", "bank.near", 1, 0).unwrap();
    let admit = Admit { owner: id("alice.near"), data_id: data(1), list: LIST, index: INDEX };
    world.call("bank.near", CLUB, &admit).unwrap();
    world
}

fn act(world: &mut World, who: &str) -> Result<Done<u32>, Refused> {
    world.call(who, CLUB, &Act {})
}

fn assert_no_member(world: &mut World, who: &str) {
    let acts = world.view(CLUB, &Acts {}).unwrap();
    let refused = act(world, who).unwrap_err();
    assert_eq!(refused.refusal, Some(Refusal::NotMember(id(who))), "{}", refused.error);
    assert_eq!(world.view(CLUB, &Acts {}).unwrap(), acts);
}

fn set_status(world: &mut World, status: Status) {
    world.call("kyc.near", STATUSES, &SetStatus { list: LIST, index: INDEX, status }).unwrap();
}

#[test]
fn a_member_acts_while_her_grant_stands() {
    let mut world = club();
    assert_eq!(act(&mut world, "alice.near").unwrap().answer, 1);
    assert_eq!(act(&mut world, "alice.near").unwrap().answer, 2);
    world.revoke("alice.near", "bank.near", 1).unwrap();
    assert_no_member(&mut world, "alice.near");
    world.create("alice.near", "bank.near", 1, 0).unwrap();
    assert_eq!(act(&mut world, "alice.near").unwrap().answer, 3);
}

#[test]
fn a_member_acts_while_her_credential_is_good() {
    let mut world = club();
    set_status(&mut world, Status::Suspended);
    assert_no_member(&mut world, "alice.near");
    set_status(&mut world, Status::Valid);
    assert_eq!(act(&mut world, "alice.near").unwrap().answer, 1);
    set_status(&mut world, Status::Revoked);
    assert_no_member(&mut world, "alice.near");
}

#[test]
fn who_was_not_admitted_is_no_member() {
    let mut world = club();
    world.fund(GRANTS, "carol.near");
    world.create("carol.near", "bank.near", 2, 0).unwrap();
    assert_no_member(&mut world, "carol.near");
    let admit = Admit { owner: id("carol.near"), data_id: data(2), list: LIST, index: INDEX };
    let refused = world.call("carol.near", CLUB, &admit).unwrap_err();
    assert_eq!(refused.refusal, Some(Refusal::NotConsumer));
    // A grant to somebody else, or over other data, is none to the consumer.
    world.create("alice.near", "shop.near", 3, 0).unwrap();
    world.revoke("alice.near", "bank.near", 1).unwrap();
    assert_no_member(&mut world, "alice.near");
}

#[test]
fn a_question_that_fails_is_a_refusal() {
    for broken in [GRANTS, STATUSES] {
        let mut world = club();
        // Another contract in its place, which knows no such method.
        world.deploy(broken, idos_contracts_near::members_only::WASM);
        assert_no_member(&mut world, "alice.near");
    }
}

#[test]
fn nobody_but_the_contract_brings_the_answers() {
    let mut world = club();
    for caller in ["alice.near", "bank.near"] {
        let refused = world.raw(caller, CLUB, "on_act", r#"{"owner":"alice.near"}"#, 0).unwrap_err();
        assert!(refused.error.contains("Method on_act is private"), "{}", refused.error);
    }
    let args = r#"{"grants":"forger.near","statuses":"forger.near","consumer":"forger.near","issuer":"forger.near"}"#;
    for (caller, reason) in [("alice.near", "Method new is private"), (CLUB, "already been initialized")] {
        let refused = world.raw(caller, CLUB, "new", args, 0).unwrap_err();
        assert!(refused.error.contains(reason), "{}", refused.error);
    }
}
