//! A NEAR chain as its servers tell it: blocks of receipts, at heights with gaps, and every fork there ever was.

use std::collections::HashMap;

use idos_grants::{
    Account, Address, ChainId, DataId, GrantEvent, GrantKey, HistoryHead, Ledger, Status, StatusEvent,
    status::StatusLedger,
};
use idos_mirror::{Contract, ContractKind};
use serde_json::{Value, json};

pub const CHAIN_ID: &str = "localnet";
pub const GENESIS_HEIGHT: u64 = 100;
pub const GENESIS_TIME: u64 = 1_800_000_000;

const OWNER: &str = "alice.near";
const GRANTEE: &str = "bank.near";
const ISSUER: &str = "issuer.near";
const LIST: u32 = 7;

/// What the contracts know after a block.
#[derive(Clone, Default)]
struct State {
    grants: Ledger,
    statuses: StatusLedger,
}

#[derive(Clone)]
pub struct Block {
    pub height: u64,
    pub hash: [u8; 32],
    parent: Option<(u64, [u8; 32])>,
    last_final: [u8; 32],
    time_ns: u64,
    receipts: Vec<Receipt>,
    state: State,
}

#[derive(Clone)]
struct Receipt {
    executor: String,
    logs: Vec<String>,
    is_success: bool,
}

pub struct Chain {
    pub blocks: Vec<Block>,
    /// The grants' and the statuses' head after every block that ever was.
    pub heads: HashMap<[u8; 32], [HistoryHead; 2]>,
    /// Receipts of the next block, and the contracts after them.
    receipts: Vec<Receipt>,
    state: State,
    hashes: u64,
    pub chain_id: &'static str,
}

pub fn chain() -> ChainId {
    format!("near:{CHAIN_ID}").parse().unwrap()
}

fn contract(id: &str, kind: ContractKind) -> Contract {
    let account = Account::new(chain(), near(id)).unwrap();
    Contract { account, kind, start_block: GENESIS_HEIGHT }
}

fn near(id: &str) -> Address {
    Address::Near(id.parse().unwrap())
}

pub fn grants() -> Contract {
    contract("grants.near", ContractKind::AccessGrants)
}

pub fn statuses() -> Contract {
    contract("statuses.near", ContractKind::CredentialStatus)
}

fn key(data: u8) -> GrantKey {
    GrantKey { owner: near(OWNER), grantee: near(GRANTEE), data_id: DataId([data; 32]) }
}

impl Chain {
    /// The genesis block, and hashes that no other salt's chain has.
    pub fn new(salt: u64) -> Self {
        let mut chain = Self {
            blocks: Vec::new(),
            heads: HashMap::new(),
            receipts: Vec::new(),
            state: State::default(),
            hashes: salt << 32,
            chain_id: CHAIN_ID,
        };
        chain.block(GENESIS_HEIGHT);
        chain
    }

    pub fn newest(&self) -> &Block {
        self.blocks.last().unwrap()
    }

    pub fn final_height(&self) -> u64 {
        self.blocks[self.blocks.len().saturating_sub(3)].height
    }

    pub fn at(&self, height: u64) -> Option<&Block> {
        self.blocks.iter().find(|block| block.height == height)
    }

    /// The second at which the next block is made.
    pub fn next_time(&self) -> u64 {
        (self.newest().time_ns + 600_000_000) / 1_000_000_000
    }

    pub fn create(&mut self, data: u8, locked_until: u64) {
        let event = self.state.grants.create_grant(self.next_time(), key(data), locked_until).unwrap();
        self.log_grants("grant_created", &[event]);
    }

    /// One log with an entry for each.
    pub fn create_many(&mut self, data: std::ops::RangeInclusive<u8>) {
        let new: Vec<_> = data.map(|data| (key(data), 0)).collect();
        let events = self.state.grants.create_grants(self.next_time(), &new).unwrap();
        self.log_grants("grant_created", &events);
    }

    pub fn extend(&mut self, data: u8, locked_until: u64) {
        let event = self.state.grants.extend_timelock(self.next_time(), key(data), locked_until).unwrap();
        self.log_grants("timelock_extended", &[event]);
    }

    pub fn revoke(&mut self, data: u8) {
        let event = self.state.grants.revoke_grant(self.next_time(), key(data)).unwrap();
        self.log_grants("grant_revoked", &[event]);
    }

    pub fn set_status(&mut self, index: u32, status: Status) {
        let event = self.state.statuses.set_status(self.next_time(), near(ISSUER), LIST, index, status);
        let Some(StatusEvent { list, purpose, word_index, word, .. }) = event.unwrap() else { return };
        let data = json!([{"issuer": ISSUER, "list": list, "purpose": purpose, "word_index": word_index, "word": hex::encode(word.0)}]);
        self.log("statuses.near", vec![line("idos-credential-status", "status_changed", data)], true);
    }

    /// The same words, by another contract; or by the right one in a call that failed.
    pub fn forge(&mut self, executor: &str, is_success: bool) {
        let event = Ledger::default().create_grant(self.next_time(), key(9), 0).unwrap();
        self.log(executor, vec![line("idos-access-grants", "grant_created", entries(&[event]))], is_success);
    }

