//! The example: a contract that asks both contracts in the same call.

use idos_contracts_stellar::{
    ContractId, Refusal,
    account::Native,
    credential_status::{SetStatus, Status},
    members_only::{Act, Acts, Admit, Credential},
};

use crate::world::{World, data, id};

const LIST: u32 = 7;
const INDEX: u32 = 522;

/// Alice has granted, and is admitted.
fn club() -> (World, ContractId) {
    let mut world = World::new();
    let club = world.open_club();
    world.create("alice", "bank", 1, 0).unwrap();
    let credential = Credential { data_id: data(1), list: LIST, index: INDEX };
    world.call("bank", club, &Admit { owner: Native(id("alice")), credential }).unwrap();
    (world, club)
}

fn assert_no_member(world: &mut World, club: ContractId, who: &str) {
    let acts = world.view(club, &Acts).unwrap();
    let refused = world.call(who, club, &Act { owner: Native(id(who)) }).unwrap_err();
    assert_eq!(refused.refusal, Some(Refusal::NotMember), "{}", refused.error);
    assert_eq!(world.view(club, &Acts).unwrap(), acts);
}

#[test]
fn a_member_acts_while_her_grant_stands_and_her_credential_is_good() {
    let (mut world, club) = club();
    let act = Act { owner: Native(id("alice")) };
    assert_eq!(world.call("alice", club, &act).unwrap().answer, 1);
    world.revoke("alice", "bank", 1).unwrap();
    assert_no_member(&mut world, club, "alice");
    world.create("alice", "bank", 1, 0).unwrap();
    assert_eq!(world.call("alice", club, &act).unwrap().answer, 2);
    for (status, is_member) in [(Status::Suspended, false), (Status::Valid, true), (Status::Revoked, false)] {
        let set = SetStatus { issuer: id("kyc"), list: LIST, index: INDEX, status, proof: None };
        world.call("kyc", world.statuses, &set).unwrap();
        if is_member {
            assert_eq!(world.call("alice", club, &act).unwrap().answer, 3);
        } else {
            assert_no_member(&mut world, club, "alice");
        }
    }
    assert_no_member(&mut world, club, "bob");
}

#[test]
fn a_member_whose_grant_was_archived_acts_and_thereby_restores_it() {
    let (mut world, club) = club();
    world.skip(3_200_000);
    let done = world.call("alice", club, &Act { owner: Native(id("alice")) }).unwrap();
    assert_eq!(done.answer, 1);
}
