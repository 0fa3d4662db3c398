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
     c.polled_at, c.broken_from, c.broken_to, c.broken_reason";

/// How many columns that is.
pub(crate) const STATE_WIDTH: usize = 10;

pub(crate) fn contract_state(row: &AnyRow) -> Result<ContractState, MirrorError> {
    Ok(ContractState {
        account: parsed(row, 0, "account")?,
        kind: parsed(row, 1, "kind")?,
        seen: match (optional_number(row, 2, "block")?, optional_number(row, 3, "time")?) {
            (Some(number), Some(time)) => Some(SeenBlock { number, time }),
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

/// The same for an address, which nobody chooses freely.
pub(crate) fn short_address(address: &Address) -> i64 {
    match address {
        Address::Evm(bytes) => short(bytes),
    }
}

fn short(bytes: &[u8]) -> i64 {
    let mut first = [0; 8];
    for (to, from) in first.iter_mut().zip(bytes) {
        *to = *from;
    }
    i64::from_be_bytes(first)
}

/// `($1,$2),($3,$4)`, from parameter `first` on.
pub(crate) fn values(first: usize, rows: usize, columns: usize) -> String {
    let mut sql = String::with_capacity(rows * columns * 6);
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ",(" });
        push_parameters(&mut sql, first + row * columns, columns);
        sql.push(')');
    }
    sql
}

/// `$3,$4,$5`
pub(crate) fn parameters(first: usize, count: usize) -> String {
    let mut sql = String::with_capacity(count * 6);
    push_parameters(&mut sql, first, count);
    sql
}

fn push_parameters(sql: &mut String, first: usize, count: usize) {
    for parameter in first..first + count {
        if parameter > first {
            sql.push(',');
        }
        sql.push('$');
        sql.push_str(&parameter.to_string());
    }
}

/// Splits `items` into pieces of `max` (a power of two) and then of smaller powers of two: few different statements,
/// each prepared once.
pub(crate) fn pieces<T>(mut items: &[T], max: usize) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = if items.len() >= max { max } else { 1usize.checked_shl(items.len().checked_ilog2()?)? };
        let (piece, rest) = items.split_at(size);
        items = rest;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_powers_of_two_and_hold_everything_in_order() {
        let items: Vec<u32> = (0..27).collect();
        let sizes: Vec<usize> = pieces(&items, 8).map(<[u32]>::len).collect();
        assert_eq!(sizes, [8, 8, 8, 2, 1]);
        assert_eq!(pieces(&items, 8).flatten().copied().collect::<Vec<_>>(), items);
        assert_eq!(pieces(&items[..0], 8).count(), 0);
    }

    #[test]
    fn parameters_are_numbered_through() {
        assert_eq!(values(3, 2, 2), "($3,$4),($5,$6)");
        assert_eq!(parameters(1, 3), "$1,$2,$3");
    }
}
