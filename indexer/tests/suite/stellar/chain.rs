//! A Stellar network as its RPC tells it: ledgers with real headers, events, and what each transaction changed.

use std::collections::BTreeMap;

use idos_grants::{
    Account, Address, ChainId, DataId, GrantChange, GrantEvent, GrantKey, HistoryHead, Ledger as Grants,
    Status, StatusEvent,
    account::{PublicKey, StellarAddress},
    status::StatusLedger,
};
use idos_mirror::{Contract, ContractKind};
use sha2::{Digest, Sha256};
use stellar_xdr::{
    AccountId, ContractDataDurability, ContractDataEntry, ContractId, ExtensionPoint, Hash, LedgerEntry,
    LedgerEntryChange, LedgerEntryData, LedgerEntryExt, LedgerHeader, LedgerHeaderHistoryEntry, LedgerKey,
    Limits, OperationMetaV2, ScAddress, ScMapEntry, ScVal, TimePoint, TransactionMeta, TransactionMetaV4,
    Uint256, WriteXdr,
};

pub const PASSPHRASE: &str = "Standalone Network ; February 2017";
pub const FIRST: u32 = 1;
pub const GENESIS_TIME: u64 = 1_800_000_000;

const GRANTS: [u8; 32] = [0xc1; 32];
const STATUSES: [u8; 32] = [0xc2; 32];
const FORGER: [u8; 32] = [0xc3; 32];

const OWNER: StellarAddress = StellarAddress::Account([0x11; 32]);
const GRANTEE: StellarAddress = StellarAddress::Contract([0xbb; 32]);
const ISSUER: StellarAddress = StellarAddress::Key(PublicKey::Secp256k1([2; 33]));
const LIST: u32 = 7;

/// What the contracts know.
#[derive(Clone, Default)]
struct State {
    grants: Grants,
    statuses: StatusLedger,
}

/// A closed ledger.
#[derive(Clone)]
pub struct Ledger {
    pub header: LedgerHeaderHistoryEntry,
    pub transactions: Vec<Transaction>,
    entries: BTreeMap<[u8; 32], LedgerEntry>,
    state: State,
}

/// A transaction that succeeded, or one whose events an old RPC tells though it did not.
#[derive(Clone)]
pub struct Transaction {
    pub hash: [u8; 32],
    pub contract: [u8; 32],
    pub events: Vec<(Vec<ScVal>, ScVal)>,
    pub is_success: bool,
    pub meta: TransactionMeta,
}

pub struct Chain {
    pub ledgers: Vec<Ledger>,
    /// The RPC has nothing before this one.
    pub oldest: u32,
    pub passphrase: &'static str,
    /// Of the ledger that is not closed yet.
    transactions: Vec<Transaction>,
    entries: BTreeMap<[u8; 32], LedgerEntry>,
    state: State,
    hashes: u64,
}

pub fn chain() -> ChainId {
    ChainId::stellar(PASSPHRASE)
}

pub fn strkey(hash: [u8; 32]) -> String {
    StellarAddress::Contract(hash).to_string()
}

fn contract(hash: [u8; 32], kind: ContractKind) -> Contract {
    let account = Account::new(chain(), Address::Stellar(StellarAddress::Contract(hash))).unwrap();
    Contract { account, kind, start_block: FIRST.into() }
}

pub fn grants() -> Contract {
    contract(GRANTS, ContractKind::AccessGrants)
}

pub fn statuses() -> Contract {
    contract(STATUSES, ContractKind::CredentialStatus)
}

fn key(data: u8) -> GrantKey {
    GrantKey {
        owner: Address::Stellar(OWNER),
        grantee: Address::Stellar(GRANTEE),
        data_id: DataId([data; 32]),
    }
}

impl Chain {
    /// The first ledger, and hashes that no other salt's chain has.
    pub fn new(salt: u64) -> Self {
        let mut chain = Self {
            ledgers: Vec::new(),
            oldest: FIRST,
            passphrase: PASSPHRASE,
            transactions: Vec::new(),
            entries: BTreeMap::new(),
            state: State::default(),
            hashes: salt << 32,
        };
        chain.ledger(FIRST);
        chain
    }

    pub fn newest(&self) -> &Ledger {
        self.ledgers.last().unwrap()
    }

    /// The first ledger of at least this number.
    pub fn from(&self, sequence: u32) -> Option<&Ledger> {
        self.ledgers.iter().find(|ledger| ledger.sequence() >= sequence)
    }

    /// The second at which the next ledger closes.
    pub fn next_time(&self) -> u64 {
        self.ledgers.last().map_or(GENESIS_TIME, |newest| newest.time() + 5)
    }

