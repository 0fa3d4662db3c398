//! What nobody kept alive is archived: not revoked, not lost, and no way around a rule.

use idos_contracts_stellar::{Method as _, Refusal, access_grants as ag, storage};
use idos_devnet_stellar::chain::AuthMode;
use stellar_xdr::{InvokeHostFunctionResult, OperationResult, OperationResultTr, TransactionResultResult};

use crate::{
    keys::Key,
    outcome::done,
    world::{World, account_of, data, id, key, revoke, verb_text},
};

/// More than any entry lives.
const LONG: u32 = 3_200_000;

fn has_access() -> ag::HasAccess {
    ag::HasAccess { owner: id("alice"), grantee: id("bank"), data_id: data(1) }
}

fn is_live(world: &World, key: &stellar_xdr::LedgerKey) -> bool {
    world.entry(key).unwrap().0 >= world.network.latest().sequence()
}

#[test]
fn an_archived_grant_is_restored_by_whoever_asks_and_stands() {
    let mut world = World::new();
    let lock = world.now() + 600_000_000;
    world.create("alice", "bank", 1, lock).unwrap();
    let grant = world.grant_key("alice", "bank", 1);
    let (head, before) = (world.head(world.grants), world.entry(&grant).unwrap().1);
    assert!(is_live(&world, &grant));
    world.skip(LONG);
    assert!(!is_live(&world, &grant));

    // Asked in a transaction, whose footprint a simulation marks: the answer is as before, and the grant lives again.
    let asked = world.call("relayer", world.grants, &has_access()).unwrap();
    assert!(asked.answer);
    assert!(is_live(&world, &grant));
    assert_eq!(world.entry(&grant).unwrap().1, before, "nothing of it changed");
    assert_eq!(asked.grant_events(world.grants), [], "no event: nothing happened to the grant");
    assert_eq!(world.head(world.grants), head);
    let refused = world.revoke("alice", "bank", 1).unwrap_err();
    assert_eq!(refused.refusal, Some(Refusal::GrantLocked), "its lock still holds: {}", refused.error);
}

#[test]
fn the_owner_revokes_an_archived_grant_as_any_other() {
    let mut world = World::new();
    world.create("alice", "bank", 1, 0).unwrap();
    world.skip(LONG);
    let revoked = world.revoke("alice", "bank", 1).unwrap();
    assert_eq!(revoked.grant_events(world.grants).len(), 1);
    assert!(!world.has_access("alice", "bank", 1));
}

#[test]
fn an_archived_grant_exists_so_that_it_is_not_made_anew() {
    let mut world = World::new();
    world.create("alice", "bank", 1, 0).unwrap();
    world.skip(LONG);
    let refused = world.create("alice", "bank", 1, 0).unwrap_err();
    assert_eq!(refused.refusal, Some(Refusal::GrantExists), "{}", refused.error);
}

#[test]
fn a_transaction_that_does_not_say_that_it_restores_is_refused() {
    let mut world = World::new();
    world.create("alice", "bank", 1, 0).unwrap();
    let function = revoke("alice", "bank", 1).host_function(world.grants).unwrap();
    let while_live = world.simulate(&key("alice"), function.clone(), Vec::new(), AuthMode::Record);
    world.skip(LONG);
    let auth = while_live.invocation.unwrap().auth;
    let applied = world.apply(&key("alice"), function, auth, while_live.transaction_data.unwrap());
    let TransactionResultResult::TxFailed(results) = &applied.result.result else { panic!("{applied:?}") };
    let archived = OperationResultTr::InvokeHostFunction(InvokeHostFunctionResult::EntryArchived);
    assert_eq!(results[0], OperationResult::OpInner(archived));
    assert!(world.has_access("alice", "bank", 1));
}

#[test]
fn a_used_nonce_that_was_archived_is_still_used() {
    for key in [Key::of("ed25519", &[0x33; 32]), Key::of("secp256k1", &[0x33; 32])] {
        let mut world = World::new();
        let (owner, grantee) = (account_of(&key), id("bank"));
        let text = verb_text("create a grant", &owner, &grantee, 1, Some(0));
        let proof = Some(world.proof(&key, world.grants, &text, 1, u64::MAX));
        let call = ag::CreateGrant { owner, grantee, data_id: data(1), locked_until: 0, proof };
        world.call("relayer", world.grants, &call).unwrap();
        let text = verb_text("revoke a grant", &owner, &grantee, 1, None);
        let proof = Some(world.proof(&key, world.grants, &text, 2, u64::MAX));
        let revoke = ag::RevokeGrant { owner, grantee, data_id: data(1), proof };
        world.call("relayer", world.grants, &revoke).unwrap();

        let nonce = storage::nonce(world.grants, &owner, &[1; 32]).unwrap();
        world.skip(LONG);
        assert!(!is_live(&world, &nonce));
        let replayed = world.call("relayer", world.grants, &call).unwrap_err();
        assert_eq!(replayed.refusal, Some(Refusal::NonceUsed), "{}", replayed.error);
        let question = ag::HasAccess { owner, grantee, data_id: data(1) };
        assert!(!world.view(world.grants, &question).unwrap());

        // Nor by a transaction that leaves the nonce out of what it restores, or out of its footprint.
        let function = call.host_function(world.grants).unwrap();
        let grant = storage::grant(world.grants, &owner, &grantee, &data(1)).unwrap();
        let mut resources = world.generous(world.grants, vec![grant, nonce.clone()]);
        for with_nonce in [true, false] {
            if !with_nonce {
                let mut footprint = resources.resources.footprint.read_write.to_vec();
                footprint.retain(|key| *key != nonce);
                resources.resources.footprint.read_write = footprint.try_into().unwrap();
            }
            let applied =
                world.apply(&crate::world::key("relayer"), function.clone(), Vec::new(), resources.clone());
            assert!(done(&applied).is_err(), "with the nonce in the footprint: {with_nonce}");
            assert!(!world.view(world.grants, &question).unwrap());
        }
    }
}

#[test]
fn anyone_keeps_a_grant_alive() {
    let mut world = World::new();
    world.create("alice", "bank", 1, 0).unwrap();
    let grant = world.grant_key("alice", "bank", 1);
    for _ in 0..3 {
        world.skip(3_000_000);
        let call = ag::ExtendTtl { owner: id("alice"), grantee: id("bank"), data_id: data(1) };
        world.call("mallory", world.grants, &call).unwrap();
        assert!(is_live(&world, &grant));
        assert!(is_live(&world, &storage::history_head(world.grants).unwrap()));
    }
    assert!(world.has_access("alice", "bank", 1));
}
