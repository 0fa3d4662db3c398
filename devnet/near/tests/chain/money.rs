//! No money appears, and none is lost but what is burnt.

use near_primitives::action::Action;
use near_primitives::action::delegate::{DelegateAction, SignedDelegateAction};
use near_primitives::types::Balance;
use proptest::prelude::*;

use crate::world::*;

/// What burning this much gas costs.
fn price(gas: u64) -> Balance {
    Balance::from_yoctonear(u128::from(gas) * 100_000_000)
}

#[test]
fn a_transaction_costs_what_it_burns_and_the_rest_comes_back() {
    let mut world = World::with_contracts();
    let before = world.balance("alice");
    let outcome = world.run("alice", "contract.root", vec![call("echo", "")]).expect_success();
    let burnt: u64 = std::iter::once(&outcome.final_outcome.transaction_outcome)
        .chain(&outcome.final_outcome.receipts_outcome)
        .filter(|ran| ran.outcome.executor_id != "alice" || ran.id == outcome.final_outcome.transaction.hash)
        .map(|ran| ran.outcome.gas_burnt.as_gas())
        .sum();
    assert_eq!(before.checked_sub(world.balance("alice")), Some(price(burnt)));
    let tokens: u128 = std::iter::once(&outcome.final_outcome.transaction_outcome)
        .chain(&outcome.final_outcome.receipts_outcome)
        .map(|ran| ran.outcome.tokens_burnt.as_yoctonear())
        .sum();
    assert_eq!(before.checked_sub(world.balance("alice")), Some(Balance::from_yoctonear(tokens)));
}

#[test]
fn creating_an_account_costs_seven_millinear_in_all() {
    let mut world = World::new();
    let before = world.balance("alice");
    let outcome = world.run("alice", "shop.alice", vec![create()]).expect_success();
    let created = &outcome.final_outcome.receipts_outcome[0].outcome;
    // The action's own gas counts towards the charge; what the receipt burns besides does not.
    let besides = created.gas_burnt.as_gas() - 7_200_000_000_000;
    let charge = Balance::from_millinear(7).checked_add(price(besides)).unwrap();
    assert_eq!(created.tokens_burnt, charge);
    let sent = outcome.final_outcome.transaction_outcome.outcome.tokens_burnt;
    assert_eq!(before.checked_sub(world.balance("alice")), charge.checked_add(sent));
}

#[test]
fn a_failed_creation_is_not_charged() {
    let mut world = World::new();
    let before = world.balance("alice");
    world.run("alice", "shop.bob", vec![create()]).failure();
    let paid = before.checked_sub(world.balance("alice")).unwrap();
    assert!(paid < Balance::from_millinear(1), "{paid}");
}

