//! Taking calls: each once, only what the contracts' own verbs need, and within bounds.

use std::{collections::HashMap, fmt, future::Future, sync::Arc, time::Duration};

use idos_api::{
    ErrorCode,
    relay::{RelayCall, RelayRefusal, Submission},
};
use idos_client::chain::{self, ChainError};
use idos_database::DatabaseError;
use idos_grants::{Account, ChainId};
use sqlx::AnyConnection;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    db::{self, Db, DbError, Of},
    lane::{Lane, Shared},
    limits::RelayLimits,
    row::{Row, State},
    usage,
};

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

/// How long a call is kept that is over and that nobody may ask for, in seconds: as long as limits count it.
const NOBODYS_KEPT: u64 = DAY;

/// How often old rows are dropped.
const HOUSEKEEPING: Duration = Duration::from_secs(60 * 60);

/// The relay's clock, in Unix seconds.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Takes calls and sends them. Cheap to clone.
#[derive(Clone)]
pub struct Relay {
    shared: Shared,
    lanes: Arc<HashMap<ChainId, Lane>>,
    counts_apps: bool,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("chains", &self.lanes.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// A call that was taken, now or before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// How far it is.
    pub submission: Submission,
    /// Whether it was taken just now.
    pub is_new: bool,
}

/// Why a relay does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database could not be opened.
    #[error("the relay's database: {0}")]
    Database(#[from] idos_database::OpenError),
    /// One account a chain pays, for its transactions are numbered.
    #[error("{0} is named twice: one account pays on a chain")]
    ChainTwice(ChainId),
}

impl Relay {
    /// Opens the relay's database, which one process at a time may have. Nothing is sent before [`Relay::run`].
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(
        database_url: &str,
        lanes: Vec<Lane>,
        limits: RelayLimits,
        clock: Clock,
    ) -> Result<Self, OpenError> {
        let mut by_chain = HashMap::new();
        for lane in lanes {
            let chain = lane.chain();
            if by_chain.insert(chain, lane).is_some() {
                return Err(OpenError::ChainTwice(chain));
            }
        }
        metrics::describe_counter!("idos_relay_calls_total", "Calls that ended, by chain and fate.");
        let bytes_max = limits.database_mib_max.map(|mib| mib.saturating_mul(1024 * 1024));
        let shared = Shared { db: Db::open(database_url, bytes_max).await?, limits, clock };
        Ok(Self { shared, lanes: Arc::new(by_chain), counts_apps: false })
    }

    /// The same, counting what each app uses, for [`UsageLog`](crate::UsageLog). A node counts for itself what its profiles use.
    #[must_use]
    pub fn counting_apps(mut self) -> Self {
        self.counts_apps = true;
        self
    }

    /// Sends what was taken, one transaction after the other on each chain, until `shutdown`. What was on its way when the process ended is taken up
    /// first.
    pub async fn run(&self, shutdown: CancellationToken) {
        let mut tasks = JoinSet::new();
        for chain in self.lanes.keys() {
            let (relay, chain, shutdown) = (self.clone(), *chain, shutdown.clone());
            tasks.spawn(async move {
                if let Some(lane) = relay.lanes.get(&chain) {
                    lane.run(&relay.shared, &shutdown).await;
                }
            });
        }
        let relay = self.clone();
        tasks.spawn(async move { relay.keep_house(&shutdown).await });
        tasks.join_all().await;
    }