    pub fn create(&mut self, data: u8, locked_until: u64) {
        let event = self.state.grants.create_grant(self.next_time(), key(data), locked_until).unwrap();
        self.say(GRANTS, &[grant(&event)]);
    }

    /// By one call.
    pub fn create_many(&mut self, data: std::ops::RangeInclusive<u8>) {
        let new: Vec<_> = data.map(|data| (key(data), 0)).collect();
        let events = self.state.grants.create_grants(self.next_time(), &new).unwrap();
        self.say(GRANTS, &events.iter().map(grant).collect::<Vec<_>>());
    }

    pub fn extend(&mut self, data: u8, locked_until: u64) {
        let event = self.state.grants.extend_timelock(self.next_time(), key(data), locked_until).unwrap();
        self.say(GRANTS, &[grant(&event)]);
    }

    pub fn revoke(&mut self, data: u8) {
        let event = self.state.grants.revoke_grant(self.next_time(), key(data)).unwrap();
        self.say(GRANTS, &[grant(&event)]);
    }

    pub fn set_status(&mut self, index: u32, status: Status) {
        let issuer = Address::Stellar(ISSUER);
        let event = self.state.statuses.set_status(self.next_time(), issuer, LIST, index, status).unwrap();
        self.say(STATUSES, &[word(&event.unwrap())]);
    }

    /// The same words by another contract.
    pub fn forge(&mut self, data: u8) {
        let event = Grants::default().create_grant(self.next_time(), key(data), 0).unwrap();
        self.transact(FORGER, vec![grant(&event)], true, Vec::new());
    }

    /// The same words in a call that failed: an RPC of before protocol 23 tells them all the same.
    pub fn fail(&mut self, data: u8) {
        let event = Grants::default().create_grant(self.next_time(), key(data), 0).unwrap();
        self.transact(GRANTS, vec![grant(&event)], false, Vec::new());
    }

    /// Whatever the contract cannot have said.
    pub fn say_anything(&mut self, topics: Vec<ScVal>, data: ScVal) {
        self.transact(GRANTS, vec![(topics, data)], true, Vec::new());
    }

    /// The grants' head had been archived, and is restored: it is written, and nothing is said.
    pub fn restore(&mut self) {
        let next = self.next_sequence();
        let Some(entry) = self.entries.get_mut(&GRANTS) else { return };
        entry.last_modified_ledger_seq = next;
        let restored = LedgerEntryChange::Restored(entry.clone());
        self.transact(GRANTS, Vec::new(), true, vec![restored]);
    }

    /// Closes so many ledgers; what was done is in the first.
    pub fn close(&mut self, ledgers: u32) {
        for _ in 0..ledgers {
            self.ledger(self.next_sequence());
        }
    }

    /// Closes a ledger after numbers that are left out.
    pub fn skip(&mut self, numbers: u32) {
        self.ledger(self.next_sequence() + numbers);
    }

    /// The RPC loses ledgers that there were.
    pub fn lose(&mut self, sequences: std::ops::RangeInclusive<u32>) {
        self.ledgers.retain(|ledger| !sequences.contains(&ledger.sequence()));
    }

    fn next_sequence(&self) -> u32 {
        self.newest().sequence() + 1
    }

    /// A transaction that says something, and writes the contract's head.
    fn say(&mut self, contract: [u8; 32], events: &[(Vec<ScVal>, ScVal)]) {
        let [grants, statuses] = self.state.heads();
        let head = if contract == GRANTS { grants } else { statuses };
        let after = entry(contract, head, self.next_sequence());
        let changes = match self.entries.insert(contract, after.clone()) {
            None => vec![LedgerEntryChange::Created(after)],
            Some(before) => vec![LedgerEntryChange::State(before), LedgerEntryChange::Updated(after)],
        };
        self.transact(contract, events.to_vec(), true, changes);
    }

    fn transact(
        &mut self,
        contract: [u8; 32],
        events: Vec<(Vec<ScVal>, ScVal)>,
        is_success: bool,
        changes: Vec<LedgerEntryChange>,
    ) {
        let operation = OperationMetaV2 {
            changes: stellar_xdr::LedgerEntryChanges(changes.try_into().unwrap()),
            ..OperationMetaV2::default()
        };
        let meta = TransactionMetaV4 {
            operations: vec![operation].try_into().unwrap(),
            ..TransactionMetaV4::default()
        };
        let (hash, meta) = (self.hash(), TransactionMeta::V4(meta));
        self.transactions.push(Transaction { hash, contract, events, is_success, meta });
    }

    fn hash(&mut self) -> [u8; 32] {
        self.hashes += 1;
        Sha256::digest(self.hashes.to_be_bytes()).into()
    }

