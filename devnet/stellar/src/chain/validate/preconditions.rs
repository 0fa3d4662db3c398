//! What a transaction demands of the ledger and of its account.

use stellar_xdr::{
    AccountEntry, Preconditions, PreconditionsV2, SignerKey, TimeBounds, TransactionResultCode as Code,
};

use crate::chain::context::Context;
use crate::chain::envelope::Tx;
use crate::chain::state::account;

fn v2(tx: &Tx) -> Option<&PreconditionsV2> {
    match &tx.tx().cond {
        Preconditions::V2(v2) => Some(v2),
        _ => None,
    }
}

fn time_bounds(tx: &Tx) -> Option<&TimeBounds> {
    match &tx.tx().cond {
        Preconditions::None => None,
        Preconditions::Time(bounds) => Some(bounds),
        Preconditions::V2(v2) => v2.time_bounds.as_ref(),
    }
}

/// Keys that must sign beside the account's own signers.
pub(in crate::chain) fn extra_signers(tx: &Tx) -> &[SignerKey] {
    v2(tx).map_or(&[], |v2| v2.extra_signers.as_slice())
}

pub(super) fn check_extra_signers(tx: &Tx) -> Result<(), Code> {
    let signers = extra_signers(tx);
    let twice = matches!(signers, [first, second] if first == second);
    let empty_payload = signers
        .iter()
        .any(|signer| matches!(signer, SignerKey::Ed25519SignedPayload(signer) if signer.payload.is_empty()));
    match twice || empty_payload {
        true => Err(Code::TxMalformed),
        false => Ok(()),
    }
}

/// Time and ledger of the context against the transaction's bounds. Zero is no bound.
pub(super) fn check_bounds(context: &Context<'_>, tx: &Tx) -> Result<(), Code> {
    let (min_time, max_time) =
        time_bounds(tx).map_or((0, 0), |bounds| (bounds.min_time.0, bounds.max_time.0));
    let ledgers = v2(tx).and_then(|v2| v2.ledger_bounds.as_ref());
    let (min_ledger, max_ledger) = ledgers.map_or((0, 0), |bounds| (bounds.min_ledger, bounds.max_ledger));
    if min_time > context.close_time || min_ledger > context.ledger {
        return Err(Code::TxTooEarly);
    }
    if (max_time != 0 && max_time < context.close_time) || (max_ledger != 0 && max_ledger <= context.ledger) {
        return Err(Code::TxTooLate);
    }
    Ok(())
}

/// The next number of the account, or, with a lower bound, any later one.
pub(super) fn check_sequence(context: &Context<'_>, tx: &Tx, source: &AccountEntry) -> Result<(), Code> {
    let (wanted, current) = (tx.sequence(), source.seq_num.0);
    let min = v2(tx).and_then(|v2| v2.min_seq_num.as_ref());
    let fits = match min {
        Some(min) => current >= min.0 && current < wanted,
        None => current.checked_add(1) == Some(wanted),
    };
    match fits && wanted != account::starting_sequence(context.ledger) {
        true => Ok(()),
        false => Err(Code::TxBadSeq),
    }
}

/// How long ago the account's number must have changed.
pub(super) fn check_sequence_age(context: &Context<'_>, tx: &Tx, source: &AccountEntry) -> Result<(), Code> {
    let (min_age, min_gap) = v2(tx).map_or((0, 0), |v2| (v2.min_seq_age.0, v2.min_seq_ledger_gap));
    let (ledger, time) = account::sequence_changed(source);
    let old_enough = context.close_time.checked_sub(min_age).is_some_and(|latest| latest >= time);
    let gap_is_enough = context.ledger.checked_sub(min_gap).is_some_and(|latest| latest >= ledger);
    match old_enough && gap_is_enough {
        true => Ok(()),
        false => Err(Code::TxBadMinSeqAgeOrGap),
    }
}
