//! The network: what comes in from outside, and what can be asked.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ed25519_dalek::SigningKey;
use soroban_env_host::meta::INTERFACE_VERSION;
use stellar_xdr::{ContractId, Hash, LedgerEntryData, LedgerKey, TransactionEnvelope};

use super::bytes::sha256;
use super::close::{self, Closed};
use super::context::Context;
use super::diagnostics::Diagnostics;
use super::envelope::Tx;
use super::events;
use super::eviction::Eviction;
use super::genesis::{Genesis, GenesisError};
use super::ledger::{AppliedTransaction, Ledger, StoredEntry};
use super::outcome::Outcome;
use super::pool::Pool;
use super::settings::{Settings, SorobanConfig};
use super::simulation::{self, SimulateOptions, Simulation};
use super::soroban::{Modules, with_deep_stack};
use super::state::{State, ttl};
use super::status::{ChainError, NotTaken, TransactionStatus};

/// The first sequence number of an account that is made in a later ledger would not fit into its type.
const MAX_SEQUENCE: u32 = i32::MAX.unsigned_abs();

/// A Stellar network of one validator.
pub struct Network {
    genesis: Genesis,
    config: SorobanConfig,
    network_id: [u8; 32],
    lumens: ContractId,
    modules: Modules,
    state: State,
    eviction: Eviction,
    pool: Pool,
    latest: Arc<Ledger>,
    ledgers: BTreeMap<u32, Arc<Ledger>>,
    /// Ledger and place of each transaction, by outer and inner hash.
    places: HashMap<Hash, (u32, usize)>,
}

impl Network {
    /// A network whose first ledger (sequence number 1) is closed.
    ///
    /// # Errors
    /// The genesis makes no sense; see [`GenesisError`].
    pub fn new(genesis: Genesis) -> Result<Self, GenesisError> {
        if genesis.passphrase.is_empty() {
            return Err(GenesisError::NoPassphrase);
        }
        let config = SorobanConfig::new(&genesis.settings)?;
        let modules = Modules::new().map_err(|error| GenesisError::Host(error.to_string()))?;
        let network_id = sha256(genesis.passphrase.as_bytes());
        let lumens = events::lumens_contract(network_id);
        let root = SigningKey::from_bytes(&network_id).verifying_key().to_bytes();
        let state = genesis.state(root);
        let context = Context {
            network_id,
            lumens: &lumens,
            config: &config,
            modules: &modules,
            ledger: 1,
            close_time: genesis.close_time,
            base_fee: genesis.settings.base_fee,
            base_reserve: genesis.settings.base_reserve,
            protocol: INTERFACE_VERSION.protocol,
        };
        let latest = Arc::new(close::genesis(&context, genesis.settings.max_tx_set_size, &state));
        Ok(Self {
            ledgers: BTreeMap::from([(1, latest.clone())]),
            latest,
            genesis,
            config,
            network_id,
            lumens,
            modules,
            state,
            eviction: Eviction::default(),
            pool: Pool::default(),
            places: HashMap::new(),
        })
    }

