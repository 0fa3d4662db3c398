//! Applying a transaction.

mod create_account;
mod extend_ttl;
mod footprint;
mod invoke;
mod payment;
mod restore;
mod set_options;

use stellar_xdr::{
    AccountId, ContractEvent, LedgerEntryChange, LedgerEntryChanges, Operation, OperationBody,
    OperationResult, OperationResultTr, ScVal, SignerKey, TransactionEventStage, TransactionMeta,
    TransactionResult, TransactionResultCode as Code, Uint256,
};

use super::bytes::list;
use super::context::Context;
use super::diagnostics::Diagnostics;
use super::envelope::Tx;
use super::events;
use super::fees::{self, Refundable};
use super::meta::{self, MetaParts};
use super::outcome::Outcome;
use super::state::{Changes, State, account};
use super::validate::{self, Refused, Signatures, Validity};

/// A transaction on its way through a ledger.
pub(super) struct Applying<'a> {
    tx: &'a Tx,
    outcome: Outcome,
    refundable: Refundable,
    reasons: Diagnostics,
    parts: MetaParts,
    refund_changes: Vec<LedgerEntryChange>,
    valid: bool,
}

/// A transaction that has gone through.
pub(super) struct Applied {
    pub result: TransactionResult,
    pub fee_changes: LedgerEntryChanges,
    pub meta: TransactionMeta,
    pub refund_changes: LedgerEntryChanges,
}

/// What an operation did, beside its changes.
#[derive(Default)]
struct Done {
    events: Vec<ContractEvent>,
    return_value: Option<ScVal>,
    restored: meta::Restored,
}

/// What an operation needs.
struct Operator<'a, 'b> {
    context: &'a Context<'a>,
    tx: &'a Tx,
    source: AccountId,
    seed: [u8; 32],
    refundable: &'b mut Refundable,
    reasons: &'b mut Diagnostics,
}

impl<'a> Applying<'a> {
    /// Takes the fee: as much as the payer has, at most.
    pub(super) fn take_fee(context: &Context<'_>, state: &mut State, fee_pool: &mut i64, tx: &'a Tx) -> Self {
        let payer = tx.fee_source();
        let mut changes = Changes::new(state, context.ledger);
        let mut fee = 0;
        if let Some(mut account) = account::load(changes.state(), &payer).cloned() {
            fee = tx.fee_to_take(context.base_fee).min(account.balance).max(0);
            account.balance = account.balance.saturating_sub(fee);
            account::store(&mut changes, account);
        }
        *fee_pool = fee_pool.saturating_add(fee);
        let event = events::fee(context.lumens, &payer, fee, TransactionEventStage::BeforeAllTxs);
        let parts = MetaParts {
            fee_changes: changes.list(),
            events: event.into_iter().collect(),
            ..Default::default()
        };
        *state = changes.commit();
        Self {
            tx,
            outcome: Outcome::new(tx, fee),
            refundable: Refundable::default(),
            reasons: Diagnostics::default(),
            parts,
            refund_changes: Vec::new(),
            valid: false,
        }
    }

    /// Uses up the sequence number and checks everything that does not belong to one operation.
    pub(super) fn begin(&mut self, context: &Context<'_>, state: &mut State) {
        let tx = self.tx;
        if tx.is_soroban() {
            self.refundable = Refundable::new(context, tx);
            self.parts.not_refundable_fee = Some(fees::resource_fee(context, tx, 0).0);
        }
        let mut changes = Changes::new(state, context.ledger);
        if let Some(bump) = &tx.bump {
            drop_one_time_signer(&mut changes, &bump.fee_source, tx.hash);
        }
        let mut signatures = Signatures::new(tx.inner_hash, &tx.inner.signatures);
        let before = changes.state().clone();
        let validity = validate::check_transaction(
            context,
            &before,
            tx,
            true,
            &mut signatures,
            &mut self.outcome,
            &mut self.reasons,
        );
        if validity >= Validity::UsesSequence {
            use_sequence(context, &mut changes, tx);
        }
        if validity == Validity::Valid {
            self.check_signatures(changes.state(), &mut signatures);
        }
        drop_one_time_signers(&mut changes, tx);
        self.valid = self.outcome.is_success();
        self.parts.changes_before = changes.list();
        *state = changes.commit();
    }

    /// All operations must be signed for before the first one is applied, and no signature may be left over.
    fn check_signatures(&mut self, state: &State, signatures: &mut Signatures<'_>) {
        let mut all_signed = true;
        for (index, operation) in self.tx.operations().iter().enumerate() {
            let signed = validate::check_operation_signature(state, self.tx, operation, false, signatures);
            if let Err(result) = signed {
                validate::fail_operation(&mut self.outcome, index, *result);
                all_signed = false;
            }
        }
        if all_signed && !signatures.all_used() {
            self.outcome.fail(Code::TxBadAuthExtra);
        }
    }

