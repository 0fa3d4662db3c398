//! A batch is all or nothing, and as large as NEAR's limits let it be.

use idos_contracts_near::{
    Bytes32, MAX_BATCH, Refusal,
    access_grants::{CreateGrant, CreateGrants, Event, RevokeGrant, RevokeGrants},
    credential_status::{self, Purpose, SetStatusWords, StatusWord, WordChange},
    storage::{GRANT_COST, REGISTRATION_COST, WORD_COST},
};

use crate::world::{GRANTS, LONGEST, NOW, STATUSES, World, id, logs};

const NEAR: u128 = 10_u128.pow(24);

fn grantee(number: usize) -> String {
    format!("{number:0>64}")
}

fn creates(count: usize, locked_until: u64) -> CreateGrants {
    let grant =
        |number| CreateGrant { grantee: id(&grantee(number)), data_id: Bytes32([0xff; 32]), locked_until };
    CreateGrants { grants: (0..count).map(grant).collect() }
}

fn revokes(count: usize) -> RevokeGrants {
    let grant = |number| RevokeGrant { grantee: id(&grantee(number)), data_id: Bytes32([0xff; 32]) };
    RevokeGrants { grants: (0..count).map(grant).collect() }
}

#[test]
fn the_largest_batch_of_the_longest_ids_fits() {
    let mut world = World::new();
    world.at(NOW);
    let created = world.call_paying(LONGEST, GRANTS, &creates(MAX_BATCH, NOW + 60), NEAR).unwrap();
    let lines = logs(GRANTS, &created.outcome);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].len() > 15_000 && lines[0].len() <= 16_384, "{}", lines[0].len());
    assert_eq!(Event::parse(&lines[0]).unwrap().unwrap().data().len(), MAX_BATCH);

    world.at(NOW + 61);
    let revoked = world.call(LONGEST, GRANTS, &revokes(MAX_BATCH)).unwrap();
    assert_eq!(Event::parse(&logs(GRANTS, &revoked.outcome)[0]).unwrap().unwrap().data().len(), MAX_BATCH);
    let balance = world.deposit_of(GRANTS, LONGEST).unwrap();
    assert_eq!((balance.total, balance.available), (NEAR, NEAR - REGISTRATION_COST), "all given back");
}

#[test]
fn the_largest_batch_of_words_fits() {
    let mut world = World::new();
    let word = |word_index| WordChange { word_index, set: Bytes32([0xff; 32]), clear: Bytes32::default() };
    let changes = (400..400 + MAX_BATCH as u16).map(word).collect();
    let words = SetStatusWords { list: u32::MAX, purpose: Purpose::Suspension, changes };
    let done = world.call_paying(LONGEST, STATUSES, &words, NEAR).unwrap();
    let lines = logs(STATUSES, &done.outcome);
    let event = credential_status::Event::parse(&lines[0]).unwrap().unwrap();
    assert_eq!((lines.len(), event.data().len()), (1, MAX_BATCH));
    let balance = world.deposit_of(STATUSES, LONGEST).unwrap();
    assert_eq!(balance.total - balance.available, REGISTRATION_COST + MAX_BATCH as u128 * WORD_COST);
}

#[test]
fn a_refused_word_refuses_the_batch() {
    let word = |word_index, set, clear| WordChange {
        word_index,
        set: Bytes32([set; 32]),
        clear: Bytes32([clear; 32]),
    };
    let table = [
        ("beyond the end", Purpose::Suspension, word(512, 1, 0), Refusal::IndexOutOfRange(131_072)),
        ("both set and cleared", Purpose::Suspension, word(1, 3, 1), Refusal::InvalidWordChange),
        (
            "a revocation to clear",
            Purpose::Revocation,
            word(1, 0, 1),
            Refusal::RevocationIsFinal { list: 7, word_index: 1 },
        ),
    ];
    let mut world = World::new();
    world.fund(STATUSES, "kyc.near");
    for (name, purpose, wrong, refusal) in table {
        let words = SetStatusWords { list: 7, purpose, changes: vec![word(0, 1, 0), wrong] };
        let refused = world.call("kyc.near", STATUSES, &words).unwrap_err();
        assert_eq!(refused.refusal, Some(refusal), "{name}: {}", refused.error);
        let question = StatusWord { issuer: id("kyc.near"), list: 7, purpose, word_index: 0 };
        assert_eq!(world.view(STATUSES, &question).unwrap(), Bytes32::default(), "{name}");
    }
}

#[test]
fn a_batch_has_1_to_60_items() {
    let mut world = World::new();
    world.fund(GRANTS, "alice.near");
    for (count, refusal) in [
        (0, Refusal::EmptyBatch),
        (61, Refusal::BatchTooLarge { size: 61, max: 60 }),
        (101, Refusal::BatchTooLarge { size: 101, max: 60 }),
    ] {
        let created = world.call("alice.near", GRANTS, &creates(count, 0)).unwrap_err();
        assert_eq!(created.refusal, Some(refusal.clone()), "{}", created.error);
        let revoked = world.call("alice.near", GRANTS, &revokes(count)).unwrap_err();
        assert_eq!(revoked.refusal, Some(refusal), "{}", revoked.error);
    }
}

#[test]
fn a_refused_item_refuses_the_batch_and_its_deposit_goes_back() {
    let mut world = World::new();
    world.at(NOW);
    let mut grants = creates(20, 0);
    grants.grants.push(grants.grants[0].clone());
    let (before, head, bytes) = (world.yocto(GRANTS), world.head(GRANTS), world.bytes(GRANTS));
    let refused = world.call_paying("alice.near", GRANTS, &grants, NEAR).unwrap_err();
    assert_eq!(refused.refusal, Some(Refusal::GrantExists));
    assert_eq!((world.yocto(GRANTS), world.head(GRANTS), world.bytes(GRANTS)), (before, head, bytes));
    assert_eq!(world.deposit_of(GRANTS, "alice.near"), None);
    assert!(world.yocto("alice.near") > 999 * NEAR, "alice has her deposit back, less the gas");

    let missing = REGISTRATION_COST + 20 * GRANT_COST;
    let refused = world.call_paying("alice.near", GRANTS, &creates(20, 0), missing - 1).unwrap_err();
    assert_eq!(refused.refusal, Some(Refusal::StorageDepositMissing(1)));
    world.call_paying("alice.near", GRANTS, &creates(20, 0), missing).unwrap();
}
