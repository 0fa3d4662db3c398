use idos_grants::{Account, DataId, HistoryHead};
use idos_mirror::{Broken, ContractKind, ContractState, SeenBlock};

use super::*;

const NOW: u64 = 1_800_000_000;
const STALE_AFTER_SECS: u64 = 60;

fn account(byte: u8) -> Account {
    Account::evm(1, [byte; 20])
}

fn contract() -> ContractState {
    ContractState {
        account: account(0xcc),
        kind: ContractKind::AccessGrants,
        seen: Some(SeenBlock { number: 100, time: NOW, head: HistoryHead::EMPTY }),
        final_block: 90,
        verified_block: Some(100),
        polled_at: NOW,
        broken: None,
    }
}

fn standing() -> MirroredGrant {
    MirroredGrant {
        contract: contract(),
        owner: account(1),
        grantee: account(2),
        data_id: DataId([3; 32]),
        created_block: 90,
        created_at: NOW,
        locked_until: 0,
        state: GrantState::Standing,
    }
}

fn with(change: impl FnOnce(&mut MirroredGrant)) -> MirroredGrant {
    let mut grant = standing();
    change(&mut grant);
    grant
}

fn decision(grants: &[MirroredGrant]) -> Decision {
    let (owners, grantees) = ([Wallet::by_key(account(1).address())], [Wallet::by_key(account(2).address())]);
    decide(grants, Sides { owners: &owners, grantees: &grantees }, NOW, STALE_AFTER_SECS)
}

fn broken() -> Option<Broken> {
    Some(Broken { from_block: 1, to_block: 2, reason: String::new() })
}

#[test]
fn each_state_of_the_mirror_has_its_answer() {
    let table = [
        ("final", standing(), Decision::Open),
        ("the block after the final one", with(|grant| grant.created_block = 91), Decision::NotFinal),
        (
            "final, but not confirmed by the contract",
            with(|grant| grant.contract.verified_block = Some(89)),
            Decision::NotFinal,
        ),
        ("never confirmed", with(|grant| grant.contract.verified_block = None), Decision::NotFinal),
        ("as old as it may be", with(|grant| grant.contract.polled_at = NOW - 60), Decision::Open),
        ("older", with(|grant| grant.contract.polled_at = NOW - 61), Decision::Stale),
        ("never level with the chain", with(|grant| grant.contract.polled_at = 0), Decision::Stale),
        ("nothing seen", with(|grant| grant.contract.seen = None), Decision::Stale),
        ("broken", with(|grant| grant.contract.broken = broken()), Decision::Inconsistent),
        (
            "broken and old",
            with(|grant| (grant.contract.broken, grant.contract.polled_at) = (broken(), 0)),
            Decision::Inconsistent,
        ),
        ("revoked", with(|grant| grant.state = GrantState::Revoked { block: 95 }), Decision::Revoked),
        (
            "revoked, on an old mirror",
            with(|grant| (grant.state, grant.contract.polled_at) = (GrantState::Revoked { block: 95 }, 0)),
            Decision::Revoked,
        ),
        (
            "revoked, on a broken mirror",
            with(|grant| {
                (grant.state, grant.contract.broken) = (GrantState::Revoked { block: 95 }, broken())
            }),
            Decision::Inconsistent,
        ),
        ("another owner", with(|grant| grant.owner = account(9)), Decision::Nothing),
        ("another grantee", with(|grant| grant.grantee = account(9)), Decision::Nothing),
    ];
    for (name, grant, expected) in table {
        assert_eq!(decision(&[grant]), expected, "{name}");
    }
    assert_eq!(decision(&[]), Decision::Nothing);
}

#[test]
fn whatever_else_there_is_one_good_grant_opens_and_none_does_without() {
    let others = [
        with(|grant| grant.created_block = 91),
        with(|grant| grant.contract.polled_at = 0),
        with(|grant| grant.contract.broken = broken()),
        with(|grant| grant.state = GrantState::Revoked { block: 95 }),
        with(|grant| grant.owner = account(9)),
    ];
    assert_ne!(decision(&others), Decision::Open);
    let mut all = others.to_vec();
    all.push(standing());
    assert_eq!(decision(&all), Decision::Open);
}

#[test]
fn nothing_opens_to_a_side_without_wallets() {
    let wallet = [Wallet::by_key(account(1).address()), Wallet::by_key(account(2).address())];
    for sides in [Sides { owners: &[], grantees: &wallet }, Sides { owners: &wallet, grantees: &[] }] {
        assert_eq!(decide(&[standing()], sides, NOW, STALE_AFTER_SECS), Decision::Nothing);
    }
}
