//! An access-grants contract, block by block, as the indexer would write it to the mirror.

use idos_grants::{
    Account, DataId, Event, GrantChange, GrantEvent,
    status::{Status, StatusLedger},
};
use idos_mirror::{
    Batch, BlockHash, BlockRef, Broken, Contract, ContractKind, Located, Mirror, MirrorWriter,
};

pub struct Chain {
    pub contract: Account,
    writer: MirrorWriter,
    ledger: StatusLedger,
    at: Option<BlockRef>,
    /// Of each block.
    times: Vec<u64>,
}

impl Chain {
    pub async fn register(mirror: &Mirror, contract: Account, kind: ContractKind) -> Self {
        let writer = mirror.writer();
        writer.register(&Contract { account: contract, kind, start_block: 1 }).await.unwrap();
        Self { contract, writer, ledger: StatusLedger::default(), at: None, times: Vec::new() }
    }

    /// One more block at `now` with these events, of which the last `pending` blocks are not final. The mirror is level with it.
    pub async fn block(&mut self, now: u64, events: &[Event], pending: u64) {
        self.block_unverified(now, events, pending).await;
        self.verify().await;
    }

    /// The same, but nobody asks the contract.
    pub async fn block_unverified(&mut self, now: u64, events: &[Event], pending: u64) {
        let number = self.at.map_or(1, |at| at.number + 1);
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        let upto = BlockRef { number, hash: BlockHash(hash), time: now };
        let located = |(index, event): (usize, &Event)| Located {
            block: number,
            block_hash: upto.hash,
            log_index: index as u64,
            event: at(event, now),
        };
        let batch = Batch {
            contract: self.contract,
            after: self.at,
            events: events.iter().enumerate().map(located).collect(),
            upto,
            final_block: number.saturating_sub(pending),
            polled_at: Some(now),
        };
        self.writer.apply(&batch).await.unwrap();
        self.at = Some(upto);
        self.times.truncate(number as usize - 1);
        self.times.push(now);
    }

    /// Where the chain stands.
    pub fn place(&self) -> BlockRef {
        self.at.unwrap()
    }

    /// The blocks after `to` are undone.
    pub async fn reorg(&mut self, to: BlockRef) {
        self.writer.roll_back(&self.contract, Some(to.number)).await.unwrap();
        self.at = Some(to);
    }

    /// A reorg undoes the last block, which was not final; the chain goes on from the one before at `now`.
    pub async fn undo_last_block(&mut self, now: u64) {
        let at = self.at.unwrap();
        self.writer.roll_back(&self.contract, Some(at.number - 1)).await.unwrap();
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&(at.number - 1).to_be_bytes());
        self.at = Some(BlockRef {
            number: at.number - 1,
            hash: BlockHash(hash),
            time: self.times[at.number as usize - 2],
        });
        self.block(now, &[], 0).await;
    }

    /// The contract confirms the mirror's history head.
    pub async fn verify(&self) {
        let seen = self.writer.progress(&self.contract).await.unwrap().seen.unwrap();
        self.writer.verified(&self.contract, &seen).await.unwrap();
    }

    pub async fn break_it(&self) {
        let broken = Broken { from_block: 1, to_block: 1, reason: "test".to_owned() };
        self.writer.mark_broken(&self.contract, &broken).await.unwrap();
    }

    pub async fn create(
        &mut self,
        now: u64,
        owner: Account,
        grantee: Account,
        data_id: DataId,
        locked_until: u64,
    ) {
        self.block(now, &[grant(GrantChange::Created, owner, grantee, data_id, locked_until)], 0).await;
    }

    /// An issuer says something of a position, by the contract's own rules.
    pub async fn set_status(&mut self, now: u64, issuer: Account, list: u32, index: u32, status: Status) {
        let event = self.ledger.set_status(now, issuer.address(), list, index, status).unwrap().unwrap();
        self.block(now, &[Event::Status(event)], 0).await;
    }

    pub async fn revoke(&mut self, now: u64, owner: Account, grantee: Account, data_id: DataId) {
        self.block(now, &[grant(GrantChange::Revoked, owner, grantee, data_id, 0)], 0).await;
    }
}

pub fn grant(
    change: GrantChange,
    owner: Account,
    grantee: Account,
    data_id: DataId,
    locked_until: u64,
) -> Event {
    let (owner, grantee) = (owner.address(), grantee.address());
    Event::Grant(GrantEvent { change, owner, grantee, data_id, locked_until, at: 0 })
}

fn at(event: &Event, at: u64) -> Event {
    match *event {
        Event::Grant(event) => Event::Grant(GrantEvent { at, ..event }),
        other => other,
    }
}
