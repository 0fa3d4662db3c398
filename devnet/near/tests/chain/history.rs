//! Time, old blocks, and the same chain twice.

use idos_devnet_near::chain::{Chain, Genesis, GenesisAccount, GenesisError, PatchError};
use near_jsonrpc_primitives::types::query::RpcQueryError;
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::state_record::StateRecord;
use near_primitives::types::{Balance, BlockReference, Finality};
use near_primitives::views::QueryRequest;

use crate::world::*;

#[test]
fn every_block_remembers_its_state() {
    let mut world = World::with_contracts();
    let mut seen = Vec::new();
    for value in ["one", "two", "three"] {
        world.run("alice", "contract.root", vec![call("set", value)]).expect_success();
        seen.push((world.chain.head(), value, world.balance("alice")));
    }
    for (height, value, balance) in seen {
        assert_eq!(world.view_at("contract.root", "get", &at_height(height)).unwrap(), value.as_bytes());
        assert_eq!(world.account_at("alice", &at_height(height)).unwrap().amount, balance);
    }
    assert!(world.account_at("contract.root", &at_height(0)).is_none());
}

#[test]
fn a_block_is_final_when_two_more_exist() {
    let mut world = World::at_height(10);
    assert_eq!((world.chain.final_head(), world.chain.head()), (10, 10));
    world.block();
    assert_eq!((world.chain.final_head(), world.chain.head()), (10, 11));
    world.block();
    world.block();
    assert_eq!((world.chain.final_head(), world.chain.head()), (11, 13));
    world.chain.fast_forward(100, 0).unwrap();
    assert_eq!((world.chain.final_head(), world.chain.head()), (12, 113), "skipped heights are no blocks");
    let header = world.chain.block(&BlockReference::latest()).unwrap().header;
    let finalised = world.chain.block(&BlockReference::Finality(Finality::Final)).unwrap().header;
    assert_eq!(header.last_final_block, finalised.hash);
}

#[test]
fn fast_forward_skips_heights_and_moves_time() {
    let mut world = World::with_contracts();
    let (height, time) = (world.chain.head(), world.chain.head_timestamp_ns());
    let later = time + 86_400 * 1_000_000_000;
    world.chain.fast_forward(1_000, later).unwrap();
    assert_eq!((world.chain.head(), world.chain.head_timestamp_ns()), (height + 1_000, later));
    assert!(world.chain.block(&at_height(height + 1)).is_none());
    assert!(world.chain.streamer_message(height + 999).is_none());
    let header = world.chain.block(&at_height(height + 1_000)).unwrap().header;
    assert_eq!(header.prev_height, Some(height));
    let value = world.run("alice", "contract.root", vec![call("time", "")]).value();
    assert!(u64::from_le_bytes(value[..8].try_into().unwrap()) > later);
}

#[test]
fn time_never_stands_still_or_goes_back() {
    let mut world = World::new();
    world.chain.produce_block(0).unwrap();
    assert_eq!(world.chain.head_timestamp_ns(), START_NS + 1);
    world.chain.produce_block(u64::MAX).unwrap();
    assert_eq!(world.chain.head_timestamp_ns(), u64::MAX);
}

#[test]
fn no_block_follows_the_last_height() {
    let mut world = World::at_height(u64::MAX - 1);
    world.chain.produce_block(0).unwrap();
    assert!(world.chain.produce_block(0).is_err());
    assert_eq!(world.chain.head(), u64::MAX);
}

#[test]
fn the_same_input_makes_the_same_chain() {
    let history = || {
        let mut world = World::with_contracts();
        world.run("alice", "contract.root", vec![call("ask_both", "other.root")]).expect_success();
        world.submit("bob", "alice", vec![transfer(near(1))]).unwrap();
        world.submit("alice", "bob", vec![transfer(near(2))]).unwrap();
        world.settle();
        world.head_hash()
    };
    assert_eq!(history(), history());
}

#[test]
fn another_time_makes_another_chain() {
    let mut one = World::new();
    let mut two = World::new();
    assert_eq!(one.head_hash(), two.head_hash());
    assert_ne!(
        one.chain.produce_block(START_NS + 5).unwrap(),
        two.chain.produce_block(START_NS + 6).unwrap()
    );
}

#[test]
fn an_unknown_block_is_told() {
    let world = World::new();
    let request = QueryRequest::ViewAccount { account_id: id("alice") };
    let answer = world.chain.query(&at_height(7), &request);
    assert!(matches!(answer, Err(RpcQueryError::UnknownBlock { .. })));
}

#[test]
fn patched_records_are_there_with_the_next_block() {
    let mut world = World::with_contracts();
    let carol = id("carol");
    let account = Account::new(near(7), Balance::ZERO, AccountContract::None, 182);
    let records = vec![
        StateRecord::Account { account_id: carol.clone(), account },
        StateRecord::access_key(carol, public_key("carol"), AccessKey::full_access()),
        StateRecord::Data {
            account_id: id("contract.root"),
            data_key: b"k".to_vec().into(),
            value: b"patched".to_vec().into(),
        },
    ];
    world.chain.patch_state(records).unwrap();
    assert!(!world.chain.is_idle());
    assert!(world.account("carol").is_none());
    world.settle();
    assert_eq!(world.balance("carol"), near(7));
    assert_eq!(world.view("contract.root", "get").unwrap(), b"patched");
    world.run("carol", "bob", vec![transfer(near(1))]).expect_success();
    let names = ["root", "alice", "bob", "carol", "contract.root", "other.root"].map(str::to_owned);
    let (owned, supply) = world.money(&names);
    assert_eq!(owned, supply, "patched money counts");
}

#[test]
fn a_patch_of_receipts_is_refused_whole() {
    let mut world = World::new();
    let records = vec![
        StateRecord::Contract { account_id: id("alice"), code: vec![] },
        StateRecord::ReceivedData { account_id: id("alice"), data_id: Default::default(), data: None },
    ];
    let refused = world.chain.patch_state(records).unwrap_err();
    assert_eq!(refused, PatchError::UnsupportedRecord { kind: "ReceivedData".to_owned() });
    assert!(world.chain.is_idle());
}

#[test]
fn each_senseless_genesis_is_refused() {
    let account = |name: &str, balance, keys: usize| GenesisAccount {
        account_id: id(name),
        balance,
        public_keys: (0..keys).map(|key| public_key(&key.to_string())).collect(),
    };
    let start = |accounts| {
        let genesis = Genesis { chain_id: "x".to_owned(), height: 0, timestamp_ns: 0, accounts };
        Chain::new(genesis).err()
    };
    assert_eq!(start(vec![]), Some(GenesisError::NoAccounts));
    let twice = vec![account("a1", near(1), 1), account("a1", near(1), 1)];
    assert_eq!(start(twice), Some(GenesisError::DuplicateAccount(id("a1"))));
    let much = vec![account("a1", Balance::MAX, 1), account("a2", near(1), 1)];
    assert_eq!(start(much), Some(GenesisError::SupplyOverflow));
    let poor = start(vec![account("a1", Balance::ZERO, 10)]);
    assert!(matches!(poor, Some(GenesisError::LackBalanceForState { .. })), "{poor:?}");
    assert_eq!(start(vec![account("a1", Balance::ZERO, 1)]), None);
}
