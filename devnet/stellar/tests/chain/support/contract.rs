use ed25519_dalek::SigningKey;
use idos_devnet_stellar::chain::{AppliedTransaction, SimulateOptions, Simulation, StoredEntry};
use sha2::{Digest, Sha256};
use stellar_xdr::{
    ContractDataDurability, ContractExecutable, ContractId, ContractIdPreimage,
    ContractIdPreimageFromAddress, CreateContractArgs, CreateContractArgsV2, Hash, HostFunction,
    InvokeContractArgs, InvokeHostFunctionOp, LedgerKey, LedgerKeyContractCode, LedgerKeyContractData,
    Operation, OperationBody, ScAddress, ScSymbol, ScVal, SorobanAuthorizationEntry, Transaction, Uint256,
};

use super::event::return_value;
use super::operation;
use super::world::{World, account_id, with_resources};

/// A contract that does one thing a function, written by hand: no compiler for it is needed.
pub const CONTRACT: &str = r#"
(module
  (import "l" "_" (func $put (param i64 i64 i64) (result i64)))
  (import "l" "1" (func $get (param i64 i64) (result i64)))
  (import "l" "2" (func $del (param i64 i64) (result i64)))
  (import "l" "7" (func $extend (param i64 i64 i64 i64) (result i64)))
  (import "a" "0" (func $require_auth (param i64) (result i64)))
  (import "x" "1" (func $event (param i64 i64) (result i64)))
  (import "x" "3" (func $ledger (result i64)))
  (import "x" "4" (func $time (result i64)))
  (import "v" "_" (func $vec_new (result i64)))
  (import "v" "6" (func $push (param i64 i64) (result i64)))
  (import "d" "_" (func $call (param i64 i64 i64) (result i64)))
  (memory 1)
  (func (export "put") (param $key i64) (param $value i64) (result i64)
    (call $put (local.get $key) (local.get $value) (i64.const 1)))
  (func (export "get") (param $key i64) (result i64) (call $get (local.get $key) (i64.const 1)))
  (func (export "del") (param $key i64) (result i64) (call $del (local.get $key) (i64.const 1)))
  (func (export "put_temp") (param $key i64) (param $value i64) (result i64)
    (call $put (local.get $key) (local.get $value) (i64.const 0)))
  (func (export "get_temp") (param $key i64) (result i64) (call $get (local.get $key) (i64.const 0)))
  (func (export "extend") (param $key i64) (param $threshold i64) (param $to i64) (result i64)
    (call $extend (local.get $key) (i64.const 1) (local.get $threshold) (local.get $to)))
  (func (export "own") (param $owner i64) (param $key i64) (param $value i64) (result i64)
    (drop (call $require_auth (local.get $owner)))
    (call $put (local.get $key) (local.get $value) (i64.const 1)))
  (func (export "tell") (param $topic i64) (param $data i64) (result i64)
    (call $event (call $push (call $vec_new) (local.get $topic)) (local.get $data)))
  (func (export "forward") (param $contract i64) (param $function i64) (param $args i64) (result i64)
    (call $call (local.get $contract) (local.get $function) (local.get $args)))
  (func (export "time") (result i64) (call $time))
  (func (export "ledger") (result i64) (call $ledger))
  (func (export "trap") (result i64) unreachable)
  (func (export "spin") (result i64) (loop $again (br $again)) (i64.const 2))
  (@custom "contractenvmetav0" "\00\00\00\00\00\00\00\1c\00\00\00\00"))
"#;

