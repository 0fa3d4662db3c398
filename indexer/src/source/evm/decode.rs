//! Logs become events. Nothing about a log is taken on trust that can be checked.

use std::collections::HashMap;

use alloy::{primitives::Address as EvmAddress, rpc::types::Log, sol_types::SolEvent};
use idos_contracts_evm::{
    AccessGrants::{GrantCreated, GrantRevoked, TimelockExtended},
    CredentialStatus::StatusChanged,
};
use idos_grants::{Address, DataId, Event, GrantChange, GrantEvent, Purpose, StatusEvent, status::Word};
use idos_mirror::{BlockHash, Located};

use crate::source::SourceError;

const MALFORMED: SourceError = SourceError::Invalid("a log that is not one of the contract's");

pub(super) const WITHOUT_PLACE: SourceError = SourceError::Invalid("a log without its place");

/// The event of a log of the contract at `address`.
pub(super) fn located(
    log: &Log,
    address: &EvmAddress,
    times: &HashMap<u64, u64>,
) -> Result<Located, SourceError> {
    if log.address() != *address || log.removed {
        return Err(SourceError::Invalid("a log of another contract, or one that was undone"));
    }
    let place = (log.block_number, log.block_hash, log.log_index);
    let (Some(block), Some(hash), Some(log_index)) = place else {
        return Err(WITHOUT_PLACE);
    };
    let at = log.block_timestamp.or_else(|| times.get(&block).copied());
    let at = at.ok_or(SourceError::Invalid("a log without its time"))?;
    Ok(Located { block, block_hash: BlockHash(hash.0), log_index, event: event(log, at)? })
}

fn event(log: &Log, at: u64) -> Result<Event, SourceError> {
    let topic = *log.topic0().ok_or(MALFORMED)?;
    if topic == StatusChanged::SIGNATURE_HASH {
        return status(log, at).map(Event::Status);
    }
    let change = match topic {
        GrantCreated::SIGNATURE_HASH => GrantChange::Created,
        TimelockExtended::SIGNATURE_HASH => GrantChange::Extended,
        GrantRevoked::SIGNATURE_HASH => GrantChange::Revoked,
        _ => return Err(MALFORMED),
    };
    grant(log, change, at).map(Event::Grant)
}

/// The three grant events have the same fields, so one decoder serves: three topics, and one word of data.
fn grant(log: &Log, change: GrantChange, at: u64) -> Result<GrantEvent, SourceError> {
    let [_, owner, grantee, data_id] = log.topics() else { return Err(MALFORMED) };
    Ok(GrantEvent {
        change,
        owner: address(&owner.0)?,
        grantee: address(&grantee.0)?,
        data_id: DataId(data_id.0),
        locked_until: small(&log.inner.data.data)?,
        at,
    })
}

fn status(log: &Log, at: u64) -> Result<StatusEvent, SourceError> {
    let [_, issuer, list, purpose] = log.topics() else { return Err(MALFORMED) };
    let (word_index, word) = log.inner.data.data.split_at_checked(32).ok_or(MALFORMED)?;
    let purpose = u8::try_from(small(&purpose.0)?).ok().and_then(Purpose::from_code);
    Ok(StatusEvent {
        issuer: address(&issuer.0)?,
        list: small(&list.0)?.try_into().map_err(|_| MALFORMED)?,
        purpose: purpose.ok_or(MALFORMED)?,
        word_index: small(word_index)?.try_into().map_err(|_| MALFORMED)?,
        word: Word(word.try_into().map_err(|_| MALFORMED)?),
        at,
    })
}

/// A word that holds an address.
fn address(word: &[u8; 32]) -> Result<Address, SourceError> {
    match word.split_last_chunk::<20>() {
        Some((zeros, address)) if zeros.iter().all(|byte| *byte == 0) => Ok(Address::Evm(*address)),
        _ => Err(MALFORMED),
    }
}

