//! A chain with the contracts on it, and the people who use them.

use std::collections::BTreeMap;

use idos_contracts_near::{
    Bytes32, Method, Refusal, access_grants, credential_status, members_only,
    storage::{StorageBalance, StorageBalanceOf, StorageDeposit},
};
use idos_devnet_near::chain::{Chain, Genesis, GenesisAccount, TransactionStatus};
use idos_grants::{Address, DataId, Event, GrantChange, GrantEvent, HistoryHead, Namespace, StatusEvent};
use near_crypto::{InMemorySigner, KeyType, Signer};
use near_jsonrpc_primitives::types::query::QueryResponseKind;
use near_primitives::{
    action::{Action, DeployContractAction, FunctionCallAction, TransferAction},
    transaction::{SignedTransaction, Transaction, TransactionV0},
    types::{AccountId, Balance, BlockReference, Gas},
    views::{
        AccountView, ExecutionStatusView, FinalExecutionOutcomeWithReceiptView, FinalExecutionStatus,
        QueryRequest,
    },
};

/// When tests begin, in Unix seconds.
pub const NOW: u64 = 2_000_000_000;

pub const GRANTS: &str = "grants.near";
pub const STATUSES: &str = "statuses.near";
pub const CLUB: &str = "club.near";

/// The longest account id there is.
pub const LONGEST: &str = "the-longest-account-id-that-there-is-has-sixty-four-letters.near";

const PEOPLE: [&str; 8] = [
    "alice.near",
    "carol.near",
    "bank.near",
    "shop.near",
    "kyc.near",
    "relayer.near",
    "forger.near",
    LONGEST,
];

pub type Outcome = FinalExecutionOutcomeWithReceiptView;

pub fn id(name: &str) -> AccountId {
    name.parse().unwrap()
}

pub fn data(byte: u8) -> Bytes32 {
    Bytes32([byte; 32])
}

pub fn signer(account: &str) -> Signer {
    InMemorySigner::from_seed(id(account), KeyType::ED25519, account)
}

/// A call that was done.
#[derive(Debug)]
pub struct Done<T> {
    pub answer: T,
    /// Burnt by the contract's receipt.
    pub gas: u64,
    /// Burnt by everything: the transaction, the contract, transfers, callbacks.
    pub total_gas: u64,
    pub outcome: Outcome,
}

/// A call that was not.
#[derive(Debug)]
pub struct Refused {
    pub refusal: Option<Refusal>,
    pub error: String,
}

pub struct World {
    pub chain: Chain,
    nonces: BTreeMap<String, u64>,
}

impl World {
    pub fn new() -> Self {
        let contracts = [GRANTS, STATUSES, CLUB];
        let accounts = PEOPLE.iter().chain(&contracts).map(|name| GenesisAccount {
            account_id: id(name),
            balance: Balance::from_near(1_000),
            public_keys: vec![signer(name).public_key()],
        });
        let genesis = Genesis {
            chain_id: "testing".to_owned(),
            height: 0,
            timestamp_ns: (NOW - 1_000) * 1_000_000_000,
            accounts: accounts.collect(),
        };
        let mut world = Self { chain: Chain::new(genesis).unwrap(), nonces: BTreeMap::new() };
        world.deploy(GRANTS, access_grants::WASM);
        world.deploy(STATUSES, credential_status::WASM);
        world
    }

    pub fn deploy(&mut self, account: &str, wasm: &[u8]) {
        let deploy = Action::DeployContract(DeployContractAction { code: wasm.to_vec() });
        let outcome = self.send(account, account, vec![deploy]);
        assert!(matches!(outcome.final_outcome.status, FinalExecutionStatus::SuccessValue(_)), "{outcome:?}");
    }

    /// Goes to a second, unless it is later already.
    pub fn at(&mut self, seconds: u64) -> &mut Self {
        self.chain.produce_block(seconds * 1_000_000_000).unwrap();
        self
    }

    pub fn call<M: Method>(
        &mut self,
        by: &str,
        contract: &str,
        method: &M,
    ) -> Result<Done<M::Answer>, Refused> {
        self.call_paying(by, contract, method, method.deposit())
    }

    pub fn call_paying<M: Method>(
        &mut self,
        by: &str,
        contract: &str,
        method: &M,
        yocto: u128,
    ) -> Result<Done<M::Answer>, Refused> {
        let call = function_call(M::NAME, method.args().unwrap(), method.gas(), yocto);
        let outcome = self.send(by, contract, vec![call]);
        done::<M>(contract, outcome)
    }