    async fn keep_house(&self, shutdown: &CancellationToken) {
        let mut rounds = tokio::time::interval(HOUSEKEEPING);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = rounds.tick() => {}
            }
            let (now, kept) = (self.now(), self.shared.limits.keep_days.saturating_mul(DAY));
            let nobodys = now.saturating_sub(NOBODYS_KEPT);
            if let Err(error) = self.shared.db.drop_before(now.saturating_sub(kept), nobodys).await {
                tracing::warn!(%error, "old calls could not be dropped; it is tried again");
            }
        }
    }

    /// Takes a call for `app`, or tells what became of it. The same call is taken once, whoever brings it again; and whoever brings it again is told of it
    /// from then on, too.
    ///
    /// # Errors
    /// Why it is not taken. A call that is refused counts for nobody, and costs nothing.
    pub async fn submit(&self, call: RelayCall, app: &str) -> Result<Taken, RelayRefusal> {
        self.submit_settled(call, app, |_, _| std::future::ready(Ok(()))).await
    }

    /// The same for somebody with accounts of its own: in the moment before a call is noted for `app`, `settle` is told who signed it, and whether it is
    /// taken just now. What it refuses is not noted.
    ///
    /// # Errors
    /// Why it is not taken: the relay's reason, or that of `settle`.
    pub async fn submit_settled<E, F>(
        &self,
        call: RelayCall,
        app: &str,
        settle: impl FnOnce(Account, bool) -> F + Send,
    ) -> Result<Taken, E>
    where
        E: From<RelayRefusal>,
        F: Future<Output = Result<(), E>> + Send,
    {
        if let Some(row) = self.shared.db.get(&call.digest()).await.map_err(failure)? {
            return self.tell(row, app, settle).await;
        }
        let (lane, row) = self.read(call, app)?;
        self.try_out(lane, &row).await?;
        let taken = self.admit(row, settle).await?;
        lane.wake();
        Ok(taken)
    }

    /// What became of a call that was taken before. Whoever did not bring it until now has proven by the call itself to know it, and may ask from now on.
    async fn tell<E, F>(
        &self,
        row: Row,
        app: &str,
        settle: impl FnOnce(Account, bool) -> F + Send,
    ) -> Result<Taken, E>
    where
        E: From<RelayRefusal>,
        F: Future<Output = Result<(), E>> + Send,
    {
        if !self.shared.db.is_told(&row, app).await.map_err(failure)? {
            let mut tx = self.shared.db.admission().await.map_err(failure)?;
            db::follow(&mut tx, &row.digest, app).await.map_err(failure)?;
            settle(row.owner, false).await?;
            tx.commit().await.map_err(|error| failure(error.into()))?;
        }
        Ok(Taken { submission: row.submission(), is_new: false })
    }

    /// What a call is, and which lane it goes.
    fn read(&self, call: RelayCall, app: &str) -> Result<(&Lane, Row), RelayRefusal> {
        let terms = chain::terms(&call).map_err(refusal)?;
        let contract = call.contract();
        let lane = self.lanes.get(&contract.chain()).ok_or_else(|| no_lane(contract.chain()))?;
        if !lane.sends_to(&contract, terms.for_statuses) {
            return Err(refused(ErrorCode::UnknownContract, "calls of that contract are not relayed here"));
        }
        let now = self.now();
        if terms.deadline.is_some_and(|deadline| now > deadline) {
            return Err(refused(
                ErrorCode::Expired,
                "it was signed for a time that has passed: sign it again",
            ));
        }
        let row = Row {
            digest: call.digest(),
            chain: contract.chain(),
            owner: terms.owner,
            app: app.to_owned(),
            call,
            deadline: terms.deadline,
            state: State::Queued,
            attempts: 0,
            next_attempt_at: now,
            created_at: now,
            updated_at: now,
        };
        Ok((lane, row))
    }

    /// Before the row is made: whoever has not the owner's signature cannot use up what is relayed for her.
    async fn try_out(&self, lane: &Lane, row: &Row) -> Result<(), RelayRefusal> {
        let mut tx = self.shared.db.admission().await.map_err(failure)?;
        self.check_limits(&mut tx, row).await?;
        // Nothing was written; the chain may take its time.
        drop(tx);
        let _permit = lane.checks().try_acquire().map_err(|_| busy())?;
        if !lane.is_funded().await.map_err(refusal)? {
            return Err(refused(
                ErrorCode::RelayUnfunded,
                "the relay's account has too little left: send the call yourself, or tell its operator",
            ));
        }
        lane.payer().check(&row.call).await.map_err(refusal)
    }

    async fn admit<E, F>(&self, row: Row, settle: impl FnOnce(Account, bool) -> F + Send) -> Result<Taken, E>
    where
        E: From<RelayRefusal>,
        F: Future<Output = Result<(), E>> + Send,
    {
        let mut tx = self.shared.db.admission().await.map_err(failure)?;
        if let Some(known) = db::get(&mut tx, &row.digest).await.map_err(failure)? {
            tx.rollback().await.map_err(|error| failure(error.into()))?;
            return self.tell(known, &row.app, settle).await;
        }
        self.check_limits(&mut tx, &row).await?;
        db::insert(&mut tx, &row).await.map_err(failure)?;
        if self.counts_apps {
            usage::count(&mut tx, &row.app, row.created_at).await.map_err(failure)?;
        }
        settle(row.owner, true).await?;
        tx.commit().await.map_err(|error| failure(error.into()))?;
        Ok(Taken { submission: row.submission(), is_new: true })
    }

    async fn check_limits(&self, tx: &mut AnyConnection, row: &Row) -> Result<(), RelayRefusal> {
        let (limits, owner) = (&self.shared.limits, row.owner.to_string());
        let (owner, app) = (|| Of::Owner(&owner), || Of::App(&row.app));
        const OF_OWNER: &str =
            "too many calls of this account were relayed: try again later, or send it yourself";
        const OF_APP: &str = "too many calls were relayed for you: try again later";
        let table = [
            (owner(), HOUR, limits.owner_calls_per_hour, OF_OWNER),
            (owner(), DAY, limits.owner_calls_per_day, OF_OWNER),
            (app(), HOUR, limits.app_calls_per_hour, OF_APP),
            (app(), DAY, limits.app_calls_per_day, OF_APP),
            (Of::Everybody, HOUR, limits.calls_per_hour, "too many calls were relayed: try again later"),
        ];
        for (of, period, max, message) in table {
            let since = row.created_at.saturating_sub(period);
            if db::count_since(tx, of, since).await.map_err(failure)? >= max {
                return Err(refused(ErrorCode::LimitReached, message));
            }
        }
        if db::waiting(tx, &row.chain.to_string()).await.map_err(failure)? >= limits.queue_max {
            return Err(busy());
        }
        Ok(())
    }

    /// What became of a call that `app` brought; `None` for any other.
    ///
    /// # Errors
    /// If the database failed.
    pub async fn submission(&self, digest: &str, app: &str) -> Result<Option<Submission>, RelayRefusal> {
        let Some(row) = self.shared.db.get(digest).await.map_err(failure)? else { return Ok(None) };
        let is_told = self.shared.db.is_told(&row, app).await.map_err(failure)?;
        Ok(is_told.then(|| row.submission()))
    }

    /// Forgets an app. What was taken for it is sent all the same, and is nobody's; it is dropped once it is over and no limit counts it any more, unless
    /// another app brought it, too.
    ///
    /// # Errors
    /// If the database failed.
    pub async fn forget(&self, app: &str) -> Result<(), RelayRefusal> {
        let mut tx = self.shared.db.admission().await.map_err(failure)?;
        db::forget(&mut tx, app).await.map_err(failure)?;
        tx.commit().await.map_err(|error| failure(error.into()))?;
        self.shared.db.purge().await.map_err(failure)
    }

    /// Whether the database answers, and each chain does, and there is something to pay with.
    pub async fn is_ready(&self) -> bool {
        if !self.shared.db.is_alive().await {
            return false;
        }
        for lane in self.lanes.values() {
            if !lane.is_funded().await.unwrap_or(false) {
                return false;
            }
        }
        true
    }

    /// Closes the database. To be called after [`Relay::run`] has ended.
    pub async fn close(&self) {
        self.shared.db.close().await;
    }

    fn now(&self) -> u64 {
        (self.shared.clock)()
    }
}

