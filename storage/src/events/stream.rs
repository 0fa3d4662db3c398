//! One stream: first what it missed, then what is handed out; each event once, in the order of its contract.

use std::{sync::Arc, time::Duration};

use idos_api::events::{ChainEvent, EndReason, GrantChanged, StatusChanged, StreamEnd};
use idos_grants::{Account, Address, GrantChange, status::WORD_SIZE};
use idos_mirror::{FeedEvent, FeedPosition, FeedWhat, WordChange};
use idos_wallets::Wallet;
use tokio::{
    sync::{broadcast, mpsc},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    admission::Admitted,
    cursor::EventCursor,
    hub::{FeedBatch, Hub, Positions, is_of_grants},
};
use crate::{auth::Caller, config::Clock, error::ServiceError, gate::addresses, memory::Memory};

/// How long a reader may take for what waits for it, before its stream is dropped.
const SLOW_READER: Duration = Duration::from_secs(30);

/// What is sent to a reader.
#[derive(Debug)]
pub(crate) enum Message {
    /// Something happened; everything up to the cursor was told.
    Event { event: Box<ChainEvent>, cursor: String },
    /// Nothing happened; everything up to the cursor was told.
    Quiet { cursor: String },
    /// There is nothing more to come.
    End(StreamEnd),
}

/// One stream.
pub(super) struct Stream {
    pub(super) hub: Arc<Hub>,
    pub(super) memory: Arc<Memory>,
    pub(super) clock: Clock,
    pub(super) heartbeat: Duration,
    pub(super) caller: Caller,
    pub(super) profile: Uuid,
    pub(super) issuers: Vec<Account>,
    /// Up to where everything was told; `None`: it begins with what comes.
    pub(super) told: Option<EventCursor>,
    pub(super) out: mpsc::Sender<Message>,
    pub(super) node_stops: CancellationToken,
    /// Held for as long as the stream is open.
    pub(super) _admitted: Admitted,
}

/// Why a stream ends.
enum Ended {
    /// The reader has gone, or reads too slowly.
    Reader,
    Because(EndReason),
    Failed(ServiceError),
}

impl From<ServiceError> for Ended {
    fn from(error: ServiceError) -> Self {
        Self::Failed(error)
    }
}

impl Stream {
    /// Tells everything until something ends it.
    pub(super) async fn run(mut self) {
        let (out, node_stops) = (self.out.clone(), self.node_stops.clone());
        let ended = tokio::select! {
            ended = self.tell() => ended,
            () = out.closed() => Ended::Reader,
            () = node_stops.cancelled() => Ended::Because(EndReason::NodeStops),
        };
        match ended {
            Ended::Reader => {}
            // A reader that has no room for it sees the end of the stream.
            Ended::Because(reason) => drop(out.try_send(Message::End(StreamEnd { reason }))),
            Ended::Failed(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a stream of events failed");
            }
        }
    }

    async fn tell(&mut self) -> Ended {
        loop {
            // It fell behind what is kept for it: it reads that by itself, and joins again.
            if let Err(ended) = self.join_and_tell().await {
                return ended;
            }
        }
    }

    /// Ends well when it fell behind.
    async fn join_and_tell(&mut self) -> Result<(), Ended> {
        let (mut batches, handed_out) = self.hub.join().await?;
        self.catch_up(&handed_out).await?;
        self.send(Message::Quiet { cursor: self.cursor() }).await?;
        let mut heartbeat = tokio::time::interval(self.heartbeat);
        heartbeat.tick().await;
        loop {
            tokio::select! {
                batch = batches.recv() => match batch {
                    Ok(batch) => self.take(&batch).await?,
                    Err(broadcast::error::RecvError::Lagged(_)) => return Ok(()),
                    Err(broadcast::error::RecvError::Closed) => return Err(Ended::Reader),
                },
                _ = heartbeat.tick() => {
                    self.check_session().await?;
                    self.send(Message::Quiet { cursor: self.cursor() }).await?;
                }
            }
        }
    }

