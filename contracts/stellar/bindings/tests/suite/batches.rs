//! A batch is all or nothing, and as large as the network's limits let it be.

use idos_contracts_stellar::{
    Account, MAX_BATCH, Refusal, access_grants as ag,
    credential_status::{Purpose, SetStatusWords, StatusWord, WordChange},
};
use stellar_xdr::{Limits, WriteXdr};

use crate::{
    keys::Key,
    outcome::all_events,
    world::{World, account_of, data, id},
};

/// Of the longest kind.
fn grantee(number: usize) -> Account {
    let mut key = [2; 33];
    key[32] = number as u8;
    Account::Secp256r1(key)
}

fn create(owner: Account, count: usize) -> ag::CreateGrants {
    let new = |number| ag::NewGrant { grantee: grantee(number), data_id: data(1), locked_until: 0 };
    ag::CreateGrants { owner, grants: (0..count).map(new).collect(), proof: None }
}

fn revoke(owner: Account, count: usize) -> ag::RevokeGrants {
    let reference = |number| ag::GrantRef { grantee: grantee(number), data_id: data(1) };
    ag::RevokeGrants { owner, grants: (0..count).map(reference).collect(), proof: None }
}

#[test]
fn the_largest_batch_of_the_longest_accounts_fits() {
    let mut world = World::new();
    let grants = world.grants;
    let key = Key::of("secp256k1", &[0x33; 32]);
    let owner = account_of(&key);
    let mut call = create(owner, MAX_BATCH);
    let mut text = format!("idOS AccessGrants: create grants\n\nOwner: {owner}\nGrants: {MAX_BATCH}");
    for ag::NewGrant { grantee, data_id, locked_until } in &call.grants {
        text +=
            &format!("\nGrantee: {grantee}\nData Id: {}\nLocked Until: {locked_until}", hex::encode(data_id));
    }
    call.proof = Some(world.proof(&key, grants, &text, 1, u64::MAX));
    let created = world.call("relayer", grants, &call).unwrap();
    assert_eq!(created.grant_events(grants).len(), MAX_BATCH);
    let bytes: usize =
        all_events(&created.applied).iter().map(|event| event.to_xdr(Limits::none()).unwrap().len()).sum();
    assert!(bytes > 15_000 && bytes <= 16_384, "{bytes} bytes of events");

    let mut call = revoke(owner, MAX_BATCH);
    let mut text = format!("idOS AccessGrants: revoke grants\n\nOwner: {owner}\nGrants: {MAX_BATCH}");
    for ag::GrantRef { grantee, data_id } in &call.grants {
        text += &format!("\nGrantee: {grantee}\nData Id: {}", hex::encode(data_id));
    }
    call.proof = Some(world.proof(&key, grants, &text, 2, u64::MAX));
    let revoked = world.call("relayer", grants, &call).unwrap();
    assert_eq!(revoked.grant_events(grants).len(), MAX_BATCH);
}

#[test]
fn the_largest_batch_of_words_fits() {
    let mut world = World::new();
    let word = |word_index| WordChange { word_index, set: [0xff; 32], clear: [0; 32] };
    let changes = (400..400 + MAX_BATCH as u16).map(word).collect();
    let (issuer, list, purpose) = (id("kyc"), u32::MAX, Purpose::Suspension);
    let call = SetStatusWords { issuer, list, purpose, changes, proof: None };
    let done = world.call("kyc", world.statuses, &call).unwrap();
    assert_eq!(done.status_events(world.statuses).len(), MAX_BATCH);
    let question = StatusWord { issuer, list, purpose, word_index: 400 };
    assert_eq!(world.view(world.statuses, &question).unwrap(), [0xff; 32]);
}

#[test]
fn a_batch_has_1_to_50_items() {
    let mut world = World::new();
    let grants = world.grants;
    for (count, refusal) in [(0, Refusal::EmptyBatch), (MAX_BATCH + 1, Refusal::BatchTooLarge)] {
        let created = world.call("alice", grants, &create(id("alice"), count)).unwrap_err();
        assert_eq!(created.refusal, Some(refusal), "{}", created.error);
        let revoked = world.call("alice", grants, &revoke(id("alice"), count)).unwrap_err();
        assert_eq!(revoked.refusal, Some(refusal), "{}", revoked.error);
    }
}

#[test]
fn a_refused_item_refuses_the_batch() {
    let mut world = World::new();
    let grants = world.grants;
    let mut call = create(id("alice"), 20);
    call.grants.push(call.grants[0]);
    let refused = world.call("alice", grants, &call).unwrap_err();
    assert_eq!(refused.refusal, Some(Refusal::GrantExists), "{}", refused.error);
    assert_eq!(world.head(grants), [0; 32]);
}
