//! Contracts: code, calls, storage, gas.

use near_jsonrpc_primitives::types::query::{QueryResponseKind, RpcQueryError};
use near_primitives::action::{Action, DeployContractAction};
use near_primitives::errors::{ActionErrorKind, CompilationError, FunctionCallError, MethodResolveError};
use near_primitives::hash::hash;
use near_primitives::types::Balance;
use near_primitives::views::QueryRequest;

use crate::world::*;

fn call_error(world: &mut World, actions: Vec<Action>) -> FunctionCallError {
    match world.run("alice", "contract.root", actions).failure() {
        ActionErrorKind::FunctionCallError(error) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_call_writes_what_a_view_reads() {
    let mut world = World::with_contracts();
    let outcome = world.run("alice", "contract.root", vec![call("set", "forty-two")]).expect_success();
    assert_eq!(outcome.value(), b"");
    assert_eq!(world.view("contract.root", "get").unwrap(), b"forty-two");
    world.run("alice", "contract.root", vec![call("clear", "")]).expect_success();
    assert_eq!(world.view("contract.root", "get").unwrap(), b"");
}

#[test]
fn calls_return_values_and_log() {
    let mut world = World::with_contracts();
    assert_eq!(world.run("alice", "contract.root", vec![call("echo", "abc")]).value(), b"abc");
    assert_eq!(world.run("alice", "contract.root", vec![call("log", "it happened")]).logs(), ["it happened"]);
}

#[test]
fn a_failed_call_says_why_and_changes_nothing() {
    let mut world = World::with_contracts();
    let error = call_error(&mut world, vec![call("set_and_fail", "lost")]);
    let expected = FunctionCallError::ExecutionError("Smart contract panicked: broken on purpose".to_owned());
    assert_eq!(error, expected);
    assert_eq!(world.view("contract.root", "get").unwrap(), b"");
}

#[test]
fn each_way_to_fail_has_the_error_near_gives() {
    let mut world = World::with_contracts();
    let rows = [
        (
            "no such method",
            call("missing", ""),
            FunctionCallError::MethodResolveError(MethodResolveError::MethodNotFound),
        ),
        (
            "a trap",
            call("trap", ""),
            FunctionCallError::ExecutionError(
                "WebAssembly trap: An `unreachable` opcode was executed.".to_owned(),
            ),
        ),
        (
            "all gas burnt",
            call_with("spin", "", tgas(5), Balance::ZERO),
            FunctionCallError::ExecutionError("Exceeded the prepaid gas.".to_owned()),
        ),
    ];
    for (name, action, expected) in rows {
        assert_eq!(call_error(&mut world, vec![action]), expected, "{name}");
    }
    let failure = world.run("alice", "bob", vec![call("echo", "")]).failure();
    let no_code = CompilationError::CodeDoesNotExist { account_id: id("bob") };
    let expected = FunctionCallError::CompilationError(no_code);
    assert_eq!(failure, ActionErrorKind::FunctionCallError(expected), "no code");
}

#[test]
fn bad_code_deploys_and_fails_when_called() {
    let mut world = World::new();
    let code = Action::DeployContract(DeployContractAction { code: b"not wasm".to_vec() });
    world.run("alice", "alice", vec![code]).expect_success();
    let failure = world.run("bob", "alice", vec![call("echo", "")]).failure();
    assert!(
        matches!(failure, ActionErrorKind::FunctionCallError(FunctionCallError::CompilationError(_))),
        "{failure:?}"
    );
}

#[test]
fn a_call_sees_the_time_and_height_of_its_block() {
    let mut world = World::with_contracts();
    let outcome = world.run("alice", "contract.root", vec![call("time", "")]);
    let ran_in = outcome.final_outcome.receipts_outcome[0].block_hash;
    let header = world.chain.block(&near_primitives::types::BlockId::Hash(ran_in).into()).unwrap().header;
    let value = outcome.value();
    assert_eq!(value[..8], header.timestamp_nanosec.to_le_bytes());
    assert_eq!(value[8..], header.height.to_le_bytes());
    // Transactions to others run in the block after the one that includes them.
    let included = outcome.final_outcome.transaction_outcome.block_hash;
    assert_eq!(header.prev_hash, included);
}

#[test]
fn a_call_to_oneself_runs_in_the_block_that_includes_it() {
    let mut world = World::with_contracts();
    let outcome = world.run("contract.root", "contract.root", vec![call("echo", "x")]);
    let included = outcome.final_outcome.transaction_outcome.block_hash;
    assert_eq!(outcome.final_outcome.receipts_outcome[0].block_hash, included);
}

#[test]
fn code_is_shown_with_its_hash() {
    let world = World::with_contracts();
    let Ok(QueryResponseKind::ViewCode(shown)) =
        world.query(QueryRequest::ViewCode { account_id: id("contract.root") })
    else {
        panic!("no code")
    };
    assert_eq!(shown.code, code());
    assert_eq!(shown.hash, hash(&code()));
    assert_eq!(world.account("contract.root").unwrap().code_hash, hash(&code()));
    let none = world.query(QueryRequest::ViewCode { account_id: id("bob") });
    assert!(matches!(none, Err(RpcQueryError::NoContractCode { .. })));
}

#[test]
fn views_cannot_write_and_failures_of_views_are_told() {
    let world = World::with_contracts();
    for (method, expected) in [
        ("set", "ProhibitedInView"),
        ("fail", "GuestPanic { panic_msg: \"broken on purpose\" }"),
        ("missing", "MethodNotFound"),
    ] {
        match world.view("contract.root", method) {
            Err(RpcQueryError::ContractExecutionError { vm_error, .. }) => {
                assert!(vm_error.contains(expected), "{method}: {vm_error}");
            }
            other => panic!("{method}: {other:?}"),
        }
    }
}

#[test]
fn storage_usage_counts_code_keys_and_data() {
    let mut world = World::with_contracts();
    let usage = |world: &World| world.account("contract.root").unwrap().storage_usage;
    let key = 33 + 9 + 40;
    assert_eq!(usage(&world), 100 + key + code().len() as u64);
    world.run("alice", "contract.root", vec![call("set", "12345")]).expect_success();
    assert_eq!(usage(&world), 100 + key + code().len() as u64 + 40 + 1 + 5);
    world.run("alice", "contract.root", vec![call("set", "1")]).expect_success();
    assert_eq!(usage(&world), 100 + key + code().len() as u64 + 40 + 1 + 1);
    world.run("alice", "contract.root", vec![call("clear", "")]).expect_success();
    assert_eq!(usage(&world), 100 + key + code().len() as u64);
    world.run("contract.root", "contract.root", vec![deploy()]).expect_success();
    assert_eq!(usage(&world), 100 + key + code().len() as u64, "code is replaced, not added");
}

#[test]
fn storage_that_nobody_can_pay_for_is_refused_and_the_missing_amount_named() {
    let mut world = World::new();
    let funds = Balance::from_millinear(100);
    world
        .run("root", "poor.root", vec![create(), transfer(funds), add_full_key("poor.root"), deploy()])
        .expect_success();
    let failure = world.run("alice", "poor.root", vec![call("hoard", "")]).failure();
    let usage = world.account("poor.root").unwrap().storage_usage + 40 + 1 + 50_000;
    let required = Balance::from_yoctonear(u128::from(usage) * 10u128.pow(19));
    let amount = required.checked_sub(funds).unwrap();
    assert_eq!(failure, ActionErrorKind::LackBalanceForState { account_id: id("poor.root"), amount });
    assert_eq!(world.view("poor.root", "get").unwrap(), b"", "nothing was stored");
}

#[test]
fn a_transfer_may_not_leave_an_account_without_the_balance_its_storage_needs() {
    let mut world = World::new();
    world
        .run("root", "poor.root", vec![create(), transfer(near(1)), add_full_key("poor.root"), deploy()])
        .expect_success();
    let almost_all = world.balance("poor.root").checked_sub(Balance::from_millinear(5)).unwrap();
    let refused = world.submit("poor.root", "bob", vec![transfer(almost_all)]);
    assert!(
        matches!(&refused, Err(near_primitives::errors::InvalidTxError::LackBalanceForState { .. })),
        "{refused:?}"
    );
}

#[test]
fn state_is_shown_by_prefix_and_by_pages() {
    let mut world = World::with_contracts();
    world.run("alice", "contract.root", vec![call("set", "value")]).expect_success();
    let request = |prefix: &str| QueryRequest::ViewState {
        account_id: id("contract.root"),
        prefix: prefix.as_bytes().to_vec().into(),
        after_key: None,
        limit: None,
        include_proof: false,
    };
    let Ok(QueryResponseKind::ViewState(state)) = world.query(request("")) else { panic!("no state") };
    assert_eq!(state.values.len(), 1);
    assert_eq!(
        (state.values[0].key.as_slice(), state.values[0].value.as_slice()),
        (&b"k"[..], &b"value"[..])
    );
    let Ok(QueryResponseKind::ViewState(state)) = world.query(request("x")) else { panic!("no state") };
    assert!(state.values.is_empty());
    world.run("alice", "contract.root", vec![call("hoard", "")]).expect_success();
    assert!(matches!(world.query(request("")), Err(RpcQueryError::TooLargeContractState { .. })));
}

#[test]
fn a_deposit_to_a_call_belongs_to_the_contract() {
    let mut world = World::with_contracts();
    let before = world.balance("contract.root");
    let deposit = Balance::from_millinear(1_500);
    world.run("alice", "contract.root", vec![call_with("echo", "", tgas(10), deposit)]).expect_success();
    assert_eq!(world.balance("contract.root").checked_sub(before), Some(deposit));
}

#[test]
fn gas_is_metered_the_same_every_time() {
    let burnt = |_| {
        let mut world = World::with_contracts();
        let outcome = world.run("alice", "contract.root", vec![call("set", "value")]);
        outcome.final_outcome.receipts_outcome[0].outcome.gas_burnt
    };
    let runs: Vec<_> = (0..2).map(burnt).collect();
    assert_eq!(runs[0], runs[1]);
    assert!((900..1_100).contains(&runs[0].as_gigagas()), "{}", runs[0]);
}

#[test]
fn writing_costs_the_way_through_the_trie_and_only_once_a_block() {
    let mut world = World::with_contracts();
    let mut nodes = |actions| {
        let outcome = world.run("alice", "contract.root", actions);
        let costs = outcome.final_outcome.receipts_outcome[0].outcome.metadata.gas_profile.clone().unwrap();
        let touched = costs.iter().find(|cost| cost.cost == "TOUCHING_TRIE_NODE");
        touched.map(|cost| cost.gas_used.as_gas() / 2_280_000_000)
    };
    let first = nodes(vec![call("set", "a")]).unwrap();
    let second = nodes(vec![call("set", "b")]).unwrap();
    assert!((2..12).contains(&first), "{first}");
    assert_eq!(second, first + 2, "one more branch on the way, and the value that is replaced");
    assert_eq!(
        nodes(vec![call("set", "c"), call("set", "d")]),
        Some(second),
        "the block's own writes are at hand"
    );
    assert_eq!(nodes(vec![call("get", "")]), None, "reads go another way");
    assert_eq!(nodes(vec![call("echo", "")]), None);
}

#[test]
fn work_beyond_the_gas_of_a_block_waits_for_the_next() {
    let mut world = World::with_contracts();
    let hashes: Vec<_> = (0..4)
        .map(|_| {
            let spin = call_with("spin", "", tgas(400), Balance::ZERO);
            world.submit("alice", "contract.root", vec![spin]).unwrap()
        })
        .collect();
    world.settle();
    let mut heights: Vec<_> = hashes
        .iter()
        .map(|hash| {
            let ran_in = world.outcome(hash).final_outcome.receipts_outcome[0].block_hash;
            world.chain.block(&near_primitives::types::BlockId::Hash(ran_in).into()).unwrap().header.height
        })
        .collect();
    heights.dedup();
    assert_eq!(heights.len(), 2, "three fit into a block, the fourth comes later");
}
