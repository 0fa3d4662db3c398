//! The outside of a fee bump.

use stellar_xdr::TransactionResultCode as Code;

use super::Signatures;
use crate::chain::context::Context;
use crate::chain::envelope::{Bump, Tx};
use crate::chain::outcome::Outcome;
use crate::chain::state::{State, account};

/// Whether somebody else really pays, and more than the inner transaction offers.
pub(super) fn check(context: &Context<'_>, state: &State, tx: &Tx, outcome: &mut Outcome) -> bool {
    let Some(bump) = &tx.bump else { return true };
    let checked = check_fee(context, tx, outcome).and_then(|()| check_payer(context, state, tx, bump));
    if let Err(code) = checked {
        outcome.fail_outside(code);
    }
    checked.is_ok()
}

/// An operation must offer at least as much as in the inner transaction. On contract transactions the inner one may
/// offer less than its own resource fee.
fn check_fee(context: &Context<'_>, tx: &Tx, outcome: &mut Outcome) -> Result<(), Code> {
    let minimum = tx.min_inclusion_fee(context.base_fee);
    if tx.inclusion_fee() < minimum {
        return Err(Code::TxInsufficientFee);
    }
    let inner = tx.inner_inclusion_fee();
    if inner < 0 {
        return Ok(());
    }
    let inner_minimum = i64::from(context.base_fee).saturating_mul(tx.inner_operation_count().max(1));
    let offered = i128::from(tx.inclusion_fee()).saturating_mul(i128::from(inner_minimum));
    let demanded = i128::from(inner).saturating_mul(i128::from(minimum));
    if offered < demanded {
        let divisor = i128::from(inner_minimum).max(1);
        let needed =
            demanded.saturating_add(divisor).saturating_sub(1).checked_div(divisor).unwrap_or_default();
        outcome.fee_charged = i64::try_from(needed).unwrap_or(i64::MAX);
        return Err(Code::TxInsufficientFee);
    }
    Ok(())
}

fn check_payer(context: &Context<'_>, state: &State, tx: &Tx, bump: &Bump) -> Result<(), Code> {
    let payer = account::load(state, &bump.fee_source).ok_or(Code::TxNoAccount)?;
    let mut signatures = Signatures::new(tx.hash, &bump.signatures);
    if !signatures.check_account(payer, payer.thresholds.0[1]) {
        return Err(Code::TxBadAuth);
    }
    if account::available(payer, context.base_reserve) < bump.fee {
        return Err(Code::TxInsufficientBalance);
    }
    match signatures.all_used() {
        true => Ok(()),
        false => Err(Code::TxBadAuthExtra),
    }
}