/// The same, and what it is created with is kept under the key `1`.
pub fn contract_with_constructor() -> Vec<u8> {
    let constructor = r#"
  (func (export "__constructor") (param $value i64) (result i64)
    (call $put (i64.const 0x100000004) (local.get $value) (i64.const 1)))
  (@custom"#;
    wat::parse_str(CONTRACT.replace("\n  (@custom", constructor)).unwrap()
}

pub fn contract() -> Vec<u8> {
    wat::parse_str(CONTRACT).unwrap()
}

/// A contract on the network.
#[derive(Clone)]
pub struct Deployed {
    pub id: ContractId,
    pub wasm_hash: Hash,
}

impl Deployed {
    pub fn address(&self) -> ScAddress {
        ScAddress::Contract(self.id.clone())
    }

    pub fn call(&self, function: &str, args: Vec<ScVal>) -> HostFunction {
        HostFunction::InvokeContract(self.args(function, args))
    }

    pub fn args(&self, function: &str, args: Vec<ScVal>) -> InvokeContractArgs {
        InvokeContractArgs {
            contract_address: self.address(),
            function_name: ScSymbol(function.try_into().unwrap()),
            args: args.try_into().unwrap(),
        }
    }

    pub fn data_key(&self, key: u32, durability: ContractDataDurability) -> LedgerKey {
        LedgerKey::ContractData(LedgerKeyContractData {
            contract: self.address(),
            key: ScVal::U32(key),
            durability,
        })
    }

    pub fn instance_key(&self) -> LedgerKey {
        LedgerKey::ContractData(LedgerKeyContractData {
            contract: self.address(),
            key: ScVal::LedgerKeyContractInstance,
            durability: ContractDataDurability::Persistent,
        })
    }

    pub fn code_key(&self) -> LedgerKey {
        LedgerKey::ContractCode(LedgerKeyContractCode { hash: self.wasm_hash.clone() })
    }
}

pub fn invoke(function: HostFunction, auth: Vec<SorobanAuthorizationEntry>) -> Operation {
    operation::of(OperationBody::InvokeHostFunction(InvokeHostFunctionOp {
        host_function: function,
        auth: auth.try_into().unwrap(),
    }))
}

impl World {
    pub fn simulate(&self, source: &SigningKey, operation: Operation) -> Simulation {
        let tx = self.transaction(source, vec![operation]);
        self.network.simulate(&self.sign(tx, &[]), &SimulateOptions::default())
    }

    /// A transaction with the resources and authorization entries that a simulation found.
    #[track_caller]
    pub fn prepare(&self, source: &SigningKey, function: HostFunction) -> Transaction {
        let simulation = self.simulate(source, invoke(function.clone(), Vec::new()));
        assert_eq!(simulation.error, None);
        let auth = simulation.invocation.unwrap().auth;
        with_resources(
            self.transaction(source, vec![invoke(function, auth)]),
            simulation.transaction_data.unwrap(),
        )
    }

    #[track_caller]
    pub fn invoke(&mut self, source: &SigningKey, function: HostFunction) -> AppliedTransaction {
        let tx = self.prepare(source, function);
        self.run(self.sign(tx, &[source]))
    }

    /// Runs a call that must be successful, and answers what it returns.
    #[track_caller]
    pub fn call(&mut self, source: &SigningKey, on: &Deployed, function: &str, args: Vec<ScVal>) -> ScVal {
        let applied = self.invoke(source, on.call(function, args));
        assert!(applied.is_success(), "{:?}", applied.result);
        return_value(&applied)
    }

    #[track_caller]
    pub fn upload(&mut self, source: &SigningKey, wasm: &[u8]) -> Hash {
        let uploaded =
            self.invoke(source, HostFunction::UploadContractWasm(wasm.to_vec().try_into().unwrap()));
        assert!(uploaded.is_success(), "{:?}", uploaded.result);
        Hash(Sha256::digest(wasm).into())
    }

    #[track_caller]
    pub fn deploy(&mut self, source: &SigningKey) -> Deployed {
        let wasm_hash = self.upload(source, &contract());
        let created = self.invoke(source, create(source, &wasm_hash, 0));
        assert!(created.is_success(), "{:?}", created.result);
        created_contract(&created, wasm_hash)
    }

    pub fn stored(&self, key: &LedgerKey) -> Option<StoredEntry> {
        self.network.entry(key)
    }
}

pub fn created_contract(created: &AppliedTransaction, wasm_hash: Hash) -> Deployed {
    match return_value(created) {
        ScVal::Address(ScAddress::Contract(id)) => Deployed { id, wasm_hash },
        other => panic!("expected the address of a contract, got {other:?}"),
    }
}

pub fn preimage(source: &SigningKey, salt: u8) -> ContractIdPreimage {
    ContractIdPreimage::Address(ContractIdPreimageFromAddress {
        address: ScAddress::Account(account_id(source)),
        salt: Uint256([salt; 32]),
    })
}

pub fn create(source: &SigningKey, wasm_hash: &Hash, salt: u8) -> HostFunction {
    HostFunction::CreateContract(CreateContractArgs {
        contract_id_preimage: preimage(source, salt),
        executable: ContractExecutable::Wasm(wasm_hash.clone()),
    })
}

pub fn create_with(source: &SigningKey, wasm_hash: &Hash, salt: u8, args: Vec<ScVal>) -> HostFunction {
    HostFunction::CreateContractV2(CreateContractArgsV2 {
        contract_id_preimage: preimage(source, salt),
        executable: ContractExecutable::Wasm(wasm_hash.clone()),
        constructor_args: args.try_into().unwrap(),
    })
}