    /// A call with any arguments, for its error.
    pub fn raw(
        &mut self,
        by: &str,
        contract: &str,
        method: &str,
        args: &str,
        yocto: u128,
    ) -> Result<(), Refused> {
        let call = function_call(method, args.as_bytes().to_vec(), 30_000_000_000_000, yocto);
        match self.send(by, contract, vec![call]).final_outcome.status {
            FinalExecutionStatus::SuccessValue(_) => Ok(()),
            other => Err(refused(format!("{other:?}"))),
        }
    }

    pub fn send(&mut self, by: &str, to: &str, actions: Vec<Action>) -> Outcome {
        let nonce = self.nonces.entry(by.to_owned()).or_default();
        *nonce += 1;
        let signer = signer(by);
        let transaction = Transaction::V0(TransactionV0 {
            signer_id: id(by),
            public_key: signer.public_key(),
            nonce: *nonce,
            receiver_id: id(to),
            block_hash: self.chain.block(&BlockReference::latest()).unwrap().header.hash,
            actions,
        });
        let (hash, _) = transaction.get_hash_and_size();
        let hash =
            self.chain.submit(SignedTransaction::new(signer.sign(hash.as_ref()), transaction)).unwrap();
        for _ in 0..20 {
            if self.chain.is_idle() {
                break;
            }
            self.chain.produce_block(0).unwrap();
        }
        match self.chain.transaction(&hash) {
            Some(TransactionStatus::Included { outcome, .. }) => *outcome,
            other => panic!("not included: {other:?}"),
        }
    }

    pub fn view<M: Method>(&self, contract: &str, method: &M) -> Result<M::Answer, Refused> {
        let request = QueryRequest::CallFunction {
            account_id: id(contract),
            method_name: M::NAME.to_owned(),
            args: method.args().unwrap().into(),
        };
        match self.chain.query(&BlockReference::latest(), &request) {
            Ok(response) => match response.kind {
                QueryResponseKind::CallResult(result) => Ok(M::answer(&result.result).unwrap()),
                other => panic!("not an answer: {other:?}"),
            },
            Err(error) => Err(refused(error.to_string())),
        }
    }

    pub fn account(&self, name: &str) -> AccountView {
        let request = QueryRequest::ViewAccount { account_id: id(name) };
        match self.chain.query(&BlockReference::latest(), &request).unwrap().kind {
            QueryResponseKind::ViewAccount(account) => account,
            other => panic!("not an account: {other:?}"),
        }
    }

    pub fn yocto(&self, name: &str) -> u128 {
        self.account(name).amount.as_yoctonear()
    }

    /// Bytes that an account's state takes up.
    pub fn bytes(&self, name: &str) -> u64 {
        self.account(name).storage_usage
    }

    pub fn deposit_of(&self, contract: &str, account: &str) -> Option<StorageBalance> {
        self.view(contract, &StorageBalanceOf { account_id: id(account) }).unwrap()
    }

    /// Pays a deposit that lasts, for somebody.
    pub fn fund(&mut self, contract: &str, account: &str) {
        let deposit = StorageDeposit { account_id: Some(id(account)), registration_only: None };
        self.call_paying("relayer.near", contract, &deposit, 10_u128.pow(24)).unwrap();
    }

    pub fn head(&self, contract: &str) -> [u8; 32] {
        self.view(contract, &access_grants::HistoryHead {}).unwrap().0
    }

    pub fn has_access(&self, owner: &str, grantee: &str, byte: u8) -> bool {
        let (owner, grantee, data_id) = (id(owner), id(grantee), data(byte));
        self.view(GRANTS, &access_grants::HasAccess { owner, grantee, data_id }).unwrap()
    }

    pub fn create(
        &mut self,
        owner: &str,
        grantee: &str,
        byte: u8,
        locked_until: u64,
    ) -> Result<Done<()>, Refused> {
        self.call(owner, GRANTS, &create(grantee, byte, locked_until))
    }

    pub fn revoke(&mut self, owner: &str, grantee: &str, byte: u8) -> Result<Done<()>, Refused> {
        self.call(owner, GRANTS, &revoke(grantee, byte))
    }

    /// Deploys the example, whose consumer is `bank.near` and whose issuer is `kyc.near`.
    pub fn open_club(&mut self) {
        let new = members_only::New {
            grants: id(GRANTS),
            statuses: id(STATUSES),
            consumer: id("bank.near"),
            issuer: id("kyc.near"),
        };
        self.deploy(CLUB, members_only::WASM);
        self.call(CLUB, CLUB, &new).unwrap();
    }
}

