//! Transactions that wait for the next ledger.

use std::collections::HashMap;

use stellar_xdr::{AccountId, Hash, TransactionResultCode as Code};

use super::context::Context;
use super::diagnostics::Diagnostics;
use super::envelope::Tx;
use super::outcome::Outcome;
use super::state::{State, account};
use super::status::NotTaken;
use super::validate;

/// Most transactions that wait: more than any one ledger takes.
const MAX_PENDING: usize = 4_000;

/// How much more a fee bump must offer to take the place of a waiting transaction.
const REPLACEMENT_FACTOR: i128 = 10;

/// Transactions that wait for the next ledger, in the order in which they came. One an account.
#[derive(Default)]
pub(super) struct Pool(Vec<Tx>);

impl Pool {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn by_hash(&self, hash: &[u8; 32]) -> Option<&Tx> {
        self.0.iter().find(|tx| tx.hash == *hash || tx.inner_hash == *hash)
    }

    /// Takes a transaction that is valid for the ledger of the context.
    pub(super) fn add(&mut self, context: &Context<'_>, state: &State, tx: Tx) -> Result<(), NotTaken> {
        let waiting = self.0.iter().position(|waiting| waiting.source() == tx.source());
        if let Some(waiting) = waiting.and_then(|index| self.0.get(index)) {
            check_replaces(waiting, &tx)?;
        } else if self.0.len() >= MAX_PENDING {
            return Err(NotTaken::TryAgainLater("too many transactions wait for the next ledger"));
        }
        let mut reasons = Diagnostics::default();
        let (valid, result) = validate::check(context, state, &tx, &mut reasons);
        if !valid {
            return Err(NotTaken::Invalid { result: Box::new(result), diagnostics: reasons.into_events() });
        }
        let promised = self
            .0
            .iter()
            .filter(|other| other.fee_source() == tx.fee_source() && other.source() != tx.source())
            .fold(0i64, |sum, other| sum.saturating_add(other.full_fee()));
        if !can_pay(context, state, &tx.fee_source(), promised.saturating_add(tx.full_fee())) {
            return Err(invalid(&tx, Code::TxInsufficientBalance, 0));
        }
        match waiting.and_then(|index| self.0.get_mut(index)) {
            Some(slot) => *slot = tx,
            None => self.0.push(tx),
        }
        Ok(())
    }

    /// What the ledger of the context applies, and what waits on. What has become invalid is dropped: nobody pays for
    /// it.
    pub(super) fn select(
        &self,
        context: &Context<'_>,
        state: &State,
        max_operations: u32,
    ) -> (Vec<Tx>, Vec<Tx>) {
        let mut room = Room::new(context, max_operations);
        let mut promised: HashMap<AccountId, i64> = HashMap::new();
        let (mut selected, mut left) = (Vec::new(), Vec::new());
        for tx in &self.0 {
            let sum = promised.entry(tx.fee_source()).or_default();
            let with_this = sum.saturating_add(tx.full_fee());
            let (valid, _) = validate::check(context, state, tx, &mut Diagnostics::default());
            if !valid || !can_pay(context, state, &tx.fee_source(), with_this) {
                continue;
            }
            if room.take(tx) {
                *sum = with_this;
                selected.push(tx.clone());
            } else {
                left.push(tx.clone());
            }
        }
        (selected, left)
    }

    pub(super) fn replace(&mut self, waiting: Vec<Tx>) {
        self.0 = waiting;
    }
}

fn can_pay(context: &Context<'_>, state: &State, payer: &AccountId, fees: i64) -> bool {
    account::load(state, payer).is_some_and(|payer| account::available(payer, context.base_reserve) >= fees)
}

fn invalid(tx: &Tx, code: Code, fee: i64) -> NotTaken {
    let mut outcome = Outcome::new(tx, fee);
    outcome.fail_outside(code);
    NotTaken::Invalid { result: Box::new(outcome.finish()), diagnostics: Vec::new() }
}

/// Only a fee bump of the same sequence number that offers much more may take a waiting transaction's place.
fn check_replaces(waiting: &Tx, tx: &Tx) -> Result<(), NotTaken> {
    if waiting.hash == tx.hash || waiting.inner_hash == tx.hash {
        return Err(NotTaken::Duplicate(Hash(tx.hash)));
    }
    if tx.sequence() < waiting.sequence() {
        return Err(invalid(tx, Code::TxBadSeq, 0));
    }
    if tx.bump.is_none() || tx.sequence() != waiting.sequence() {
        return Err(NotTaken::TryAgainLater("another transaction of this account waits for the next ledger"));
    }
    let wide = |value: i64| i128::from(value);
    let old_count = wide(waiting.operation_count().max(1));
    let offered = wide(tx.inclusion_fee()).saturating_mul(old_count);
    let demanded = wide(waiting.inclusion_fee())
        .saturating_mul(wide(tx.operation_count().max(1)))
        .saturating_mul(REPLACEMENT_FACTOR);
    if tx.inclusion_fee() < 0 || offered < demanded {
        let needed =
            demanded.saturating_add(old_count).saturating_sub(1).checked_div(old_count).unwrap_or_default();
        let fee = i64::try_from(needed).unwrap_or(i64::MAX).saturating_add(tx.resource_fee());
        return Err(invalid(tx, Code::TxInsufficientFee, fee));
    }
    Ok(())
}

/// What of the limits of a ledger is left.
struct Room {
    operations: i64,
    transactions: i64,
    instructions: i64,
    bytes: i64,
    disk_read_entries: i64,
    disk_read_bytes: i64,
    write_entries: i64,
    write_bytes: i64,
}

impl Room {
    fn new(context: &Context<'_>, max_operations: u32) -> Self {
        let (config, cost) = (context.config, &context.config.ledger_cost);
        Self {
            operations: max_operations.into(),
            transactions: config.max_transactions.into(),
            instructions: config.compute.ledger_max_instructions,
            bytes: config.bandwidth.ledger_max_txs_size_bytes.into(),
            disk_read_entries: cost.ledger_max_disk_read_entries.into(),
            disk_read_bytes: cost.ledger_max_disk_read_bytes.into(),
            write_entries: cost.ledger_max_write_ledger_entries.into(),
            write_bytes: cost.ledger_max_write_bytes.into(),
        }
    }

    /// Whether there is room; then it is taken.
    fn take(&mut self, tx: &Tx) -> bool {
        let Some(data) = tx.soroban().filter(|_| tx.is_soroban()) else {
            return take(&mut [(&mut self.operations, tx.operation_count())]);
        };
        let resources = &data.resources;
        let writes = i64::try_from(resources.footprint.read_write.len()).unwrap_or(i64::MAX);
        take(&mut [
            (&mut self.transactions, 1),
            (&mut self.instructions, resources.instructions.into()),
            (&mut self.bytes, tx.size.into()),
            (&mut self.disk_read_entries, tx.disk_reads().into()),
            (&mut self.disk_read_bytes, resources.disk_read_bytes.into()),
            (&mut self.write_entries, writes),
            (&mut self.write_bytes, resources.write_bytes.into()),
        ])
    }
}

fn take(wanted: &mut [(&mut i64, i64)]) -> bool {
    let fits = wanted.iter().all(|(left, amount)| **left >= *amount);
    if fits {
        wanted.iter_mut().for_each(|(left, amount)| **left = left.saturating_sub(*amount));
    }
    fits
}
