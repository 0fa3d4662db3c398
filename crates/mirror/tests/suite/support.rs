//! Chains in a few lines, and what a mirror holds as text.

use idos_grants::{
    Account, Address, DataId, Event, GrantChange, GrantEvent, HistoryHead, Purpose, StatusEvent, status::Word,
};
use idos_mirror::{
    Batch, BlockHash, BlockRef, Contract, ContractKind, GrantState, Located, Mirror, MirrorWriter,
    MirroredGrant,
};

pub const START: u64 = 10;

pub fn grants_contract() -> Contract {
    Contract {
        account: Account::evm(31_337, [0xcc; 20]),
        kind: ContractKind::AccessGrants,
        start_block: START,
    }
}

pub fn status_contract() -> Contract {
    Contract {
        account: Account::evm(31_337, [0xdd; 20]),
        kind: ContractKind::CredentialStatus,
        start_block: START,
    }
}

pub fn person(n: u8) -> Address {
    Address::Evm([n; 20])
}

pub fn data(n: u8) -> DataId {
    DataId([n; 32])
}

/// Block times are ten times the height.
pub fn block(number: u64, fork: u8) -> BlockRef {
    let mut hash = [fork; 32];
    hash[..8].copy_from_slice(&number.to_be_bytes());
    BlockRef { number, hash: BlockHash(hash), time: number * 10 }
}

pub fn grant(change: GrantChange, owner: u8, grantee: u8, id: u8, locked_until: u64) -> Event {
    let (owner, grantee, data_id) = (person(owner), person(grantee), data(id));
    Event::Grant(GrantEvent { change, owner, grantee, data_id, locked_until, at: 0 })
}

pub fn created(owner: u8, grantee: u8, id: u8) -> Event {
    grant(GrantChange::Created, owner, grantee, id, 0)
}

pub fn extended(owner: u8, grantee: u8, id: u8, locked_until: u64) -> Event {
    grant(GrantChange::Extended, owner, grantee, id, locked_until)
}

pub fn revoked(owner: u8, grantee: u8, id: u8, locked_until: u64) -> Event {
    grant(GrantChange::Revoked, owner, grantee, id, locked_until)
}

pub fn word(issuer: u8, list: u32, purpose: Purpose, word_index: u16, word: Word) -> Event {
    Event::Status(StatusEvent { issuer: person(issuer), list, purpose, word_index, word, at: 0 })
}

/// A contract's blocks, one batch a block unless merged.
pub struct Chain {
    pub contract: Contract,
    pub after: Option<BlockRef>,
    pub fork: u8,
    pub final_block: u64,
}

impl Chain {
    pub fn of(contract: Contract) -> Self {
        Self { contract, after: None, fork: 0, final_block: 0 }
    }

    /// The batch that brings the chain to block `upto`, with these events in these blocks.
    pub fn batch(&mut self, upto: u64, events: &[(u64, Event)]) -> Batch {
        let upto = block(upto, self.fork);
        let located = events.iter().enumerate().map(|(index, (number, event))| {
            let at = block(*number, self.fork);
            let log_index = events[..index].iter().filter(|(before, _)| before == number).count() as u64;
            Located { block: *number, block_hash: at.hash, log_index, event: event_at(event, at.time) }
        });
        Batch {
            contract: self.contract.account,
            after: self.after.replace(upto),
            events: located.collect(),
            upto,
            final_block: self.final_block,
            polled_at: Some(upto.time),
        }
    }

    pub async fn extend(&mut self, writer: &MirrorWriter, upto: u64, events: &[(u64, Event)]) -> HistoryHead {
        let batch = self.batch(upto, events);
        writer.apply(&batch).await.expect("a batch that follows").head
    }
}

pub fn event_at(event: &Event, at: u64) -> Event {
    match *event {
        Event::Grant(event) => Event::Grant(GrantEvent { at, ..event }),
        Event::Status(event) => Event::Status(StatusEvent { at, ..event }),
    }
}

pub async fn open(url: &str) -> (Mirror, MirrorWriter) {
    let mirror = Mirror::open(url).await.expect("a mirror opens");
    let writer = mirror.writer();
    for contract in [grants_contract(), status_contract()] {
        writer.register(&contract).await.expect("a contract is registered");
    }
    (mirror, writer)
}

/// Every row of what was mirrored, as text.
pub async fn rows(url: &str) -> Vec<String> {
    idos_testdb::dump(url, &[("mirror_grants", "1, 2, 3"), ("mirror_words", "1, 2, 3")]).await
}

/// Also the cursors and the checkpoints.
pub async fn everything(url: &str) -> Vec<String> {
    let tables = [
        ("mirror_grants", "1, 2, 3"),
        ("mirror_words", "1, 2, 3"),
        ("mirror_contracts", "1"),
        ("mirror_checkpoints", "1, 2"),
    ];
    idos_testdb::dump(url, &tables).await
}

/// What the gate is told.
pub async fn access(mirror: &Mirror, owner: u8, grantee: u8, id: u8) -> Vec<MirroredGrant> {
    mirror.reader().access(&data(id), &[person(owner)], &[person(grantee)]).await.unwrap()
}

pub fn states(grants: &[MirroredGrant]) -> Vec<GrantState> {
    grants.iter().map(|grant| grant.state).collect()
}
