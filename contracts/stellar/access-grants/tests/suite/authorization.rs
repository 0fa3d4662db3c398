use idos_stellar_protocol::{Account, KeyProof, Refusal};
use soroban_sdk::{
    Address, IntoVal, Symbol, Val, Vec,
    testutils::{AuthorizedFunction, AuthorizedInvocation, MockAuth, MockAuthInvoke},
};

use crate::support::{Verbs, client, done, grant_refs, keys, new_grants, world};

const NONE: Option<KeyProof> = None;

#[test]
fn the_owner_authorizes_the_call_with_all_its_arguments_and_nobody_else_is_asked() {
    let world = world();
    let env = &world.env;
    let owner = world.address();
    let (alice, bank) = (Account::Native(owner.clone()), world.native());
    let it = client(&world);
    let data_id = world.bytes(1);
    let asked = |function: &str, args: Vec<Val>| {
        let function = AuthorizedFunction::Contract((world.id.clone(), Symbol::new(env, function), args));
        let expected = (owner.clone(), AuthorizedInvocation { function, sub_invocations: vec![] });
        assert_eq!(env.auths(), [expected]);
    };
    env.mock_all_auths();
    it.create_grant(&alice, &bank, &data_id, &0, &NONE);
    asked("create_grant", (&alice, &bank, &data_id, 0_u64, NONE).into_val(env));
    let lock = crate::support::NOW + 60;
    it.extend_timelock(&alice, &bank, &data_id, &lock, &NONE);
    asked("extend_timelock", (&alice, &bank, &data_id, lock, NONE).into_val(env));
    world.at(lock + 1);
    it.revoke_grant(&alice, &bank, &data_id, &NONE);
    asked("revoke_grant", (&alice, &bank, &data_id, NONE).into_val(env));
    let grants = new_grants(&world, &[(&bank, 1, 0), (&bank, 2, 0)]);
    it.create_grants(&alice, &grants, &NONE);
    asked("create_grants", (&alice, &grants, NONE).into_val(env));
    let grants = grant_refs(&world, &[(&bank, 1), (&bank, 2)]);
    it.revoke_grants(&alice, &grants, &NONE);
    asked("revoke_grants", (&alice, &grants, NONE).into_val(env));
    it.cancel_nonce(&owner, &data_id);
    asked("cancel_nonce", (&owner, &data_id).into_val(env));
}

#[test]
fn views_and_upkeep_ask_nobody() {
    let world = world();
    let (alice, bank) = (world.native(), world.native());
    world.create(&alice, &bank, 1, 0).unwrap();
    let it = client(&world);
    it.has_access(&alice, &bank, &world.bytes(1));
    it.grant_of(&alice, &bank, &world.bytes(1));
    it.is_nonce_used(&alice, &world.bytes(1));
    it.history_head();
    it.extend_ttl(&alice, &bank, &world.bytes(1));
    assert_eq!(world.env.auths(), []);
}

#[test]
fn without_the_owners_authorization_of_this_very_call_nothing_happens() {
    let world = world();
    let env = &world.env;
    let [owner, mallory]: [Address; 2] = std::array::from_fn(|_| world.address());
    let (alice, bank) = (Account::Native(owner.clone()), world.native());
    let data_id = world.bytes(1);
    let args: Vec<Val> = (&alice, &bank, &data_id, 0_u64, NONE).into_val(env);
    let other_args: Vec<Val> = (&alice, &bank, &world.bytes(2), 0_u64, NONE).into_val(env);
    let other_contract = world.address();
    let table: [(&str, &Address, &Address, &str, &Vec<Val>); 4] = [
        ("somebody else's", &mallory, &world.id, "create_grant", &args),
        ("with other arguments", &owner, &world.id, "create_grant", &other_args),
        ("of another verb", &owner, &world.id, "extend_timelock", &args),
        ("of another contract", &owner, &other_contract, "create_grant", &args),
    ];
    let it = client(&world);
    assert_eq!(done(it.try_create_grant(&alice, &bank, &data_id, &0, &NONE)), Err(None), "none");
    for (name, address, contract, fn_name, args) in table {
        let invoke = MockAuthInvoke { contract, fn_name, args: args.clone(), sub_invokes: &[] };
        env.mock_auths(&[MockAuth { address, invoke: &invoke }]);
        assert_eq!(done(it.try_create_grant(&alice, &bank, &data_id, &0, &NONE)), Err(None), "{name}");
        assert_eq!((world.grant_of(&alice, &bank, 1), world.head()), (None, [0; 32]), "{name}");
    }
    let invoke = MockAuthInvoke { contract: &world.id, fn_name: "create_grant", args, sub_invokes: &[] };
    env.mock_auths(&[MockAuth { address: &owner, invoke: &invoke }]);
    it.create_grant(&alice, &bank, &data_id, &0, &NONE);
}

#[test]
fn a_native_owner_with_a_proof_and_a_bare_key_without_one_are_not_heard() {
    let world = world();
    let env = &world.env;
    env.mock_all_auths();
    let (alice, bank) = (world.native(), world.native());
    let it = client(&world);
    for key in keys() {
        let proof = Some(world.proof(&key, world.text("create a grant"), 1, u64::MAX));
        let by_native = done(it.try_create_grant(&alice, &bank, &world.bytes(1), &0, &proof));
        assert_eq!(by_native, Err(Some(Refusal::NotOwner)), "{}", key.curve());
        let owner = world.account(&key);
        let by_key = done(it.try_create_grant(&owner, &bank, &world.bytes(1), &0, &NONE));
        assert_eq!(by_key, Err(Some(Refusal::NotOwner)), "{}", key.curve());
    }
    assert_eq!(env.auths(), [], "nobody was asked");
}
