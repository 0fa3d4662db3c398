//! No lumen appears, none is lost.

use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use stellar_xdr::{
    Asset, ContractExecutable, ContractId, ContractIdPreimage, CreateContractArgs, Hash, HostFunction,
    Int128Parts, InvokeContractArgs, ScAddress, ScSymbol, ScVal,
};

use crate::support::auth::address;
use crate::support::contract::{created_contract, invoke};
use crate::support::{Deployed, LUMEN, World, account_id, event, key, operation};

const TOTAL: i64 = 1_000_000_000_000_000_000;
const PEOPLE: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// The contract of lumens, on the network.
fn deploy_lumens(world: &mut World, who: &SigningKey) -> Deployed {
    let create = HostFunction::CreateContract(CreateContractArgs {
        contract_id_preimage: ContractIdPreimage::Asset(Asset::Native),
        executable: ContractExecutable::StellarAsset,
    });
    let created = world.invoke(who, create);
    assert!(created.is_success(), "{:?}", created.result);
    created_contract(&created, Hash([0; 32]))
}

fn transfer(lumens: &Deployed, from: &SigningKey, to: ScAddress, amount: i64) -> HostFunction {
    HostFunction::InvokeContract(InvokeContractArgs {
        contract_address: lumens.address(),
        function_name: ScSymbol("transfer".try_into().unwrap()),
        args: vec![
            address(from),
            ScVal::Address(to),
            ScVal::I128(Int128Parts { hi: 0, lo: amount.cast_unsigned() }),
        ]
        .try_into()
        .unwrap(),
    })
}

/// What people, contracts and the fee pool have.
fn sum(world: &mut World, lumens: Option<&Deployed>) -> i64 {
    let people = PEOPLE.iter().map(|name| world.balance(&key(name))).sum::<i64>();
    let locked = lumens.map_or(0, |lumens| contract_balance(world, lumens));
    people + world.balance(&world.root()) + world.network.latest().header.header.fee_pool + locked
}

/// What the contract of lumens says that `SOMEBODY` has.
fn contract_balance(world: &World, lumens: &Deployed) -> i64 {
    let call = lumens.call("balance", vec![ScVal::Address(somebody())]);
    match world.simulate(&key("alice"), invoke(call, vec![])).invocation.unwrap().return_value {
        ScVal::I128(parts) => parts.lo.cast_signed(),
        other => panic!("{other:?}"),
    }
}

/// An address of a contract, that nobody has created.
fn somebody() -> ScAddress {
    ScAddress::Contract(ContractId(Hash([5; 32])))
}

#[test]
fn the_contract_of_lumens_moves_the_same_lumens() {
    let mut world = World::with(&PEOPLE);
    let (alice, bob) = (key("alice"), key("bob"));
    let lumens = deploy_lumens(&mut world, &alice);
    let applied =
        world.invoke(&alice, transfer(&lumens, &alice, ScAddress::Account(account_id(&bob)), 5 * LUMEN));
    assert!(applied.is_success(), "{:?}", applied.result);
    assert_eq!(world.balance(&bob), 10_005 * LUMEN);
    let told = &event::meta(&applied).operations[0].events[0];
    assert_eq!(told.contract_id, Some(lumens.id.clone()), "payments tell of the same contract");
    let paid = world.run_signed(&alice, vec![operation::pay(&bob, 1)]);
    assert_eq!(event::meta(&paid).operations[0].events[0].contract_id, Some(lumens.id.clone()));
    assert!(world.invoke(&alice, transfer(&lumens, &alice, somebody(), 3 * LUMEN)).is_success());
    assert_eq!(contract_balance(&world, &lumens), 3 * LUMEN);
    assert_eq!(sum(&mut world, Some(&lumens)), TOTAL);
}

#[derive(Debug, Clone)]
enum Step {
    Pay { from: usize, to: usize, amount: i64, bumped_by: Option<usize> },
    Fail { from: usize },
    Transfer { from: usize, to: Option<usize>, amount: i64 },
    Trap { from: usize, spare: i64 },
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..PEOPLE.len();
    prop_oneof![
        (who(), who(), 1..20_000 * LUMEN, proptest::option::of(who()))
            .prop_map(|(from, to, amount, bumped_by)| Step::Pay { from, to, amount, bumped_by }),
        who().prop_map(|from| Step::Fail { from }),
        (who(), proptest::option::of(who()), 1..12_000 * LUMEN)
            .prop_map(|(from, to, amount)| Step::Transfer { from, to, amount }),
        (who(), 0..1_000_000i64).prop_map(|(from, spare)| Step::Trap { from, spare }),
        Just(Step::Close),
    ]
}

fn submit(world: &mut World, contract: &Deployed, lumens: &Deployed, step: &Step) {
    let person = |index: usize| key(PEOPLE[index]);
    let envelope = match step {
        Step::Close => {
            world.close();
            return;
        }
        Step::Pay { from, to, amount, bumped_by } => {
            let tx = world.transaction(&person(*from), vec![operation::pay(&person(*to), *amount)]);
            match bumped_by {
                Some(payer) => world.bump(world.sign_v1(tx, &[&person(*from)]), &person(*payer), 777),
                None => world.sign(tx, &[&person(*from)]),
            }
        }
        Step::Fail { from } => {
            let tx = world.transaction(&person(*from), vec![operation::pay(&key("nobody"), 1)]);
            world.sign(tx, &[&person(*from)])
        }
        Step::Transfer { from, to, amount } => {
            let (from, to) = (person(*from), to.map(person));
            let to = to.map_or_else(somebody, |to| ScAddress::Account(account_id(&to)));
            let call = transfer(lumens, &from, to, *amount);
            if world.simulate(&from, invoke(call.clone(), vec![])).error.is_some() {
                return;
            }
            let tx = world.prepare(&from, call);
            world.sign(tx, &[&from])
        }
        Step::Trap { from, spare } => {
            let from = person(*from);
            let mut tx = world.prepare(&from, contract.call("time", vec![]));
            tx.operations = vec![invoke(contract.call("trap", vec![]), vec![])].try_into().unwrap();
            tx.fee += u32::try_from(*spare).unwrap();
            if let stellar_xdr::TransactionExt::V1(data) = &mut tx.ext {
                data.resource_fee += spare;
            }
            world.sign(tx, &[&from])
        }
    };
    // A refusal (an account that waits already, or has too little) is as good as anything else here.
    let _ = world.network.submit(envelope);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_all_lumens_are_somewhere(steps in proptest::collection::vec(step(), 1..40)) {
        let mut world = World::with(&PEOPLE);
        let contract = world.deploy(&key("alice"));
        let lumens = deploy_lumens(&mut world, &key("alice"));
        for step in &steps {
            submit(&mut world, &contract, &lumens, step);
        }
        world.close();
        prop_assert_eq!(sum(&mut world, Some(&lumens)), TOTAL);
        let charged: i64 = world
            .network
            .ledgers_from(1)
            .flat_map(|ledger| &ledger.transactions)
            .map(|one| one.result.fee_charged)
            .sum();
        prop_assert_eq!(world.network.latest().header.header.fee_pool, charged);
    }
}