    fn context(&self, ledger: u32, close_time: u64) -> Context<'_> {
        Context {
            network_id: self.network_id,
            lumens: &self.lumens,
            config: &self.config,
            modules: &self.modules,
            ledger,
            close_time,
            base_fee: self.genesis.settings.base_fee,
            base_reserve: self.genesis.settings.base_reserve,
            protocol: INTERFACE_VERSION.protocol,
        }
    }

    /// Takes a transaction that the next ledger could apply, if it closed now: time bounds are held against the newest
    /// ledger's close time, so that ledgers must keep up with the clock. Answers the hash of the envelope.
    ///
    /// # Errors
    /// See [`NotTaken`].
    pub fn submit(&mut self, envelope: TransactionEnvelope) -> Result<Hash, NotTaken> {
        let mut reasons = Diagnostics::default();
        let tx = Tx::new(envelope, self.network_id, &mut reasons).map_err(|code| NotTaken::Invalid {
            result: Box::new(Outcome::unreadable(code)),
            diagnostics: reasons.into_events(),
        })?;
        let hash = Hash(tx.hash);
        let mut pool = std::mem::take(&mut self.pool);
        let context = self.context(self.latest.sequence().saturating_add(1), self.latest.close_time());
        let added = pool.add(&context, &self.state, tx);
        self.pool = pool;
        added.map(|()| hash)
    }

    /// Closes the next ledger: applies what was taken, as far as the ledger's limits allow; the rest waits. What is no
    /// longer valid is dropped without a trace. A close time that is not later than the newest ledger's is replaced by
    /// one second after it. Answers the new ledger's sequence number.
    ///
    /// # Errors
    /// The engine failed; no ledger was closed.
    pub fn close_ledger(&mut self, close_time: u64) -> Result<u32, ChainError> {
        self.skip_ledgers(1, close_time)
    }

    /// Closes one ledger, `count` (at least 1) sequence numbers after the newest; the ones between never exist. Costs
    /// no more than one ledger: for tests of archival.
    ///
    /// # Errors
    /// The engine failed, or there are no such sequence numbers; no ledger was closed.
    pub fn skip_ledgers(&mut self, count: u32, close_time: u64) -> Result<u32, ChainError> {
        let newest = self.latest.sequence();
        let sequence = newest
            .checked_add(count.max(1))
            .filter(|sequence| *sequence <= MAX_SEQUENCE)
            .ok_or(ChainError::SequenceOverflow(newest))?;
        let close_time = close_time.max(self.latest.close_time().saturating_add(1));
        let context = self.context(sequence, close_time);
        let (selected, left) = self.pool.select(&context, &self.state, self.genesis.settings.max_tx_set_size);
        let closed = with_deep_stack(|| close::close(&context, &self.latest, &self.state, &selected))?;
        self.add_modules(&closed.state)?;
        self.pool.replace(left);
        self.append(closed);
        Ok(sequence)
    }

    /// Code that is new is made ready to run.
    fn add_modules(&self, state: &State) -> Result<(), ChainError> {
        for key in state.changed_since(&self.state) {
            if let Some(LedgerEntryData::ContractCode(code)) = state.get(&key).map(|entry| &entry.data) {
                self.modules.add(self.protocol_version(), &code.code)?;
            }
        }
        Ok(())
    }

    fn append(&mut self, closed: Closed) {
        let Closed { mut ledger, state: written } = closed;
        let sequence = ledger.sequence();
        self.eviction.learn(&self.state, &written);
        let mut state = written.clone();
        ledger.evicted_keys = self.eviction.evict(&mut state, sequence);
        ledger.soroban_state_bytes = ttl::soroban_bytes(&written, &state, ledger.soroban_state_bytes);
        for (place, transaction) in ledger.transactions.iter().enumerate() {
            let hashes = std::iter::once(&transaction.hash).chain(&transaction.inner_hash);
            self.places.extend(hashes.map(|hash| (hash.clone(), (sequence, place))));
        }
        self.state = state;
        self.latest = Arc::new(ledger);
        self.ledgers.insert(sequence, self.latest.clone());
    }

    /// Whether a further ledger would apply nothing.
    pub fn is_idle(&self) -> bool {
        self.pool.is_empty()
    }

    /// Forgets the ledgers before `sequence`, with their transactions. The newest one stays.
    pub fn forget_before(&mut self, sequence: u32) {
        let kept = sequence.min(self.latest.sequence());
        self.ledgers = self.ledgers.split_off(&kept);
        self.places.retain(|_, (ledger, _)| *ledger >= kept);
    }

    /// As the genesis names it.
    pub fn passphrase(&self) -> &str {
        &self.genesis.passphrase
    }

    /// SHA-256 of the passphrase.
    pub fn network_id(&self) -> Hash {
        Hash(self.network_id)
    }

    /// Ed25519 seed of the account that holds all lumens at first: the network id. It is no secret.
    pub fn root_seed(&self) -> [u8; 32] {
        self.network_id
    }

    /// The newest protocol that Soroban's host knows: 28.
    pub fn protocol_version(&self) -> u32 {
        INTERFACE_VERSION.protocol
    }

    /// Fees and limits. They do not change.
    pub fn settings(&self) -> &Settings {
        &self.genesis.settings
    }

    /// The newest closed ledger.
    pub fn latest(&self) -> &Ledger {
        &self.latest
    }

    /// The oldest ledger that is still known.
    pub fn oldest(&self) -> &Ledger {
        self.ledgers.first_key_value().map_or(&self.latest, |(_, ledger)| ledger)
    }

    /// None: never closed, skipped, or forgotten.
    pub fn ledger(&self, sequence: u32) -> Option<&Ledger> {
        self.ledgers.get(&sequence).map(Arc::as_ref)
    }

    /// Known ledgers in ascending order, from `first` on (skipped ones are simply not there).
    pub fn ledgers_from(&self, first: u32) -> impl DoubleEndedIterator<Item = &Ledger> + '_ {
        self.ledgers.range(first..).map(|(_, ledger)| ledger.as_ref())
    }

    /// By the hash of the envelope, or of a fee bump's inner transaction. None: never taken, dropped, or forgotten.
    pub fn transaction(&self, hash: &Hash) -> Option<TransactionStatus<'_>> {
        let pending = || self.pool.by_hash(&hash.0).map(|tx| TransactionStatus::Pending(&tx.envelope));
        self.applied(hash).map(TransactionStatus::Applied).or_else(pending)
    }

    fn applied(&self, hash: &Hash) -> Option<&AppliedTransaction> {
        let (ledger, place) = self.places.get(hash)?;
        self.ledgers.get(ledger)?.transactions.get(*place)
    }

    /// An entry as the newest ledger has it, archived ones too. TTL entries can be asked for by their own key.
    pub fn entry(&self, key: &LedgerKey) -> Option<StoredEntry> {
        let entry = self.state.get(key)?;
        let live_until = ttl::live_until(&self.state, key);
        let over = live_until.is_some_and(|live_until| live_until < self.latest.sequence());
        let dropped = over && ttl::is_temporary(key);
        (!dropped).then(|| StoredEntry { entry: (**entry).clone(), live_until })
    }

    /// What the one operation of a transaction would do and cost, on the newest ledger's entries and at its close time,
    /// so that ledgers must keep up with the clock. Fee bumps are simulated by their inner transaction; signatures of the
    /// envelope are not looked at.
    pub fn simulate(&self, envelope: &TransactionEnvelope, options: &SimulateOptions) -> Simulation {
        let latest = &self.latest;
        let context = self.context(latest.sequence(), latest.close_time());
        let seed = latest.hash().0;
        let simulated =
            with_deep_stack(|| simulation::simulate(&context, &self.state, seed, envelope, options));
        simulated.unwrap_or_else(|error| Simulation {
            latest_ledger: latest.sequence(),
            error: Some(error.to_string()),
            ..Simulation::default()
        })
    }
}
