//! A chain in memory: blocks of random verbs that its contract allowed, and every fork there ever was. As on NEAR, a chain of its family
//! skips heights.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use idos_grants::{
    Account, Address, ChainId, DataId, Event, GrantEvent, GrantKey, HistoryHead, Ledger, Namespace,
};
use idos_indexer::source::Tip;
use idos_mirror::{BlockHash, BlockRef, Contract, ContractKind, Located};
use rand::{Rng, SeedableRng, rngs::StdRng};

/// A reorg goes deeper than that only now and then.
pub const CONFIRMATIONS: u64 = 6;
/// Only lies name it.
pub const INVENTED: DataId = DataId([0xee; 32]);

const GENESIS_TIME: u64 = 1_700_000_000;
const START: u64 = 3;

pub fn chain_id(family: Namespace) -> ChainId {
    match family {
        Namespace::Eip155 => ChainId::Eip155(idos_devnet_evm::CHAIN_ID),
        Namespace::Near => "near:localnet".parse().unwrap(),
        Namespace::Stellar | Namespace::Xrpl => panic!("{family} has no forks"),
    }
}

pub fn contract(family: Namespace) -> Contract {
    let account = Account::new(chain_id(family), somebody(family, 0xcc)).unwrap();
    Contract { account, kind: ContractKind::AccessGrants, start_block: START }
}

fn somebody(family: Namespace, n: u8) -> Address {
    match family {
        Namespace::Eip155 => Address::Evm([n; 20]),
        Namespace::Near => Address::Near(format!("somebody-{n}.near").parse().unwrap()),
        Namespace::Stellar | Namespace::Xrpl => panic!("{family} has no forks"),
    }
}

#[derive(Clone)]
pub struct Block {
    pub at: BlockRef,
    parent: BlockHash,
    pub events: Vec<Located>,
    ledger: Ledger,
}

pub struct Chain {
    pub blocks: Vec<Block>,
    /// Of every block that ever was.
    pub heads: HashMap<BlockHash, HistoryHead>,
    rng: StdRng,
    blocks_ever: u64,
    highest_ever: u64,
    family: Namespace,
}

#[derive(Clone)]
pub struct World(Arc<Mutex<Chain>>);

impl World {
    pub fn new(seed: u64, family: Namespace) -> Self {
        let rng = StdRng::seed_from_u64(seed);
        let mut chain =
            Chain { blocks: Vec::new(), heads: HashMap::new(), rng, blocks_ever: 0, highest_ever: 0, family };
        chain.mine(START + 1);
        Self(Arc::new(Mutex::new(chain)))
    }

    pub fn chain(&self) -> MutexGuard<'_, Chain> {
        self.0.lock().unwrap()
    }

    pub fn family(&self) -> Namespace {
        self.chain().family
    }

    pub fn mine(&self, blocks: u64) {
        self.chain().mine(blocks);
    }

    /// What was undone last is overtaken: of two forks, the higher one is the chain.
    pub fn settle(&self) {
        let chain = &mut *self.chain();
        let highest = chain.highest_ever;
        chain.mine(10);
        while chain.blocks.last().is_some_and(|last| last.at.number <= highest) {
            chain.mine(1);
        }
    }

    /// Takes blocks back, and makes others: more, as many, or fewer.
    pub fn reorg(&self) {
        let chain = &mut *self.chain();
        let deepest = if chain.rng.random_bool(0.1) { 3 * CONFIRMATIONS } else { CONFIRMATIONS };
        let depth = chain.rng.random_range(1..=deepest).min(chain.blocks.len() as u64 - 1 - START);
        chain.blocks.truncate(chain.blocks.len() - depth as usize);
        let instead = chain.rng.random_range(1..=depth + 2);
        chain.mine(instead);
    }

    /// What the contract would say of every grant: data id, time and lock.
    pub fn standing(&self) -> Vec<(GrantKey, u64, u64)> {
        let chain = self.chain();
        let ledger = &chain.blocks.last().unwrap().ledger;
        ledger.grants().map(|(key, grant)| (*key, grant.created_at, grant.locked_until)).collect()
    }
}

impl Chain {
    pub fn mine(&mut self, blocks: u64) {
        for _ in 0..blocks {
            self.block();
        }
    }

    fn block(&mut self) {
        let number = self.next_number();
        self.blocks_ever += 1;
        self.highest_ever = self.highest_ever.max(number);
        let mut hash = [1; 32];
        hash[..8].copy_from_slice(&self.blocks_ever.to_be_bytes());
        let (parent, mut ledger) = self
            .blocks
            .last()
            .map_or((BlockHash([0; 32]), Ledger::default()), |last| (last.at.hash, last.ledger.clone()));
        let at = BlockRef { number, hash: BlockHash(hash), time: GENESIS_TIME + 12 * number };
        let verbs = if number < START { 0 } else { self.rng.random_range(0..5) };
        let family = self.family;
        let events =
            (0..verbs).filter_map(|_| verb(&mut self.rng, family, &mut ledger, at.time)).collect::<Vec<_>>();
        let located = |(index, event)| Located {
            block: number,
            block_hash: at.hash,
            log_index: index as u64 * 2,
            event: Event::Grant(event),
        };
        let events = events.into_iter().enumerate().map(located).collect();
        self.heads.insert(at.hash, ledger.history_head());
        self.blocks.push(Block { at, parent, events, ledger });
    }

    fn next_number(&mut self) -> u64 {
        let next = self.blocks.last().map_or(0, |last| last.at.number + 1);
        let skips = self.family == Namespace::Near && next > START && self.rng.random_bool(0.3);
        if skips { next + self.rng.random_range(1..40) } else { next }
    }

    /// What a server knows that is so many blocks behind.
    pub fn known(&self, behind: u64) -> &[Block] {
        let count = self.blocks.len().saturating_sub(behind as usize).max(START as usize + 1);
        &self.blocks[..count]
    }

    pub fn tip(&self, behind: u64) -> Tip {
        let known = self.known(behind);
        let newest = known.last().unwrap();
        let below = known.len().saturating_sub(1 + CONFIRMATIONS as usize);
        Tip { newest: newest.at, parent: newest.parent, final_block: known[below].at.number }
    }
}

fn verb(rng: &mut StdRng, family: Namespace, ledger: &mut Ledger, now: u64) -> Option<GrantEvent> {
    let person = |n| somebody(family, n);
    let key = GrantKey {
        owner: person(rng.random_range(1..4)),
        grantee: person(rng.random_range(4..6)),
        data_id: DataId([rng.random_range(1..5); 32]),
    };
    let lock = if rng.random_bool(0.3) { now + rng.random_range(1..100) } else { 0 };
    match rng.random_range(0..5) {
        0..3 => ledger.create_grant(now, key, lock),
        3 => ledger.revoke_grant(now, key),
        _ => ledger.extend_timelock(now, key, now + rng.random_range(1..200)),
    }
    .ok()
}
