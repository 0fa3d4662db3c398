//! One chain: who pays, for what, and the one task that sends.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use idos_client::chain::{ChainError, Payer, Prepared, TransactionFate};
use idos_grants::{Account, ChainId};
use tokio::sync::{Mutex, Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::{
    db::{Db, DbError},
    limits::RelayLimits,
    row::{Row, State},
    service::Clock,
};

/// How often a transaction is asked for.
const POLL: Duration = Duration::from_millis(500);

/// How often a transaction that is in no block is sent again.
const SEND_AGAIN: Duration = Duration::from_secs(15);

/// How long nothing happens before it is looked whether something is due.
const IDLE: Duration = Duration::from_secs(1);

/// How long the account's balance is believed.
const BALANCE_FOR: Duration = Duration::from_secs(10);

/// The longest pause before what failed on the way is tried again, in seconds.
const PAUSE_MAX_SECS: u64 = 60;

/// New calls that are tried out at a time.
const CHECKS_MAX: usize = 16;

/// What is paid for on one chain.
#[derive(Debug, Clone)]
pub struct LaneTerms {
    /// The access-grants contracts whose calls are sent, and no other.
    pub access_grants: Vec<Account>,
    /// The credential-status contracts whose calls are sent, and no other.
    pub credential_statuses: Vec<Account>,
    /// What a call may cost, in the chain's smallest unit.
    pub fee_max: u128,
    /// What stays in the account: with less, nothing is taken.
    pub balance_min: u128,
}

/// One chain.
#[derive(Debug)]
pub struct Lane {
    payer: Arc<dyn Payer>,
    terms: LaneTerms,
    wake: Notify,
    checks: Semaphore,
    balance: Mutex<Option<(Instant, u128)>>,
}

/// What all lanes share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) db: Db,
    pub(crate) limits: RelayLimits,
    pub(crate) clock: Clock,
}

impl Lane {
    /// The chain of `payer`.
    pub fn new(payer: Arc<dyn Payer>, terms: LaneTerms) -> Self {
        Self {
            payer,
            terms,
            wake: Notify::new(),
            checks: Semaphore::new(CHECKS_MAX),
            balance: Mutex::new(None),
        }
    }

    pub(crate) fn chain(&self) -> ChainId {
        self.payer.chain()
    }

    pub(crate) fn payer(&self) -> &dyn Payer {
        self.payer.as_ref()
    }

    pub(crate) fn checks(&self) -> &Semaphore {
        &self.checks
    }

    /// Whether the contract is one whose calls are sent.
    pub(crate) fn sends_to(&self, contract: &Account, for_statuses: bool) -> bool {
        let contracts =
            if for_statuses { &self.terms.credential_statuses } else { &self.terms.access_grants };
        contracts.contains(contract)
    }

    /// Something is new.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Whether the account can pay for one more call and keep what is to stay.
    pub(crate) async fn is_funded(&self) -> Result<bool, ChainError> {
        let mut known = self.balance.lock().await;
        let balance = match *known {
            Some((since, balance)) if since.elapsed() < BALANCE_FOR => balance,
            _ => {
                let balance = self.payer.balance().await?;
                *known = Some((Instant::now(), balance));
                balance
            }
        };
        Ok(balance >= self.terms.balance_min.saturating_add(self.terms.fee_max))
    }

    async fn forget_balance(&self) {
        *self.balance.lock().await = None;
    }