    /// Reads what was handed out before it joined, after its cursor.
    async fn catch_up(&mut self, handed_out: &Positions) -> Result<(), Ended> {
        if self.told.is_some() {
            for contract in self.hub.contracts().await? {
                let Some(upto) = handed_out.get(&contract.account) else { continue };
                loop {
                    let after = self.position(&contract.account);
                    if after >= *upto {
                        break;
                    }
                    let about = self.about(is_of_grants(&contract)).await?;
                    let batch = self.hub.past(&contract, after, *upto, &about).await?;
                    self.take(&batch).await?;
                }
            }
        }
        for (contract, position) in handed_out {
            self.advance(contract, *position);
        }
        Ok(())
    }

    /// Tells what of a batch concerns the caller and was not told.
    async fn take(&mut self, batch: &FeedBatch) -> Result<(), Ended> {
        let told = self.position(&batch.contract);
        let wallets = self.memory.wallets_of(self.profile).await?;
        let is_new = |event: &&FeedEvent| told < event.position && concerns(event, &wallets, &self.issuers);
        let events: Vec<_> = batch.events.iter().filter(is_new).collect();
        if !events.is_empty() {
            self.check_session().await?;
        }
        for event in events {
            self.advance(&batch.contract, event.position);
            let message =
                Message::Event { event: Box::new(shown(&batch.contract, event)), cursor: self.cursor() };
            self.send(message).await?;
        }
        self.advance(&batch.contract, batch.upto);
        Ok(())
    }

    /// Waits for a slow reader, but not for long.
    async fn send(&self, message: Message) -> Result<(), Ended> {
        match timeout(SLOW_READER, self.out.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Ended::Reader),
        }
    }

    async fn check_session(&self) -> Result<(), Ended> {
        self.memory.refresh().await?;
        let session = self.memory.session(self.caller.session.id).await?;
        let stands = session.is_some_and(|session| (self.clock)() < session.expires_at);
        let profile = self.memory.profile_of(self.caller.session.wallet).await?;
        if stands && profile == Some(self.profile) {
            Ok(())
        } else {
            Err(Ended::Because(EndReason::SessionEnded))
        }
    }

    /// The addresses by which a contract's events concern the caller.
    async fn about(&self, of_grants: bool) -> Result<Vec<Address>, ServiceError> {
        if of_grants {
            return Ok(addresses(&self.memory.wallets_of(self.profile).await?));
        }
        let mut issuers: Vec<_> = self.issuers.iter().map(Account::address).collect();
        issuers.sort_unstable();
        issuers.dedup();
        Ok(issuers)
    }

    /// Up to where a contract was told. One that a cursor does not name was not followed then: none of it was told.
    fn position(&self, contract: &Account) -> FeedPosition {
        self.told.as_ref().and_then(|told| told.get(contract)).unwrap_or(FeedPosition::START)
    }

    fn advance(&mut self, contract: &Account, to: FeedPosition) {
        self.told.get_or_insert_default().advance(contract, to);
    }

    fn cursor(&self) -> String {
        self.told.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

/// A mirror looks for addresses; whose they are on that chain is looked at here.
fn concerns(event: &FeedEvent, wallets: &[Wallet], issuers: &[Account]) -> bool {
    match &event.what {
        FeedWhat::Grant { owner, grantee, .. } => {
            wallets.iter().any(|wallet| wallet.controls(owner) || wallet.controls(grantee))
        }
        FeedWhat::Status(change) => issuers.contains(&change.issuer),
    }
}

fn shown(contract: &Account, event: &FeedEvent) -> ChainEvent {
    let (contract, block, at) = (*contract, event.position.block, event.at);
    match event.what {
        FeedWhat::Grant { change, owner, grantee, data_id, locked_until } => {
            let changed = GrantChanged { contract, block, at, owner, grantee, data_id, locked_until };
            match change {
                GrantChange::Created => ChainEvent::GrantCreated(changed),
                GrantChange::Extended => ChainEvent::TimelockExtended(changed),
                GrantChange::Revoked => ChainEvent::GrantRevoked(changed),
            }
        }
        FeedWhat::Status(WordChange { issuer, list, purpose, word_index, before, after }) => {
            let first = u32::from(word_index) * WORD_SIZE;
            let changed = |to: bool| {
                let bits = (first..first + WORD_SIZE).filter(move |index| before.bit(*index) != to);
                bits.filter(move |index| after.bit(*index) == to).collect()
            };
            let (set, cleared) = (changed(true), changed(false));
            ChainEvent::StatusChanged(StatusChanged {
                contract,
                block,
                at,
                issuer,
                list,
                purpose,
                set,
                cleared,
            })
        }
    }
}
