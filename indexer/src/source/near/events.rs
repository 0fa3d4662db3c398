//! What the contracts log becomes events. A contract of ours can log nothing else under its standard, so whatever else claims to be of it is
//! invalid.

use idos_contracts_near::{
    EVENT_PREFIX, Method,
    access_grants::{self, GrantData},
    credential_status::{self, StatusData},
};
use idos_grants::{
    Address, DataId, Event, GrantChange, GrantEvent, HistoryHead, Purpose, StatusEvent, status::Word,
};
use idos_mirror::{Contract, ContractKind, Located};

use super::{account, block::Block};
use crate::source::SourceError;

const MALFORMED: SourceError = SourceError::Invalid("a log that is not one of the contract's");

/// Whether a log need be looked at. Whose it is, is another question.
pub(super) fn may_be(log: &str) -> bool {
    let standards = [access_grants::STANDARD, credential_status::STANDARD];
    log.starts_with(EVENT_PREFIX) && standards.into_iter().any(|standard| log.contains(standard))
}

/// The contract's events in a block. Another contract may log the same words; they are not this contract's.
pub(super) fn of(block: &Block, contract: &Contract) -> Result<Vec<Located>, SourceError> {
    let account = account(contract)?;
    let receipts = block.receipts.iter().filter(|receipt| receipt.executor == account);
    let mut events = Vec::new();
    for log in receipts.flat_map(|receipt| &receipt.logs) {
        match contract.kind {
            ContractKind::AccessGrants => events.extend(grants(log, block.at.time)?),
            ContractKind::CredentialStatus => events.extend(statuses(log, block.at.time)?),
        }
    }
    let located = |(index, event)| Located {
        block: block.at.number,
        block_hash: block.at.hash,
        log_index: index as u64,
        event,
    };
    Ok(events.into_iter().enumerate().map(located).collect())
}

fn grants(log: &str, at: u64) -> Result<Vec<Event>, SourceError> {
    let Some(event) = access_grants::Event::parse(log).map_err(|_| MALFORMED)? else {
        return Ok(Vec::new());
    };
    let change = match event {
        access_grants::Event::GrantCreated(_) => GrantChange::Created,
        access_grants::Event::TimelockExtended(_) => GrantChange::Extended,
        access_grants::Event::GrantRevoked(_) => GrantChange::Revoked,
    };
    event.data().iter().map(|data| grant(data, change, at)).collect()
}

fn grant(data: &GrantData, change: GrantChange, at: u64) -> Result<Event, SourceError> {
    Ok(Event::Grant(GrantEvent {
        change,
        owner: address(data.owner.as_str())?,
        grantee: address(data.grantee.as_str())?,
        data_id: DataId(data.data_id.0),
        locked_until: data.locked_until,
        at,
    }))
}

fn statuses(log: &str, at: u64) -> Result<Vec<Event>, SourceError> {
    let Some(event) = credential_status::Event::parse(log).map_err(|_| MALFORMED)? else {
        return Ok(Vec::new());
    };
    event.data().iter().map(|data| status(data, at)).collect()
}

fn status(data: &StatusData, at: u64) -> Result<Event, SourceError> {
    Ok(Event::Status(StatusEvent {
        issuer: address(data.issuer.as_str())?,
        list: data.list,
        purpose: match data.purpose {
            credential_status::Purpose::Revocation => Purpose::Revocation,
            credential_status::Purpose::Suspension => Purpose::Suspension,
        },
        word_index: data.word_index,
        word: Word(data.word.0),
        at,
    }))
}

fn address(text: &str) -> Result<Address, SourceError> {
    text.parse().map(Address::Near).map_err(|_| MALFORMED)
}