    fn ledger(&mut self, sequence: u32) {
        let mut header = LedgerHeader { ledger_seq: sequence, ..LedgerHeader::default() };
        header.scp_value.close_time = TimePoint(self.next_time());
        header.scp_value.tx_set_hash = Hash(self.hash());
        header.previous_ledger_hash =
            self.ledgers.last().map(|ledger| ledger.header.hash.clone()).unwrap_or_default();
        self.ledgers.push(Ledger {
            header: hashed(header),
            transactions: std::mem::take(&mut self.transactions),
            entries: self.entries.clone(),
            state: self.state.clone(),
        });
    }
}

pub fn hashed(header: LedgerHeader) -> LedgerHeaderHistoryEntry {
    let hash = Sha256::digest(header.to_xdr(Limits::none()).unwrap()).into();
    LedgerHeaderHistoryEntry { hash: Hash(hash), header, ..LedgerHeaderHistoryEntry::default() }
}

impl State {
    fn heads(&self) -> [HistoryHead; 2] {
        [self.grants.history_head(), self.statuses.history_head()]
    }
}

impl Ledger {
    pub fn sequence(&self) -> u32 {
        self.header.header.ledger_seq
    }

    pub fn time(&self) -> u64 {
        self.header.header.scp_value.close_time.0
    }

    /// The grants' and the statuses' head after it.
    pub fn heads(&self) -> [HistoryHead; 2] {
        self.state.heads()
    }

    /// An entry as this ledger left it.
    pub fn entry(&self, key: &LedgerKey) -> Option<&LedgerEntry> {
        self.entries.values().find(|entry| entry.to_key() == *key)
    }
}

fn entry(contract: [u8; 32], head: HistoryHead, sequence: u32) -> LedgerEntry {
    let data = ContractDataEntry {
        ext: ExtensionPoint::V0,
        contract: ScAddress::Contract(ContractId(Hash(contract))),
        key: symbol("HEAD"),
        durability: ContractDataDurability::Persistent,
        val: bytes(&head.0),
    };
    LedgerEntry {
        last_modified_ledger_seq: sequence,
        data: LedgerEntryData::ContractData(data),
        ext: LedgerEntryExt::V0,
    }
}

fn grant(event: &GrantEvent) -> (Vec<ScVal>, ScVal) {
    let name = match event.change {
        GrantChange::Created => "grant_created",
        GrantChange::Extended => "timelock_extended",
        GrantChange::Revoked => "grant_revoked",
    };
    let topics = vec![symbol(name), account(event.owner), account(event.grantee), bytes(&event.data_id.0)];
    (topics, map(&[("locked_until", ScVal::U64(event.locked_until))]))
}

fn word(event: &StatusEvent) -> (Vec<ScVal>, ScVal) {
    let purpose = ScVal::U32(event.purpose.code().into());
    let topics = vec![symbol("status_changed"), account(event.issuer), ScVal::U32(event.list), purpose];
    let data = [("word", bytes(&event.word.0)), ("word_index", ScVal::U32(event.word_index.into()))];
    (topics, map(&data))
}

pub fn symbol(name: &str) -> ScVal {
    ScVal::Symbol(name.try_into().unwrap())
}

pub fn bytes(bytes: &[u8]) -> ScVal {
    ScVal::Bytes(bytes.to_vec().try_into().unwrap())
}

fn map(entries: &[(&str, ScVal)]) -> ScVal {
    let entries: Vec<_> =
        entries.iter().map(|(key, val)| ScMapEntry { key: symbol(key), val: val.clone() }).collect();
    ScVal::Map(Some(stellar_xdr::ScMap(entries.try_into().unwrap())))
}

fn account(address: Address) -> ScVal {
    let Address::Stellar(address) = address else { panic!("{address}") };
    let (kind, value) = match address {
        StellarAddress::Account(key) => {
            let id = AccountId(stellar_xdr::PublicKey::PublicKeyTypeEd25519(Uint256(key)));
            ("Native", ScVal::Address(ScAddress::Account(id)))
        }
        StellarAddress::Contract(hash) => {
            ("Native", ScVal::Address(ScAddress::Contract(ContractId(Hash(hash)))))
        }
        StellarAddress::Key(key) => {
            let kind = match key {
                PublicKey::Ed25519(_) => "Ed25519",
                PublicKey::Secp256k1(_) => "Secp256k1",
                PublicKey::Secp256r1(_) => "Secp256r1",
            };
            (kind, bytes(key.as_bytes()))
        }
    };
    ScVal::Vec(Some(stellar_xdr::ScVec(vec![symbol(kind), value].try_into().unwrap())))
}
