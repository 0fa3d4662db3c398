//! A chain that the test holds in its hands, and calls for it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use idos_api::relay::{Fate, RelayCall, SignedCall, Submission};
use idos_client::chain::{ChainError, Payer, Prepared, TransactionFate};
use idos_grants::{Account, ChainId, DataId};
use idos_relay::{Clock, Lane, LaneTerms, Relay, RelayLimits};
use idos_wallets::{GrantCall, GrantMessage, KeyedNonce, Signature};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub const CHAIN: u64 = 31_337;
pub const NOW: u64 = 1_800_000_000;

pub fn grants_contract() -> Account {
    Account::evm(CHAIN, [0xcc; 20])
}

pub fn status_contract() -> Account {
    Account::evm(CHAIN, [0xdd; 20])
}

/// The `number`th call of an owner, good for an hour.
pub fn call(owner: u8, number: u8) -> RelayCall {
    call_of(grants_contract(), owner, number, NOW + 3600)
}

pub fn call_of(contract: Account, owner: u8, number: u8, deadline: u64) -> RelayCall {
    let ChainId::Eip155(chain) = contract.chain() else { panic!("not an EVM chain") };
    let grantee = Account::evm(chain, [0xee; 20]);
    let message = GrantMessage {
        owner: Account::evm(chain, [owner; 20]),
        call: GrantCall::CreateGrant { grantee, data_id: DataId([number; 32]), locked_until: 0 },
        nonce: KeyedNonce([number; 32]),
        deadline,
    };
    let signature = Signature::new(vec![number; 65]).unwrap();
    RelayCall::SignedCall(SignedCall::Eip712 { contract, message: Box::new(message), signature })
}

/// Where a payer stops for ever, as if the process were killed there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    BeforeSigning,
    AfterNotingBeforeSending,
    AfterSending,
    AfterMining,
}

#[derive(Debug, Default)]
struct State {
    /// The number of the account's next transaction.
    nonce: u64,
    pool: Vec<(u64, String, String)>,
    mined: HashMap<String, bool>,
    /// Calls that the contract has acted on.
    done: Vec<String>,
    sends: usize,
    checks: usize,
    balance: u128,
    cost: u128,
    refuses: Option<&'static str>,
    is_down: bool,
    holds_blocks: bool,
    stop: Option<Stop>,
}

/// One account on a chain with one block a transaction.
#[derive(Debug, Clone)]
pub struct FakeChain(Arc<Mutex<State>>);

impl FakeChain {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(State { balance: 1_000_000, cost: 100, ..State::default() })))
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    pub fn refuse(&self, name: Option<&'static str>) {
        self.with(|state| state.refuses = name);
    }

    pub fn set_balance(&self, balance: u128) {
        self.with(|state| state.balance = balance);
    }

    pub fn set_cost(&self, cost: u128) {
        self.with(|state| state.cost = cost);
    }

    pub fn set_down(&self, is_down: bool) {
        self.with(|state| state.is_down = is_down);
    }

    pub fn hold_blocks(&self, holds: bool) {
        self.with(|state| state.holds_blocks = holds);
    }

    pub fn stop_at(&self, stop: Option<Stop>) {
        self.with(|state| state.stop = stop);
    }

    /// Somebody else uses the account: its next number is gone.
    pub fn use_up_number(&self) {
        self.with(|state| {
            state.nonce += 1;
            state.pool.clear();
        });
    }

    /// How often the contract acted on calls.
    pub fn done(&self) -> Vec<String> {
        self.with(|state| state.done.clone())
    }

    pub fn transactions(&self) -> usize {
        self.with(|state| state.mined.len())
    }

    pub fn sends(&self) -> usize {
        self.with(|state| state.sends)
    }

    pub fn checks(&self) -> usize {
        self.with(|state| state.checks)
    }

    async fn maybe_stop(&self, here: Stop) {
        if self.with(|state| state.stop == Some(here)) {
            std::future::pending::<()>().await;
        }
    }

    fn answer(&self) -> Result<(), ChainError> {
        self.with(|state| if state.is_down { Err(ChainError::Rpc("down".into())) } else { Ok(()) })
    }
}

#[async_trait]
impl Payer for FakeChain {
    fn chain(&self) -> ChainId {
        ChainId::Eip155(CHAIN)
    }

    async fn balance(&self) -> Result<u128, ChainError> {
        self.answer()?;
        Ok(self.with(|state| state.balance))
    }

    async fn check(&self, call: &RelayCall) -> Result<(), ChainError> {
        self.answer()?;
        tokio::task::yield_now().await;
        let digest = call.digest();
        self.with(|state| {
            state.checks += 1;
            match state.refuses {
                Some(name) => Err(ChainError::Refused { name, arguments: String::new() }),
                None if state.done.contains(&digest) => {
                    Err(ChainError::Refused { name: "NonceUsed", arguments: String::new() })
                }
                None => Ok(()),
            }
        })
    }

