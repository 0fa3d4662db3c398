//! Between rows and types. Whatever does not parse was not written by this program.

use std::str::FromStr;

use idos_grants::{Account, Address, DataId, HistoryHead};
use sha2::{Digest, Sha256};
use sqlx::{Row, any::AnyRow};

use crate::{
    block::{BlockRef, Checkpoint},
    contract::{Broken, ContractState, SeenBlock},
    error::MirrorError,
};

/// What [`contract_state`] reads, in its order, of a contract's row named `c`.
pub(crate) const STATE_COLUMNS: &str = "c.account, c.kind, c.seen_block, c.seen_at, c.final_block, c.verified_block, \
     c.polled_at, c.broken_from, c.broken_to, c.broken_reason, c.seen_head";

/// How many columns that is.
pub(crate) const STATE_WIDTH: usize = 11;

pub(crate) fn contract_state(row: &AnyRow) -> Result<ContractState, MirrorError> {
    Ok(ContractState {
        account: parsed(row, 0, "account")?,
        kind: parsed(row, 1, "kind")?,
        seen: match (optional_number(row, 2, "block")?, optional_number(row, 3, "time")?) {
            (Some(number), Some(time)) => {
                Some(SeenBlock { number, time, head: parsed(row, 10, "history head")? })
            }
            _ => None,
        },
        final_block: number(row, 4, "block")?,
        verified_block: optional_number(row, 5, "block")?,
        polled_at: number(row, 6, "time")?,
        broken: broken(row, 7)?,
    })
}

fn broken(row: &AnyRow, column: usize) -> Result<Option<Broken>, MirrorError> {
    let Some(from_block) = optional_number(row, column, "block")? else {
        return Ok(None);
    };
    let to_block = number(row, column + 1, "block")?;
    Ok(Some(Broken { from_block, to_block, reason: row.try_get(column + 2)? }))
}

/// Four columns: height, hash, time, head.
pub(crate) fn checkpoint(row: &AnyRow, column: usize) -> Result<Checkpoint, MirrorError> {
    Ok(Checkpoint {
        block: BlockRef {
            number: number(row, column, "block")?,
            hash: parsed(row, column + 1, "block hash")?,
            time: number(row, column + 2, "time")?,
        },
        head: parsed::<HistoryHead>(row, column + 3, "history head")?,
    })
}

/// The same, where all four may be NULL.
pub(crate) fn optional_checkpoint(row: &AnyRow, column: usize) -> Result<Option<Checkpoint>, MirrorError> {
    match optional_number(row, column, "block")? {
        Some(_) => checkpoint(row, column).map(Some),
        None => Ok(None),
    }
}

pub(crate) fn parsed<T: FromStr>(row: &AnyRow, column: usize, what: &'static str) -> Result<T, MirrorError> {
    let text: &str = row.try_get(column)?;
    text.parse().map_err(|_| MirrorError::Malformed { what })
}

pub(crate) fn address(row: &AnyRow, column: usize, contract: &Account) -> Result<Address, MirrorError> {
    let text: &str = row.try_get(column)?;
    Address::parse(contract.chain().namespace(), text).map_err(|_| MirrorError::Malformed { what: "address" })
}

pub(crate) fn account(row: &AnyRow, column: usize, contract: &Account) -> Result<Account, MirrorError> {
    let address = address(row, column, contract)?;
    Account::new(contract.chain(), address).map_err(|_| MirrorError::Malformed { what: "address" })
}

pub(crate) fn number(row: &AnyRow, column: usize, what: &'static str) -> Result<u64, MirrorError> {
    let value: i64 = row.try_get(column)?;
    u64::try_from(value).map_err(|_| MirrorError::Malformed { what })
}

pub(crate) fn optional_number(
    row: &AnyRow,
    column: usize,
    what: &'static str,
) -> Result<Option<u64>, MirrorError> {
    let value: Option<i64> = row.try_get(column)?;
    value.map(|value| u64::try_from(value).map_err(|_| MirrorError::Malformed { what })).transpose()
}

/// A number as SQL keeps it.
pub(crate) fn big(what: &'static str, value: u64) -> Result<i64, MirrorError> {
    i64::try_from(value).map_err(|_| MirrorError::OutOfRange { what, value })
}

/// Eight bytes that stand for a data id in an index. Hashed, because data ids are chosen by whoever likes: thousands
/// that begin alike would all have to be read where one is asked for.
pub(crate) fn short_data_id(data_id: &DataId) -> i64 {
    short(&Sha256::digest(data_id.0))
}

/// The same for an address. Nobody chooses an EVM address freely; a NEAR account is named as one likes, and a bare key is whatever bytes are given.
pub(crate) fn short_address(address: &Address) -> i64 {
    match address {
        Address::Evm(bytes) => short(bytes),
        Address::Near(id) => short(&Sha256::digest(id.as_str())),
        Address::Stellar(_) | Address::Xrpl(_) => short(&Sha256::digest(address.to_string())),
    }
}

fn short(bytes: &[u8]) -> i64 {
    let mut first = [0; 8];
    for (to, from) in first.iter_mut().zip(bytes) {
        *to = *from;
    }
    i64::from_be_bytes(first)
}

/// `$3,$4,$5`
pub(crate) fn parameters(first: usize, count: usize) -> String {
    let parameters: Vec<String> = (first..first + count).map(|parameter| format!("${parameter}")).collect();
    parameters.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_through() {
        assert_eq!(parameters(3, 3), "$3,$4,$5");
        assert_eq!(parameters(1, 0), "");
    }
}