    /// Sends what waits, one after the other, until `shutdown`.
    pub(crate) async fn run(&self, shared: &Shared, shutdown: &CancellationToken) {
        let mut sent_at = None;
        while !shutdown.is_cancelled() {
            let pause = match self.step(shared, &mut sent_at).await {
                Ok(Step::GoOn) => continue,
                Ok(Step::Wait) => POLL,
                Ok(Step::Idle) => IDLE,
                Err(error) => {
                    tracing::error!(chain = %self.chain(), %error, "the relay's database failed");
                    IDLE
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.wake.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn step(&self, shared: &Shared, sent_at: &mut Option<Instant>) -> Result<Step, DbError> {
        let now = (shared.clock)();
        let Some(mut row) = shared.db.next(&self.chain().to_string(), now).await? else {
            return Ok(Step::Idle);
        };
        row.updated_at = now;
        match row.state.clone() {
            State::Sent(prepared) => self.follow(shared, row, &prepared, sent_at).await,
            _ => {
                *sent_at = None;
                self.prepare(shared, row, now).await
            }
        }
    }

    /// Signs a transaction, and writes it down: sending it is the next step.
    async fn prepare(&self, shared: &Shared, mut row: Row, now: u64) -> Result<Step, DbError> {
        if row.deadline.is_some_and(|deadline| now > deadline) {
            row.state = failed("expired", "it was signed for a time that has passed: sign it again", None);
        } else {
            match self.prepared(&row).await {
                Ok(prepared) => row.state = State::Sent(prepared),
                Err(error) if error.is_passing() && row.attempts + 1 < shared.limits.attempts_max => {
                    tracing::warn!(chain = %self.chain(), %error, "a call could not be sent; it is tried again");
                    row.attempts += 1;
                    row.next_attempt_at = now.saturating_add(pause_secs(row.attempts));
                }
                Err(error) => row.state = failed(error.code(), &error.to_string(), None),
            }
        }
        self.note(shared, &row).await?;
        Ok(Step::GoOn)
    }

    async fn prepared(&self, row: &Row) -> Result<Prepared, ChainError> {
        if !self.is_funded().await? {
            return Err(ChainError::Rpc(
                "the relay's account has too little left: its operator must fund it".into(),
            ));
        }
        self.payer.prepare(&row.call, self.terms.fee_max).await
    }

    /// Sends a transaction that was written down, as often as needed, until it is known what became of it.
    async fn follow(
        &self,
        shared: &Shared,
        mut row: Row,
        prepared: &Prepared,
        sent_at: &mut Option<Instant>,
    ) -> Result<Step, DbError> {
        let transaction = prepared.transaction.clone();
        match self.payer.fate(prepared).await {
            Ok(TransactionFate::Done { block }) => row.state = State::Done { transaction, block },
            Ok(TransactionFate::Failed(error)) => {
                row.state = failed(error.code(), &error.to_string(), Some(transaction));
            }
            Ok(TransactionFate::Never) => {
                tracing::warn!(chain = %self.chain(), %transaction, "a transaction was overtaken; another is made");
                row.attempts += 1;
                row.state = if row.attempts < shared.limits.attempts_max {
                    State::Queued
                } else {
                    failed("chain_unavailable", "its transactions were overtaken again and again", None)
                };
            }
            Ok(TransactionFate::Open) => {
                if sent_at.is_none_or(|at| at.elapsed() >= SEND_AGAIN) {
                    *sent_at = Some(Instant::now());
                    self.send(prepared).await;
                }
                return Ok(Step::Wait);
            }
            Err(error) => {
                tracing::warn!(chain = %self.chain(), %error, "it is not known what became of a transaction");
                return Ok(Step::Wait);
            }
        }
        *sent_at = None;
        self.forget_balance().await;
        self.note(shared, &row).await?;
        Ok(Step::GoOn)
    }

    /// What comes of it is asked for next, so no answer counts.
    async fn send(&self, prepared: &Prepared) {
        if let Err(error) = self.payer.send(prepared).await {
            let transaction = &prepared.transaction;
            tracing::warn!(chain = %self.chain(), %transaction, %error, "a transaction was not taken at once");
        }
    }

    async fn note(&self, shared: &Shared, row: &Row) -> Result<(), DbError> {
        shared.db.update(row).await?;
        if matches!(row.state, State::Done { .. } | State::Failed { .. }) {
            let (chain, fate) = (self.chain().to_string(), row.state.name());
            metrics::counter!("idos_relay_calls_total", "chain" => chain, "fate" => fate).increment(1);
        }
        Ok(())
    }
}

enum Step {
    /// There may be more to do at once.
    GoOn,
    /// A transaction is on its way.
    Wait,
    /// Nothing is due.
    Idle,
}

fn failed(code: &str, message: &str, transaction: Option<String>) -> State {
    State::Failed { code: code.to_owned(), message: message.to_owned(), transaction }
}

/// 1, 2, 4 and so on.
fn pause_secs(attempts: u64) -> u64 {
    1_u64
        .checked_shl(u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX))
        .unwrap_or(u64::MAX)
        .min(PAUSE_MAX_SECS)
}
