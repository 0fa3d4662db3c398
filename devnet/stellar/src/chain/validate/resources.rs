//! The resources that a contract transaction declares, against the network's limits.

use std::collections::HashSet;

use stellar_xdr::{
    LedgerKey, ScError, ScErrorCode, ScVal, SorobanTransactionData, TransactionResultCode as Code,
    TrustLineAsset,
};

use crate::chain::bytes::encoded_len;
use crate::chain::context::Context;
use crate::chain::diagnostics::Diagnostics;
use crate::chain::envelope::Tx;
use crate::chain::fees;
use crate::chain::state::ttl;

pub(super) fn check(
    context: &Context<'_>,
    tx: &Tx,
    data: &SorobanTransactionData,
    pays_itself: bool,
    reasons: &mut Diagnostics,
) -> Result<(), Code> {
    let valid = within_limits(context, tx, data, reasons)
        && keys_are_valid(context, data, reasons)
        && archived_indexes_are_valid(tx, data, reasons)
        && fee_is_enough(context, tx, data, pays_itself, reasons)
        && keys_are_unique(data, reasons);
    match valid {
        true => Ok(()),
        false => Err(Code::TxSorobanInvalid),
    }
}

fn within_limits(
    context: &Context<'_>,
    tx: &Tx,
    data: &SorobanTransactionData,
    reasons: &mut Diagnostics,
) -> bool {
    let config = context.config;
    let (resources, cost) = (&data.resources, &config.ledger_cost);
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let writes = number(resources.footprint.read_write.len());
    let keys = number(resources.footprint.read_only.len()).saturating_add(writes);
    let instructions = u64::try_from(config.compute.tx_max_instructions).unwrap_or_default();
    let limits: [(&str, u64, u64); 7] = [
        (
            "transaction instructions resources exceed network config limit",
            resources.instructions.into(),
            instructions,
        ),
        (
            "transaction byte-read resources exceed network config limit",
            resources.disk_read_bytes.into(),
            cost.tx_max_disk_read_bytes.into(),
        ),
        (
            "transaction byte-write resources exceed network config limit",
            resources.write_bytes.into(),
            cost.tx_max_write_bytes.into(),
        ),
        (
            "the number of entries in transaction footprint exceeds the network config limit",
            keys,
            config.ledger_cost_ext.tx_max_footprint_entries.into(),
        ),
        (
            "transaction entry-disk-read resources exceed network config limit",
            tx.disk_reads().into(),
            cost.tx_max_disk_read_entries.into(),
        ),
        (
            "transaction entry-write resources exceed network config limit",
            writes,
            cost.tx_max_write_ledger_entries.into(),
        ),
        (
            "total transaction size exceeds network config limit",
            tx.size.into(),
            config.bandwidth.tx_max_size_bytes.into(),
        ),
    ];
    let exceeded = limits.into_iter().find(|(_, used, allowed)| used > allowed);
    if let Some((message, used, allowed)) = exceeded {
        reasons.limit(message, used, allowed);
    }
    exceeded.is_none()
}

fn keys_are_valid(context: &Context<'_>, data: &SorobanTransactionData, reasons: &mut Diagnostics) -> bool {
    let footprint = &data.resources.footprint;
    footprint
        .read_only
        .iter()
        .chain(footprint.read_write.iter())
        .all(|key| key_is_valid(context, key, reasons))
}

fn key_is_valid(context: &Context<'_>, key: &LedgerKey, reasons: &mut Diagnostics) -> bool {
    match key {
        LedgerKey::Account(_) | LedgerKey::ContractData(_) | LedgerKey::ContractCode(_) => {}
        LedgerKey::Trustline(line) if !matches!(line.asset, TrustLineAsset::Native) => {}
        LedgerKey::Trustline(_) => {
            let error = ScError::Storage(ScErrorCode::InvalidInput);
            reasons.push(error, "transaction footprint contains invalid trustline asset", &[]);
            return false;
        }
        other => {
            reasons.push_values(
                ScError::Storage(ScErrorCode::UnexpectedType),
                "transaction footprint contains unsupported ledger key type",
                vec![ScVal::U64(u64::try_from(other.discriminant() as i32).unwrap_or_default())],
            );
            return false;
        }
    }
    let (length, allowed) = (encoded_len(key), context.config.max_key_bytes);
    if length > allowed {
        reasons.limit("transaction footprint key exceeds network config limit", length, allowed);
    }
    length <= allowed
}

fn archived_indexes_are_valid(tx: &Tx, data: &SorobanTransactionData, reasons: &mut Diagnostics) -> bool {
    let keys = &data.resources.footprint.read_write;
    let mut last = None;
    for index in tx.archived_indexes() {
        let key = usize::try_from(*index).ok().and_then(|index| keys.get(index));
        let problem = match key {
            _ if last.is_some_and(|last| index <= last) => {
                "archivedSorobanEntries must be sorted in ascending order"
            }
            None => "archivedSorobanEntries index is out of bounds",
            Some(key) if !ttl::is_persistent(key) => {
                "archivedSorobanEntries index points to a non-persistent entry"
            }
            Some(_) => {
                last = Some(index);
                continue;
            }
        };
        reasons.push(ScError::Storage(ScErrorCode::InvalidInput), problem, &[u64::from(*index)]);
        return false;
    }
    true
}

fn fee_is_enough(
    context: &Context<'_>,
    tx: &Tx,
    data: &SorobanTransactionData,
    pays_itself: bool,
    reasons: &mut Diagnostics,
) -> bool {
    let stroops = |amount: i64| u64::try_from(amount).unwrap_or_default();
    let error = ScError::Value(ScErrorCode::ExceededLimit);
    let full = i64::from(tx.tx().fee);
    if pays_itself && data.resource_fee > full {
        reasons.push(
            error,
            "transaction `sorobanData.resourceFee` is higher than the full transaction fee",
            &[stroops(data.resource_fee), stroops(full)],
        );
        return false;
    }
    let (not_refundable, refundable) = fees::resource_fee(context, tx, 0);
    let needed = not_refundable.saturating_add(refundable);
    if data.resource_fee < needed {
        reasons.push(
            error,
            "transaction `sorobanData.resourceFee` is lower than the actual Soroban resource fee",
            &[stroops(data.resource_fee), stroops(needed)],
        );
        return false;
    }
    true
}

fn keys_are_unique(data: &SorobanTransactionData, reasons: &mut Diagnostics) -> bool {
    let footprint = &data.resources.footprint;
    let mut seen = HashSet::new();
    let unique = footprint.read_only.iter().chain(footprint.read_write.iter()).all(|key| seen.insert(key));
    if !unique {
        reasons.push(
            ScError::Storage(ScErrorCode::InvalidInput),
            "Found duplicate key in the Soroban footprint; every key across read-only and read-write footprints has \
             to be unique.",
            &[],
        );
    }
    unique
}