pub fn create(grantee: &str, byte: u8, locked_until: u64) -> access_grants::CreateGrant {
    access_grants::CreateGrant { grantee: id(grantee), data_id: data(byte), locked_until }
}

pub fn extend(grantee: &str, byte: u8, locked_until: u64) -> access_grants::ExtendTimelock {
    access_grants::ExtendTimelock { grantee: id(grantee), data_id: data(byte), locked_until }
}

pub fn revoke(grantee: &str, byte: u8) -> access_grants::RevokeGrant {
    access_grants::RevokeGrant { grantee: id(grantee), data_id: data(byte) }
}

pub fn function_call(method: &str, args: Vec<u8>, gas: u64, yocto: u128) -> Action {
    Action::FunctionCall(Box::new(FunctionCallAction {
        method_name: method.to_owned(),
        args,
        gas: Gas::from_gas(gas),
        deposit: Balance::from_yoctonear(yocto),
    }))
}

pub fn transfer(yocto: u128) -> Action {
    Action::Transfer(TransferAction { deposit: Balance::from_yoctonear(yocto) })
}

fn refused(error: String) -> Refused {
    Refused { refusal: Refusal::parse(&error), error }
}

/// Reads an outcome as one of a call of `contract`.
pub fn done<M: Method>(contract: &str, outcome: Outcome) -> Result<Done<M::Answer>, Refused> {
    let answer = match &outcome.final_outcome.status {
        FinalExecutionStatus::SuccessValue(value) => M::answer(value).unwrap(),
        other => return Err(refused(format!("{other:?}"))),
    };
    let receipts = &outcome.final_outcome.receipts_outcome;
    let of_contract = receipts.iter().find(|receipt| receipt.outcome.executor_id == contract);
    let gas = of_contract.unwrap().outcome.gas_burnt.as_gas();
    let of_receipts: u64 = receipts.iter().map(|receipt| receipt.outcome.gas_burnt.as_gas()).sum();
    let total_gas = of_receipts + outcome.final_outcome.transaction_outcome.outcome.gas_burnt.as_gas();
    Ok(Done { answer, gas, total_gas, outcome })
}

/// What a contract logged: in its own receipts, and only in those that succeeded.
pub fn logs(contract: &str, outcome: &Outcome) -> Vec<String> {
    let own = outcome.final_outcome.receipts_outcome.iter().map(|receipt| &receipt.outcome);
    let good = own.filter(|outcome| {
        outcome.executor_id == contract && !matches!(outcome.status, ExecutionStatusView::Failure(_))
    });
    good.flat_map(|outcome| outcome.logs.clone()).collect()
}

pub fn address(account: &AccountId) -> Address {
    Address::parse(Namespace::Near, account.as_str()).unwrap()
}

/// The events of AccessGrants in an outcome, as the indexer knows them.
pub fn grant_events(outcome: &Outcome, at: u64) -> Vec<GrantEvent> {
    let mut events = Vec::new();
    for log in logs(GRANTS, outcome) {
        let event = access_grants::Event::parse(&log).unwrap().unwrap();
        let change = match event {
            access_grants::Event::GrantCreated(_) => GrantChange::Created,
            access_grants::Event::TimelockExtended(_) => GrantChange::Extended,
            access_grants::Event::GrantRevoked(_) => GrantChange::Revoked,
        };
        events.extend(event.data().iter().map(|data| GrantEvent {
            change,
            owner: address(&data.owner),
            grantee: address(&data.grantee),
            data_id: DataId(data.data_id.0),
            locked_until: data.locked_until,
            at,
        }));
    }
    events
}

/// The events of CredentialStatus in an outcome, as the indexer knows them.
pub fn status_events(outcome: &Outcome, at: u64) -> Vec<StatusEvent> {
    let mut events = Vec::new();
    for log in logs(STATUSES, outcome) {
        let event = credential_status::Event::parse(&log).unwrap().unwrap();
        events.extend(event.data().iter().map(|data| StatusEvent {
            issuer: address(&data.issuer),
            list: data.list,
            purpose: match data.purpose {
                credential_status::Purpose::Revocation => idos_grants::Purpose::Revocation,
                credential_status::Purpose::Suspension => idos_grants::Purpose::Suspension,
            },
            word_index: data.word_index,
            word: idos_grants::status::Word(data.word.0),
            at,
        }));
    }
    events
}

/// The head after events.
pub fn folded(head: HistoryHead, events: impl IntoIterator<Item = Event>) -> HistoryHead {
    events.into_iter().fold(head, |head, event| head.after(&event))
}
