//! What happens on the chains, told to whom it concerns as it becomes final: once, in the order of each chain, and again from any cursor.
//!
//! One task reads the mirror for all streams ([`hub`]); each stream takes from it what concerns its caller ([`stream`]). A stream that begins at a
//! cursor, or that fell behind, reads what it missed from the mirror by itself, few at a time. Only what is in a final block, confirmed by the
//! contract's own history head, is told: so no reorg takes anything back.

mod admission;
mod cursor;
mod hub;
mod stream;

use std::{sync::Arc, time::Duration};

use idos_grants::Account;
use idos_mirror::MirrorReader;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{auth::Caller, config::Clock, error::ServiceError, memory::Memory};
use admission::Admission;
use hub::Hub;
use stream::Stream;

pub(crate) use cursor::EventCursor;
pub(crate) use stream::Message;

/// Messages that may wait for a reader.
const WAITING_MAX: usize = 64;

/// Where streams are opened.
pub(crate) struct Events {
    hub: Arc<Hub>,
    admission: Arc<Admission>,
    memory: Arc<Memory>,
    clock: Clock,
    heartbeat: Duration,
    node_stops: CancellationToken,
    _stop: DropGuard,
}

/// What a stream is to tell, and to whom.
pub(crate) struct Subscription {
    pub(crate) caller: Caller,
    pub(crate) issuers: Vec<Account>,
    /// Up to where everything was told before; `None`: it begins with what comes.
    pub(crate) after: Option<EventCursor>,
}

impl Events {
    /// Starts the task that reads the mirror, while there is a stream. It ends when this is dropped.
    pub(crate) fn start(
        mirror: MirrorReader,
        memory: Arc<Memory>,
        clock: Clock,
        config: &crate::VaultConfig,
    ) -> Self {
        let hub = Arc::new(Hub::new(mirror, config.event_poll));
        let node_stops = CancellationToken::new();
        let (reading, ended) = (hub.clone(), node_stops.clone());
        tokio::spawn(async move { reading.run(ended).await });
        Self {
            hub,
            admission: Admission::new(config.event_streams_max),
            memory,
            clock,
            heartbeat: config.event_heartbeat,
            _stop: node_stops.clone().drop_guard(),
            node_stops,
        }
    }

    /// Opens a stream. It ends when what is returned is dropped, or is not read for too long; when the session ends; when the node stops.
    pub(crate) fn open(&self, subscription: Subscription) -> Result<mpsc::Receiver<Message>, ServiceError> {
        let Subscription { caller, issuers, after } = subscription;
        let profile = caller.profile()?;
        let (out, messages) = mpsc::channel(WAITING_MAX);
        let stream = Stream {
            _admitted: self.admission.admit(profile)?,
            hub: self.hub.clone(),
            memory: self.memory.clone(),
            clock: self.clock.clone(),
            heartbeat: self.heartbeat,
            caller,
            profile,
            issuers,
            told: after,
            out,
            node_stops: self.node_stops.clone(),
        };
        tokio::spawn(stream.run());
        Ok(messages)
    }

    /// Ends every stream: a server that waits for its connections could not stop.
    pub(crate) fn end(&self) {
        self.node_stops.cancel();
    }
}