    async fn prepare(&self, call: &RelayCall, fee_max: u128) -> Result<Prepared, ChainError> {
        self.maybe_stop(Stop::BeforeSigning).await;
        self.check(call).await?;
        self.with(|state| {
            if state.cost > fee_max {
                return Err(ChainError::TooExpensive { cost: state.cost, max: fee_max });
            }
            let (number, digest) = (state.nonce, call.digest());
            let bytes = serde_json::to_vec(&(number, &digest)).unwrap();
            Ok(Prepared { transaction: format!("0x{number}-{}", &digest[..8]), bytes })
        })
    }

    async fn send(&self, prepared: &Prepared) -> Result<(), ChainError> {
        self.maybe_stop(Stop::AfterNotingBeforeSending).await;
        self.answer()?;
        let (number, digest): (u64, String) = serde_json::from_slice(&prepared.bytes).unwrap();
        self.with(|state| {
            state.sends += 1;
            if number < state.nonce {
                return Err(ChainError::NotTaken("nonce too low".into()));
            }
            let entry = (number, prepared.transaction.clone(), digest);
            if !state.pool.contains(&entry) {
                state.pool.push(entry);
            }
            Ok(())
        })?;
        self.maybe_stop(Stop::AfterSending).await;
        Ok(())
    }

    async fn fate(&self, prepared: &Prepared) -> Result<TransactionFate, ChainError> {
        self.answer()?;
        let (number, _): (u64, String) = serde_json::from_slice(&prepared.bytes).unwrap();
        let fate = self.with(|state| {
            if !state.holds_blocks {
                for (number, transaction, digest) in std::mem::take(&mut state.pool) {
                    if number == state.nonce {
                        state.nonce += 1;
                        let works = !state.done.contains(&digest);
                        state.mined.insert(transaction, works);
                        state.done.push(digest);
                    }
                }
            }
            match state.mined.get(&prepared.transaction) {
                Some(true) => TransactionFate::Done { block: 7 },
                Some(false) => TransactionFate::Failed(ChainError::Reverted {
                    transaction: prepared.transaction.clone(),
                }),
                None if number < state.nonce => TransactionFate::Never,
                None => TransactionFate::Open,
            }
        });
        if matches!(fate, TransactionFate::Done { .. }) {
            self.maybe_stop(Stop::AfterMining).await;
        }
        Ok(fate)
    }
}

/// A relay at work, with its clock.
pub struct Office {
    pub relay: Relay,
    pub chain: FakeChain,
    clock: Arc<AtomicU64>,
    url: String,
    limits: RelayLimits,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Office {
    pub async fn open(url: &str, limits: RelayLimits) -> Self {
        let (chain, clock) = (FakeChain::new(), Arc::new(AtomicU64::new(NOW)));
        let relay = open(url, &chain, limits, &clock).await;
        let (url, stop) = (url.to_owned(), CancellationToken::new());
        Self { relay, chain, clock, url, limits, stop, task: None }
    }

    pub fn pass(&self, secs: u64) {
        self.clock.fetch_add(secs, Ordering::SeqCst);
    }

    /// Begins to send.
    pub fn work(&mut self) {
        let (relay, stop) = (self.relay.clone(), self.stop.clone());
        self.task = Some(tokio::spawn(async move { relay.run(stop).await }));
    }

    /// As `kill -9` would: nothing is finished. Then the process starts again.
    pub async fn kill_and_restart(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
        self.relay.close().await;
        self.relay = open(&self.url, &self.chain, self.limits, &self.clock).await;
    }

    /// Waits for a call's end.
    pub async fn end_of(&self, call: &RelayCall) -> Fate {
        self.wait_for(call, Fate::is_final).await.fate
    }

    pub async fn wait_for(&self, call: &RelayCall, is_it: impl Fn(&Fate) -> bool) -> Submission {
        for _ in 0..400 {
            let found = self.relay.submission(&call.digest(), "app").await.unwrap().unwrap();
            if is_it(&found.fate) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("it does not come to that");
    }
}

pub fn terms() -> LaneTerms {
    LaneTerms {
        access_grants: vec![grants_contract()],
        credential_statuses: vec![status_contract()],
        fee_max: 1_000,
        balance_min: 10_000,
    }
}

async fn open(url: &str, chain: &FakeChain, limits: RelayLimits, clock: &Arc<AtomicU64>) -> Relay {
    let clock = clock.clone();
    let clock: Clock = Arc::new(move || clock.load(Ordering::SeqCst));
    let lane = Lane::new(Arc::new(chain.clone()), terms());
    Relay::open(url, vec![lane], limits, clock).await.unwrap()
}