fn refused(code: ErrorCode, message: &str) -> RelayRefusal {
    RelayRefusal { code, message: message.to_owned(), refused: None }
}

fn no_lane(chain: ChainId) -> RelayRefusal {
    refused(ErrorCode::RelayUnavailable, &format!("nobody relays to {chain} here: send the call yourself"))
}

fn busy() -> RelayRefusal {
    refused(ErrorCode::LimitReached, "the relay has too much to do: try again shortly")
}

fn failure(error: DbError) -> RelayRefusal {
    tracing::error!(%error, "the relay's database failed");
    match error {
        DbError::Database(DatabaseError::Full) => {
            return refused(ErrorCode::StorageFull, "the relay's disk is full: nothing was taken");
        }
        DbError::Database(DatabaseError::Busy) => return busy(),
        _ => {}
    }
    refused(ErrorCode::Internal, "the relay failed; its operator finds the reason in the log")
}

/// What a chain's error is to whoever brought the call.
fn refusal(error: ChainError) -> RelayRefusal {
    let (code, named) = match &error {
        ChainError::Refused { name, .. } => (ErrorCode::CallRefused, Some((*name).to_owned())),
        ChainError::NotTaken(_) | ChainError::Unproven(_) => (ErrorCode::CallRefused, None),
        ChainError::TooExpensive { .. } => (ErrorCode::FeeTooHigh, None),
        ChainError::Rpc(_) | ChainError::NoBlock => {
            tracing::warn!(%error, "a call could not be tried out");
            return refused(ErrorCode::ChainUnavailable, "the chain does not answer: try again shortly");
        }
        _ => (ErrorCode::CallNotRelayed, None),
    };
    RelayRefusal { code, message: error.to_string(), refused: named }
}