/// What the view that both kinds of contract have returned.
pub(super) fn history_head(returned: &[u8]) -> Result<HistoryHead, SourceError> {
    let head = access_grants::HistoryHead::answer(returned);
    head.map(|head| HistoryHead(head.0))
        .map_err(|_| SourceError::Invalid("a history head that is not 32 bytes"))
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use idos_grants::{Account, account::NearAccountId};
    use idos_mirror::{BlockHash, BlockRef};

    use super::{super::block::Receipt, *};

    fn contract(kind: ContractKind) -> Contract {
        Contract { account: Account::from_str("near:mainnet:ours.near").unwrap(), kind, start_block: 0 }
    }

    fn ran(executor: &str, logs: &[String]) -> Receipt {
        let executor = NearAccountId::from_str(executor).unwrap();
        Receipt { executor, logs: logs.iter().map(|log| log.as_str().into()).collect() }
    }

    fn block(receipts: Vec<Receipt>) -> Block {
        Block {
            at: BlockRef { number: 7, hash: BlockHash([7; 32]), time: 1_800_000_000 },
            parent: BlockHash([6; 32]),
            parent_height: Some(6),
            last_final: BlockHash([5; 32]),
            receipts,
        }
    }

    fn created(ids: &[u8]) -> String {
        let entry = |id: &u8| {
            let id = format!("{id:02x}").repeat(32);
            format!(r#"{{"owner":"a.near","grantee":"b.near","data_id":"{id}","locked_until":"5"}}"#)
        };
        let data: Vec<_> = ids.iter().map(entry).collect();
        line("idos-access-grants", "grant_created", &data.join(","))
    }

    fn line(standard: &str, event: &str, data: &str) -> String {
        format!(
            r#"EVENT_JSON:{{"standard":"{standard}","version":"1.0.0","event":"{event}","data":[{data}]}}"#
        )
    }

    const WORD: &str = "0000000000000000000000000000000000000000000000000000000000000400";

    #[test]
    fn entries_of_logs_of_receipts_come_in_the_order_in_which_they_ran() {
        let receipts = vec![
            ran("ours.near", &[created(&[1, 2]), "EVENT_JSON:{}".to_owned(), created(&[3])]),
            ran("theirs.near", &[created(&[9])]),
            ran("ours.near", &[created(&[4])]),
        ];
        let events = of(&block(receipts), &contract(ContractKind::AccessGrants)).unwrap();
        let places: Vec<_> = events.iter().map(|event| (event.block, event.log_index)).collect();
        assert_eq!(places, [(7, 0), (7, 1), (7, 2), (7, 3)]);
        for (located, id) in events.iter().zip(1..) {
            let near = |id: &str| Address::Near(id.parse().unwrap());
            let event = GrantEvent {
                change: GrantChange::Created,
                owner: near("a.near"),
                grantee: near("b.near"),
                data_id: DataId([id; 32]),
                locked_until: 5,
                at: 1_800_000_000,
            };
            assert_eq!((located.event, located.block_hash), (Event::Grant(event), BlockHash([7; 32])));
        }
    }

    #[test]
    fn a_status_event_is_read() {
        let data = format!(
            r#"{{"issuer":"kyc.near","list":4294967295,"purpose":"suspension","word_index":511,"word":"{WORD}"}}"#
        );
        let log = line("idos-credential-status", "status_changed", &data);
        let events = of(&block(vec![ran("ours.near", &[log])]), &contract(ContractKind::CredentialStatus));
        let Event::Status(event) = events.unwrap()[0].event else { panic!("another event") };
        assert_eq!((event.list, event.purpose, event.word_index), (u32::MAX, Purpose::Suspension, 511));
        assert_eq!((event.word.0[30], event.at), (4, 1_800_000_000));
    }

    #[test]
    fn the_other_kind_of_contract_has_other_events() {
        let receipts = || vec![ran("ours.near", &[created(&[1])])];
        assert_eq!(of(&block(receipts()), &contract(ContractKind::CredentialStatus)), Ok(Vec::new()));
    }

    #[test]
    fn what_the_contract_cannot_have_logged_is_invalid() {
        let table = [
            ("another event", line("idos-access-grants", "grant_forged", "")),
            ("another version", created(&[1]).replace("1.0.0", "2.0.0")),
            ("no owner", created(&[1]).replace("owner", "sender")),
            ("an owner that is no account", created(&[1]).replace("a.near", "A")),
            ("an owner of 65 characters", created(&[1]).replace("a.near", &"a".repeat(65))),
            ("a lock as a number", created(&[1]).replace("\"5\"", "5")),
            ("a lock of more than 64 bits", created(&[1]).replace("\"5\"", "\"18446744073709551616\"")),
            ("a data id of 31 bytes", created(&[1]).replacen("0101", "01", 1)),
            (
                "data that is no list",
                created(&[1]).replace("\"data\":[", "\"data\":{\"x\":[").replace("]}", "]}}"),
            ),
        ];
        for (name, log) in table {
            let found = of(
                &block(vec![ran("ours.near", std::slice::from_ref(&log))]),
                &contract(ContractKind::AccessGrants),
            );
            assert!(matches!(found, Err(SourceError::Invalid(_))), "{name}: {log}");
            let found = of(&block(vec![ran("theirs.near", &[log])]), &contract(ContractKind::AccessGrants));
            assert_eq!(found, Ok(Vec::new()), "{name}, by another contract");
        }
    }

    #[test]
    fn logs_of_others_are_not_looked_at() {
        for (log, is_looked_at) in [
            (created(&[1]), true),
            (line("idos-credential-status", "status_changed", ""), true),
            (line("nep141", "ft_transfer", ""), false),
            (created(&[1]).replace("EVENT_JSON:", ""), false),
            (String::new(), false),
        ] {
            assert_eq!(may_be(&log), is_looked_at, "{log}");
        }
    }

    #[test]
    fn a_history_head_is_64_hex_digits_in_json() {
        assert_eq!(history_head(format!("\"{}\"", "07".repeat(32)).as_bytes()), Ok(HistoryHead([7; 32])));
        for wrong in [
            String::new(),
            "null".into(),
            "07".repeat(32),
            format!("\"{}\"", "07".repeat(31)),
            format!("\"0x{}\"", "07".repeat(32)),
        ] {
            assert!(matches!(history_head(wrong.as_bytes()), Err(SourceError::Invalid(_))), "{wrong}");
        }
    }
}
