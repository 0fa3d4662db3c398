//! An account's signers, thresholds, flags and home domain.

use stellar_xdr::{
    AccountEntry, OperationResult, OperationResultTr, SetOptionsOp, SetOptionsResult, Signer, SignerKey, VecM,
};

use super::{Done, Failed, Operator};
use crate::chain::bytes::list;
use crate::chain::state::{Changes, account};

const AUTH_REVOCABLE: u32 = 2;
const AUTH_IMMUTABLE: u32 = 4;
const AUTH_CLAWBACK: u32 = 8;

pub(super) fn apply(
    operator: Operator<'_, '_>,
    changes: &mut Changes,
    op: &SetOptionsOp,
) -> Result<(OperationResultTr, Done), Failed> {
    let mut account = account::load(changes.state(), &operator.source).cloned().unwrap_or_default();
    if let Some(destination) = &op.inflation_dest {
        if account::load(changes.state(), destination).is_none() {
            return Err(fail(SetOptionsResult::InvalidInflation));
        }
        account.inflation_dest = Some(destination.clone());
    }
    set_flags(&mut account, op)?;
    if let Some(domain) = &op.home_domain {
        account.home_domain = domain.clone();
    }
    let weights = [op.master_weight, op.low_threshold, op.med_threshold, op.high_threshold];
    for (slot, weight) in account.thresholds.0.iter_mut().zip(weights) {
        *slot = weight.and_then(|weight| u8::try_from(weight).ok()).unwrap_or(*slot);
    }
    match &op.signer {
        Some(signer) if signer.weight > 0 => put_signer(&mut account, signer, operator.context.base_reserve)?,
        Some(signer) => {
            remove_signer(&mut account, &signer.key);
        }
        None => {}
    }
    account::store(changes, account);
    Ok((OperationResultTr::SetOptions(SetOptionsResult::Success), Done::default()))
}

fn fail(result: SetOptionsResult) -> Failed {
    OperationResultTr::SetOptions(result).into()
}

fn set_flags(account: &mut AccountEntry, op: &SetOptionsOp) -> Result<(), Failed> {
    let (set, clear) = (op.set_flags.unwrap_or_default(), op.clear_flags.unwrap_or_default());
    if (set | clear) != 0 && account.flags & AUTH_IMMUTABLE != 0 {
        return Err(fail(SetOptionsResult::CantChange));
    }
    account.flags = (account.flags & !clear) | set;
    let mentioned = op.set_flags.is_some() || op.clear_flags.is_some();
    match mentioned && account.flags & AUTH_CLAWBACK != 0 && account.flags & AUTH_REVOCABLE == 0 {
        true => Err(fail(SetOptionsResult::AuthRevocableRequired)),
        false => Ok(()),
    }
}

/// Signers are kept in the order of their keys.
fn put_signer(account: &mut AccountEntry, signer: &Signer, base_reserve: u32) -> Result<(), Failed> {
    let mut signers = account.signers.to_vec();
    match signers.binary_search_by(|known| known.key.cmp(&signer.key)) {
        Ok(index) => signers[index].weight = signer.weight,
        Err(index) => {
            if signers.len() >= VecM::<Signer, 20>::MAX_LEN {
                return Err(fail(SetOptionsResult::TooManySigners));
            }
            if account.num_sub_entries >= account::MAX_SUB_ENTRIES {
                return Err(Failed::Operation(Box::new(OperationResult::OpTooManySubentries)));
            }
            if account::available(account, base_reserve) < i64::from(base_reserve) {
                return Err(fail(SetOptionsResult::LowReserve));
            }
            account.num_sub_entries = account.num_sub_entries.saturating_add(1);
            signers.insert(index, signer.clone());
        }
    }
    set_signers(account, signers);
    Ok(())
}

/// Whether it was there.
pub(super) fn remove_signer(account: &mut AccountEntry, key: &SignerKey) -> bool {
    let mut signers = account.signers.to_vec();
    signers.retain(|known| known.key != *key);
    let removed = signers.len() < account.signers.len();
    if removed {
        account.num_sub_entries = account.num_sub_entries.saturating_sub(1);
        set_signers(account, signers);
    }
    removed
}

fn set_signers(account: &mut AccountEntry, signers: Vec<Signer>) {
    account.signers = list(signers);
    account::match_sponsors_to_signers(account);
}