    /// Applies the operations: all of them, or none.
    pub(super) fn run(&mut self, context: &Context<'_>, state: &mut State, seed: [u8; 32]) {
        if !self.valid {
            return;
        }
        let tx = self.tx;
        let mut changes = Changes::new(state, context.ledger);
        let mut done = Vec::with_capacity(tx.operations().len());
        for (index, operation) in tx.operations().iter().enumerate() {
            let mut nested = changes.nested();
            match self.run_operation(context, &mut nested, operation, seed) {
                Ok((result, told)) => {
                    if let Some(slot) = self.outcome.operations.get_mut(index) {
                        *slot = OperationResult::OpInner(result);
                    }
                    done.push(meta::operation(nested.list(), told.events, &told.restored, context.ledger));
                    self.parts.return_value = told.return_value.or(self.parts.return_value.take());
                    changes.adopt(nested);
                }
                Err(Failed::Operation(result)) => validate::fail_operation(&mut self.outcome, index, *result),
                Err(Failed::Internal) => {
                    self.outcome.fail(Code::TxInternalError);
                    break;
                }
            }
        }
        if self.outcome.is_success() {
            self.parts.operations = done;
            *state = changes.commit();
        } else {
            self.parts.return_value = None;
            self.refundable.reset();
        }
    }

    fn run_operation(
        &mut self,
        context: &Context<'_>,
        changes: &mut Changes,
        operation: &Operation,
        seed: [u8; 32],
    ) -> Result<(OperationResultTr, Done), Failed> {
        let tx = self.tx;
        validate::check_operation(context, changes.state(), tx, operation, None, &mut self.reasons)
            .map_err(Failed::Operation)?;
        let operator = Operator {
            context,
            tx,
            source: tx.operation_source(operation),
            seed,
            refundable: &mut self.refundable,
            reasons: &mut self.reasons,
        };
        match &operation.body {
            OperationBody::CreateAccount(op) => create_account::apply(operator, changes, op),
            OperationBody::Payment(op) => payment::apply(operator, changes, op),
            OperationBody::SetOptions(op) => set_options::apply(operator, changes, op),
            OperationBody::InvokeHostFunction(op) => invoke::apply(operator, changes, op),
            OperationBody::ExtendFootprintTtl(op) => extend_ttl::apply(operator, changes, op),
            OperationBody::RestoreFootprint(_) => restore::apply(operator, changes),
            _ => Err(Failed::Operation(Box::new(OperationResult::OpNotSupported))),
        }
    }

    /// Gives back what was offered for rent and events and not needed.
    pub(super) fn refund(&mut self, context: &Context<'_>, state: &mut State, fee_pool: &mut i64) {
        let payer = self.tx.fee_source();
        let refund = self.refundable.refund();
        let account = account::load(state, &payer).cloned();
        if let (1.., Some(mut account)) = (refund, account)
            && account::credit(&mut account, refund)
        {
            let mut changes = Changes::new(state, context.ledger);
            account::store(&mut changes, account);
            self.refund_changes = changes.list();
            *state = changes.commit();
            *fee_pool = fee_pool.saturating_sub(refund);
            self.outcome.fee_charged = self.outcome.fee_charged.saturating_sub(refund);
            let event = events::fee(
                context.lumens,
                &payer,
                refund.saturating_neg(),
                TransactionEventStage::AfterAllTxs,
            );
            self.parts.events.extend(event);
        }
    }

    pub(super) fn finish(self) -> Applied {
        let Self { tx, outcome, refundable, reasons, mut parts, refund_changes, .. } = self;
        parts.diagnostics = if tx.is_soroban() { reasons.into_events() } else { Vec::new() };
        Applied {
            result: outcome.finish(),
            fee_changes: LedgerEntryChanges(list(std::mem::take(&mut parts.fee_changes))),
            meta: meta::transaction(parts, refundable),
            refund_changes: LedgerEntryChanges(list(refund_changes)),
        }
    }
}

/// Why an operation was not applied.
enum Failed {
    Operation(Refused),
    /// The host is at fault.
    Internal,
}

impl From<OperationResultTr> for Failed {
    fn from(result: OperationResultTr) -> Self {
        Self::Operation(Box::new(OperationResult::OpInner(result)))
    }
}

fn use_sequence(context: &Context<'_>, changes: &mut Changes, tx: &Tx) {
    if let Some(mut account) = account::load(changes.state(), &tx.source()).cloned() {
        account::set_sequence(&mut account, tx.sequence(), context.ledger, context.close_time);
        account::store(changes, account);
    }
}

/// A signer that is a transaction's hash has signed when that transaction is in a ledger, whatever becomes of it.
fn drop_one_time_signers(changes: &mut Changes, tx: &Tx) {
    let mut accounts = vec![tx.source()];
    for operation in tx.operations() {
        let source = tx.operation_source(operation);
        if !accounts.contains(&source) {
            accounts.push(source);
        }
    }
    for id in &accounts {
        drop_one_time_signer(changes, id, tx.inner_hash);
    }
}

fn drop_one_time_signer(changes: &mut Changes, id: &AccountId, hash: [u8; 32]) {
    let signer = SignerKey::PreAuthTx(Uint256(hash));
    if let Some(mut account) = account::load(changes.state(), id).cloned()
        && set_options::remove_signer(&mut account, &signer)
    {
        account::store(changes, account);
    }
}