    fn log_grants(&mut self, event: &str, events: &[GrantEvent]) {
        let logs =
            vec!["a log that is no event".to_owned(), line("idos-access-grants", event, entries(events))];
        self.log("grants.near", logs, true);
    }

    pub fn log(&mut self, executor: &str, logs: Vec<String>, is_success: bool) {
        self.receipts.push(Receipt { executor: executor.to_owned(), logs, is_success });
    }

    /// Blocks at the next heights.
    pub fn mine(&mut self, blocks: u64) {
        for _ in 0..blocks {
            self.block(self.newest().height + 1);
        }
    }

    /// A block after heights that hold none.
    pub fn skip(&mut self, heights: u64) {
        self.block(self.newest().height + 1 + heights);
    }

    /// Takes back the last blocks and what was in them.
    pub fn undo(&mut self, blocks: usize) {
        self.blocks.truncate(self.blocks.len() - blocks);
        self.state = self.newest().state.clone();
        self.receipts.clear();
    }

    fn block(&mut self, height: u64) {
        self.hashes += 1;
        let mut hash = [1; 32];
        hash[..8].copy_from_slice(&self.hashes.to_be_bytes());
        let parent = self.blocks.last();
        let last_final = match self.blocks.len() {
            0 | 1 => [0; 32],
            blocks => self.blocks[blocks - 2].hash,
        };
        let block = Block {
            height,
            hash,
            parent: parent.map(|parent| (parent.height, parent.hash)),
            last_final,
            time_ns: parent.map_or(GENESIS_TIME * 1_000_000_000, |parent| parent.time_ns + 600_000_000),
            receipts: std::mem::take(&mut self.receipts),
            state: self.state.clone(),
        };
        let heads = [self.state.grants.history_head(), self.state.statuses.history_head()];
        self.heads.insert(hash, heads);
        self.blocks.push(block);
    }
}

fn entries(events: &[GrantEvent]) -> Value {
    let entry = |event: &GrantEvent| {
        json!({
            "owner": event.owner.to_string(),
            "grantee": event.grantee.to_string(),
            "data_id": hex::encode(event.data_id.0),
            "locked_until": event.locked_until.to_string(),
        })
    };
    events.iter().map(entry).collect()
}

pub fn line(standard: &str, event: &str, data: Value) -> String {
    let line = json!({"standard": standard, "version": "1.0.0", "event": event, "data": data});
    format!("EVENT_JSON:{line}")
}

pub fn base58(hash: &[u8; 32]) -> String {
    bs58::encode(hash).into_string()
}

impl Block {
    /// As NEAR Lake tells it, with two shards.
    pub fn json(&self) -> Value {
        let (elsewhere, here): (Vec<_>, Vec<_>) =
            self.receipts.iter().enumerate().partition(|(_, receipt)| receipt.executor.len() % 2 == 0);
        let shard = |id: u64, receipts: Vec<(usize, &Receipt)>| {
            let outcomes: Vec<_> =
                receipts.into_iter().map(|(index, receipt)| self.outcome(index, receipt)).collect();
            json!({"shard_id": id, "chunk": null, "receipt_execution_outcomes": outcomes, "state_changes": []})
        };
        json!({
            "block": {"author": "node0", "header": self.header(), "chunks": []},
            "shards": [shard(0, elsewhere), shard(1, here)],
        })
    }

    pub fn header(&self) -> Value {
        json!({
            "height": self.height,
            "prev_height": self.parent.map(|parent| parent.0),
            "hash": base58(&self.hash),
            "prev_hash": base58(&self.parent.unwrap_or_default().1),
            "last_final_block": base58(&self.last_final),
            "timestamp": self.time_ns,
            "timestamp_nanosec": self.time_ns.to_string(),
            "latest_protocol_version": 99,
        })
    }

    fn outcome(&self, index: usize, receipt: &Receipt) -> Value {
        let mut id = self.hash;
        id[31] = index as u8;
        let status = match (receipt.is_success, index % 2) {
            (true, 0) => json!({"SuccessValue": ""}),
            (true, _) => json!({"SuccessReceiptId": base58(&id)}),
            (false, _) => {
                json!({"Failure": {"ActionError": {"index": 0, "kind": {"FunctionCallError": {"ExecutionError": "no"}}}}})
            }
        };
        json!({
            "execution_outcome": {
                "proof": [],
                "block_hash": base58(&self.hash),
                "id": base58(&id),
                "outcome": {
                    "logs": receipt.logs,
                    "receipt_ids": [],
                    "gas_burnt": 1,
                    "tokens_burnt": "1",
                    "executor_id": receipt.executor,
                    "status": status,
                    "metadata": {"version": 3, "gas_profile": []},
                },
            },
            "receipt": {
                "predecessor_id": OWNER,
                "receiver_id": receipt.executor,
                "receipt_id": base58(&id),
                "receipt": {"Action": {"signer_id": OWNER, "actions": []}},
            },
        })
    }
}