/// Attaches one yoctoNEAR to a call, and is small enough to exist without any balance.
const TIPPING: &str = r#"(module
    (import "env" "promise_create" (func $p (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
    (memory (export "memory") 1)
    (data (i32.const 0) "contract.rootecho")
    (data (i32.const 32) "\01")
    (func (export "tip") (drop (call $p (i64.const 13) (i64.const 0) (i64.const 4) (i64.const 13)
        (i64.const 0) (i64.const 0) (i64.const 32) (i64.const 20000000000000)))))"#;

#[test]
fn a_contract_without_balance_may_attach_one_yocto_and_the_supply_knows() {
    use near_primitives::action::DeployContractAction;
    let mut world = World::with_contracts();
    let code = Action::DeployContract(DeployContractAction { code: wat::parse_str(TIPPING).unwrap() });
    world.run("root", "tiny.root", vec![create(), add_full_key("tiny.root"), code]).expect_success();
    let before = world.balance("contract.root");
    world.run("alice", "tiny.root", vec![call("tip", "")]).expect_success();
    assert_eq!(world.balance("contract.root").checked_sub(before), Some(Balance::from_yoctonear(1)));
    let names = ["root", "alice", "bob", "contract.root", "other.root", "tiny.root"].map(str::to_owned);
    let (owned, supply) = world.money(&names);
    assert_eq!(owned, supply);
}

#[derive(Debug, Clone)]
enum Step {
    Transfer { from: usize, to: usize, amount: u128 },
    Create { by: usize, name: usize },
    Delete { name: usize, heir: usize },
    Call { by: usize, method: &'static str, argument: usize, deposit: u128 },
    Delegate { relayer: usize, amount: u128 },
    Implicit { from: usize, amount: u128 },
    Block,
}

const PEOPLE: [&str; 3] = ["root", "alice", "bob"];
const SHOPS: [&str; 2] = ["one", "two"];
const TARGETS: [&str; 4] = ["alice", "nobody", "contract.root", "other.root"];
const IMPLICIT: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn step() -> impl Strategy<Value = Step> {
    let person = 0..PEOPLE.len();
    let amount = 0u128..3;
    prop_oneof![
        (person.clone(), 0..TARGETS.len(), amount.clone()).prop_map(|(from, to, amount)| Step::Transfer {
            from,
            to,
            amount
        }),
        (person.clone(), 0..SHOPS.len()).prop_map(|(by, name)| Step::Create { by, name }),
        (0..SHOPS.len(), 0..TARGETS.len()).prop_map(|(name, heir)| Step::Delete { name, heir }),
        (
            person.clone(),
            prop::sample::select(vec![
                "echo",
                "fail",
                "pay",
                "ask",
                "ask_both",
                "ask_with_the_rest",
                "detach",
                "spin",
                "hoard",
                "wait"
            ]),
            0..TARGETS.len(),
            amount.clone()
        )
            .prop_map(|(by, method, argument, deposit)| Step::Call { by, method, argument, deposit }),
        (person.clone(), amount.clone()).prop_map(|(relayer, amount)| Step::Delegate { relayer, amount }),
        (person, amount).prop_map(|(from, amount)| Step::Implicit { from, amount }),
        Just(Step::Block),
    ]
}

fn shop(name: usize) -> String {
    format!("{}.root", SHOPS[name])
}

/// Some steps are refused, which is as good a case as any.
fn take(world: &mut World, step: Step, delegate_nonce: &mut u64) {
    let _ = match step {
        Step::Transfer { from, to, amount } => {
            world.submit(PEOPLE[from], TARGETS[to], vec![transfer(near(amount))])
        }
        Step::Create { by, name } => {
            let actions = vec![create(), transfer(near(2)), add_full_key(&shop(name))];
            world.submit(PEOPLE[by], &shop(name), actions)
        }
        Step::Delete { name, heir } => {
            world.submit(&shop(name), &shop(name), vec![delete_account(TARGETS[heir])])
        }
        Step::Call { by, method, argument, deposit } => {
            let action = call_with(method, TARGETS[argument], tgas(60), near(deposit));
            world.submit(PEOPLE[by], "contract.root", vec![action])
        }
        Step::Delegate { relayer, amount } => {
            *delegate_nonce += 1;
            let delegate = DelegateAction {
                sender_id: id("alice"),
                receiver_id: id("contract.root"),
                actions: vec![call_with("fail", "", tgas(10), near(amount)).try_into().unwrap()],
                nonce: *delegate_nonce,
                max_block_height: 1_000,
                public_key: signer("alice").public_key(),
            };
            let signed = SignedDelegateAction::sign(&signer("alice"), delegate);
            world.submit(PEOPLE[relayer], "alice", vec![Action::Delegate(Box::new(signed))])
        }
        Step::Implicit { from, amount } => world.submit(PEOPLE[from], IMPLICIT, vec![transfer(near(amount))]),
        Step::Block => Ok(world.block()),
    };
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn what_all_own_is_what_there_is(steps in prop::collection::vec(step(), 1..25)) {
        let mut world = World::with_contracts();
        let mut delegate_nonce = 1;
        for step in steps {
            take(&mut world, step, &mut delegate_nonce);
        }
        world.settle();
        // Yielded calls hold gas until their time is up.
        for _ in 0..201 {
            world.block();
        }
        world.settle();
        let mut names: Vec<String> = PEOPLE.iter().chain(&TARGETS[2..]).map(|name| (*name).to_owned()).collect();
        names.extend((0..SHOPS.len()).map(shop));
        names.push(IMPLICIT.to_owned());
        let (owned, supply) = world.money(&names);
        prop_assert_eq!(owned, supply);
    }
}