/// A word that holds a number of at most 64 bits.
fn small(word: &[u8]) -> Result<u64, SourceError> {
    match word.split_last_chunk::<8>() {
        Some((zeros, number)) if word.len() == 32 && zeros.iter().all(|byte| *byte == 0) => {
            Ok(u64::from_be_bytes(*number))
        }
        _ => Err(MALFORMED),
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{B256, Bytes, LogData, U256};

    use super::*;

    const CONTRACT: EvmAddress = EvmAddress::repeat_byte(9);

    fn log(topics: Vec<B256>, data: Vec<u8>) -> Log {
        Log {
            inner: alloy::primitives::Log {
                address: CONTRACT,
                data: LogData::new_unchecked(topics, Bytes::from(data)),
            },
            block_hash: Some(B256::repeat_byte(1)),
            block_number: Some(7),
            block_timestamp: Some(1_800_000_000),
            log_index: Some(3),
            ..Log::default()
        }
    }

    fn created() -> Log {
        let event = GrantCreated {
            owner: EvmAddress::repeat_byte(2),
            grantee: EvmAddress::repeat_byte(3),
            dataId: B256::repeat_byte(4),
            lockedUntil: 5,
        };
        let data = event.encode_log_data();
        log(data.topics().to_vec(), data.data.to_vec())
    }

    #[test]
    fn a_log_becomes_the_event_that_it_encodes() {
        let located = located(&created(), &CONTRACT, &HashMap::new()).unwrap();
        let event = GrantEvent {
            change: GrantChange::Created,
            owner: Address::Evm([2; 20]),
            grantee: Address::Evm([3; 20]),
            data_id: DataId([4; 32]),
            locked_until: 5,
            at: 1_800_000_000,
        };
        assert_eq!(located.event, Event::Grant(event));
        assert_eq!((located.block, located.log_index), (7, 3));
    }

    #[test]
    fn a_status_log_becomes_the_event_that_it_encodes() {
        let event = StatusChanged {
            issuer: EvmAddress::repeat_byte(2),
            list: u32::MAX,
            purpose: 1,
            wordIndex: 511,
            word: U256::from(6),
        };
        let data = event.encode_log_data();
        let located =
            located(&log(data.topics().to_vec(), data.data.to_vec()), &CONTRACT, &HashMap::new()).unwrap();
        let Event::Status(event) = located.event else { panic!("{located:?}") };
        assert_eq!(
            (event.list, event.purpose, event.word_index, event.word.0[31]),
            (u32::MAX, Purpose::Suspension, 511, 6)
        );
    }

    #[test]
    fn what_the_contract_cannot_have_logged_is_invalid() {
        let data = |change: fn(&mut Vec<u8>)| {
            let mut data = created().inner.data.data.to_vec();
            change(&mut data);
            log(created().topics().to_vec(), data)
        };
        let topic = |index: usize, word: B256| {
            let mut topics = created().topics().to_vec();
            topics[index] = word;
            log(topics, created().inner.data.data.to_vec())
        };
        let table = [
            ("undone", Log { removed: true, ..created() }),
            ("no block", Log { block_number: None, ..created() }),
            ("no hash", Log { block_hash: None, ..created() }),
            ("no index", Log { log_index: None, ..created() }),
            ("no time", Log { block_timestamp: None, ..created() }),
            ("too little data", data(|data| data.truncate(31))),
            ("too much data", data(|data| data.push(0))),
            ("a lock of more than 64 bits", data(|data| data[0] = 1)),
            ("a foreign event", topic(0, B256::repeat_byte(1))),
            ("an owner of more than 20 bytes", topic(1, B256::repeat_byte(1))),
            ("too few topics", log(created().topics()[..3].to_vec(), created().inner.data.data.to_vec())),
        ];
        for (name, log) in table {
            assert!(
                matches!(located(&log, &CONTRACT, &HashMap::new()), Err(SourceError::Invalid(_))),
                "{name}"
            );
        }
        let elsewhere = EvmAddress::repeat_byte(8);
        assert!(matches!(located(&created(), &elsewhere, &HashMap::new()), Err(SourceError::Invalid(_))));
    }
}
