//! What the contracts say becomes events. A contract of ours can say nothing else under these names, so whatever else claims to be of it is invalid.

use idos_contracts_stellar::{
    Account, ContractId,
    access_grants::{self, GrantData},
    credential_status::{self, StatusData},
};
use idos_grants::{
    Address, DataId, Event, GrantChange, GrantEvent, Purpose, StatusEvent,
    account::{PublicKey, StellarAddress},
    status::Word,
};
use idos_mirror::{BlockHash, BlockRef, ContractKind, Located};
use stellar_xdr::ScVal;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{pages::EventJson, xdr};
use crate::source::SourceError;

const MALFORMED: &str = "an event that is not one of the contract's";

/// The RPC tells no hash beside an event. A ledger that is closed needs none: it is not undone.
const UNTOLD: BlockHash = BlockHash([0; 32]);

/// The contract's events among those that were told, which are in the chain's order. `last` is the ledger that they end with at the latest.
pub(super) fn located(
    told: &[EventJson],
    contract: ContractId,
    kind: ContractKind,
    last: Option<&BlockRef>,
) -> Result<Vec<Located>, SourceError> {
    let strkey = contract.to_string();
    let mut located: Vec<Located> = Vec::new();
    // Another contract may say the same words; they are not this contract's.
    for json in told.iter().filter(|event| event.contract_id == strkey && event.counts()) {
        let Some(event) = read(json, kind)? else { continue };
        let at_last = last.filter(|last| last.number == json.ledger);
        if at_last.is_some_and(|last| last.time != at(&event)) {
            return Err(SourceError::Invalid("an event at another time than its ledger"));
        }
        let before = located.last().filter(|before| before.block == json.ledger);
        if before.is_some_and(|before| at(&before.event) != at(&event)) {
            return Err(SourceError::Invalid("a ledger at two times"));
        }
        let log_index = before.map_or(0, |before| before.log_index + 1);
        let block_hash = at_last.map_or(UNTOLD, |last| last.hash);
        located.push(Located { block: json.ledger, block_hash, log_index, event });
    }
    Ok(located)
}

/// `None`: an event of another name.
fn read(json: &EventJson, kind: ContractKind) -> Result<Option<Event>, SourceError> {
    let at = time(&json.ledger_closed_at)?;
    let topics =
        json.topic.iter().map(|topic| xdr::read(topic, MALFORMED)).collect::<Result<Vec<ScVal>, _>>()?;
    let data = xdr::read(&json.value, MALFORMED)?;
    match kind {
        ContractKind::AccessGrants => {
            let event = access_grants::Event::parse(&topics, &data);
            event.map_err(|_| SourceError::Invalid(MALFORMED))?.map(|event| grant(&event, at)).transpose()
        }
        ContractKind::CredentialStatus => {
            let event = credential_status::Event::parse(&topics, &data);
            event
                .map_err(|_| SourceError::Invalid(MALFORMED))?
                .map(|event| status(event.data(), at))
                .transpose()
        }
    }
}

fn grant(event: &access_grants::Event, at: u64) -> Result<Event, SourceError> {
    let change = match event {
        access_grants::Event::GrantCreated(_) => GrantChange::Created,
        access_grants::Event::TimelockExtended(_) => GrantChange::Extended,
        access_grants::Event::GrantRevoked(_) => GrantChange::Revoked,
    };
    let GrantData { owner, grantee, data_id, locked_until } = *event.data();
    let (owner, grantee, data_id) = (address(owner)?, address(grantee)?, DataId(data_id));
    Ok(Event::Grant(GrantEvent { change, owner, grantee, data_id, locked_until, at }))
}

fn status(data: &StatusData, at: u64) -> Result<Event, SourceError> {
    let StatusData { issuer, list, purpose, word_index, word } = *data;
    let purpose = match purpose {
        credential_status::Purpose::Revocation => Purpose::Revocation,
        credential_status::Purpose::Suspension => Purpose::Suspension,
    };
    Ok(Event::Status(StatusEvent {
        issuer: address(issuer)?,
        list,
        purpose,
        word_index,
        word: Word(word),
        at,
    }))
}

fn address(account: Account) -> Result<Address, SourceError> {
    if !account.is_somebody() {
        return Err(SourceError::Invalid(MALFORMED));
    }
    Ok(Address::Stellar(match account {
        Account::Account(key) => StellarAddress::Account(key),
        Account::Contract(hash) => StellarAddress::Contract(hash),
        Account::Ed25519(key) => StellarAddress::Key(PublicKey::Ed25519(key)),
        Account::Secp256k1(key) => StellarAddress::Key(PublicKey::Secp256k1(key)),
        Account::Secp256r1(key) => StellarAddress::Key(PublicKey::Secp256r1(key)),
    }))
}

fn at(event: &Event) -> u64 {
    match event {
        Event::Grant(event) => event.at,
        Event::Status(event) => event.at,
    }
}

/// Unix seconds.
fn time(text: &str) -> Result<u64, SourceError> {
    const NO_TIME: SourceError = SourceError::Invalid("a ledger that closed at no time");
    let time = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| NO_TIME)?;
    u64::try_from(time.unix_timestamp()).map_err(|_| NO_TIME)
}

#[cfg(test)]
mod tests {
    use idos_contracts_stellar::Value;
    use stellar_xdr::{ScMap, ScMapEntry};

    use super::*;

    const OURS: ContractId = ContractId([7; 32]);
    const TIME: u64 = 1_800_000_000;
    const WORD: [u8; 32] = [9; 32];

    fn symbol(name: &str) -> ScVal {
        ScVal::Symbol(name.try_into().unwrap())
    }

    fn map(fields: &[(&str, ScVal)]) -> ScVal {
        let entries: Vec<_> =
            fields.iter().map(|(key, val)| ScMapEntry { key: symbol(key), val: val.clone() }).collect();
        ScVal::Map(Some(ScMap(entries.try_into().unwrap())))
    }

    fn told(ledger: u64, number: u32, topics: &[ScVal], data: &ScVal) -> EventJson {
        EventJson {
            id: format!("{:019}-{number:010}", (ledger << 32) + 4_096).parse().unwrap(),
            kind: "contract".into(),
            ledger,
            ledger_closed_at: "2027-01-15T08:00:00Z".into(),
            contract_id: OURS.to_string(),
            in_successful_contract_call: None,
            tx_hash: String::new(),
            topic: topics.iter().map(|topic| xdr::base64(topic).unwrap()).collect(),
            value: xdr::base64(data).unwrap(),
        }
    }

    fn topics(name: &str, owner: Account) -> Vec<ScVal> {
        let grantee = Account::Contract([2; 32]).to_val().unwrap();
        vec![symbol(name), owner.to_val().unwrap(), grantee, [3; 32].to_val().unwrap()]
    }

    fn created(ledger: u64, number: u32, owner: Account) -> EventJson {
        told(ledger, number, &topics("grant_created", owner), &map(&[("locked_until", ScVal::U64(5))]))
    }

    fn grants(told: &[EventJson]) -> Result<Vec<Located>, SourceError> {
        located(told, OURS, ContractKind::AccessGrants, None)
    }

    #[test]
    fn events_come_with_their_place_in_their_ledger_and_owners_of_every_kind() {
        let owners = [
            (Account::Account([1; 32]), StellarAddress::Account([1; 32])),
            (Account::Contract([1; 32]), StellarAddress::Contract([1; 32])),
            (Account::Ed25519([1; 32]), StellarAddress::Key(PublicKey::Ed25519([1; 32]))),
            (Account::Secp256k1([2; 33]), StellarAddress::Key(PublicKey::Secp256k1([2; 33]))),
            (Account::Secp256r1([3; 33]), StellarAddress::Key(PublicKey::Secp256r1([3; 33]))),
        ];
        let told: Vec<_> = owners
            .iter()
            .zip([(8, 0), (8, 1), (9, 0), (9, 1), (9, 7)])
            .map(|((owner, _), (ledger, number))| created(ledger, number, *owner))
            .collect();
        let last = BlockRef { number: 9, hash: BlockHash([9; 32]), time: TIME };
        let events = located(&told, OURS, ContractKind::AccessGrants, Some(&last)).unwrap();
        let places: Vec<_> =
            events.iter().map(|event| (event.block, event.log_index, event.block_hash)).collect();
        assert_eq!(
            places,
            [(8, 0, UNTOLD), (8, 1, UNTOLD), (9, 0, last.hash), (9, 1, last.hash), (9, 2, last.hash)]
        );
        for (event, (_, owner)) in events.iter().zip(owners) {
            let expected = GrantEvent {
                change: GrantChange::Created,
                owner: Address::Stellar(owner),
                grantee: Address::Stellar(StellarAddress::Contract([2; 32])),
                data_id: DataId([3; 32]),
                locked_until: 5,
                at: TIME,
            };
            assert_eq!(event.event, Event::Grant(expected));
        }
    }

    #[test]
    fn a_status_event_is_read() {
        let issuer = Account::Secp256k1([2; 33]).to_val().unwrap();
        let topics = [symbol("status_changed"), issuer, ScVal::U32(u32::MAX), ScVal::U32(1)];
        let data = map(&[("word", WORD.to_val().unwrap()), ("word_index", ScVal::U32(511))]);
        let events =
            located(&[told(8, 0, &topics, &data)], OURS, ContractKind::CredentialStatus, None).unwrap();
        let Event::Status(event) = events[0].event else { panic!("another event") };
        assert_eq!(
            (event.list, event.purpose, event.word_index, event.word),
            (u32::MAX, Purpose::Suspension, 511, Word(WORD))
        );
        assert_eq!(event.at, TIME);
    }

    #[test]
    fn what_others_say_or_what_failed_changes_nothing() {
        let mine = || created(8, 0, Account::Account([1; 32]));
        let table = [
            ("another contract", EventJson { contract_id: ContractId([8; 32]).to_string(), ..mine() }),
            ("a call that failed", EventJson { in_successful_contract_call: Some(false), ..mine() }),
            ("a diagnostic", EventJson { kind: "diagnostic".into(), ..mine() }),
            ("the network itself", EventJson { kind: "system".into(), contract_id: String::new(), ..mine() }),
            ("another name", told(8, 0, &[symbol("transfer")], &ScVal::Void)),
            ("no name", told(8, 0, &[], &ScVal::Void)),
        ];
        for (name, event) in table {
            assert_eq!(grants(&[event]), Ok(Vec::new()), "{name}");
        }
        let successful = EventJson { in_successful_contract_call: Some(true), ..mine() };
        assert_eq!(grants(&[successful]).map(|events| events.len()), Ok(1));
    }

    #[test]
    fn what_the_contract_cannot_have_said_is_invalid() {
        let owner = Account::Account([1; 32]);
        let mine = || created(8, 0, owner);
        let lock = |val| map(&[("locked_until", val)]);
        let with = |topics: &[ScVal], data: &ScVal| told(8, 0, topics, data);
        let bad_key = Account::Secp256k1([4; 33]);
        let table = [
            ("three topics", with(&topics("grant_created", owner)[..3], &lock(ScVal::U64(5)))),
            (
                "a plain owner",
                with(
                    &[
                        vec![symbol("grant_created"), symbol("alice")],
                        topics("grant_created", owner)[2..].to_vec(),
                    ]
                    .concat(),
                    &lock(ScVal::U64(5)),
                ),
            ),
            ("an owner that is no key", created(8, 0, bad_key)),
            ("a lock of 32 bits", with(&topics("grant_created", owner), &lock(ScVal::U32(5)))),
            ("no lock", with(&topics("grant_created", owner), &map(&[]))),
            ("no data", EventJson { value: String::new(), ..mine() }),
            ("half a topic", EventJson { topic: vec![mine().topic[0][..8].to_owned()], ..mine() }),
            ("a topic in another alphabet", EventJson { topic: vec!["____".into()], ..mine() }),
            ("no time", EventJson { ledger_closed_at: "1800000000".into(), ..mine() }),
            ("a time before 1970", EventJson { ledger_closed_at: "1927-01-15T08:00:00Z".into(), ..mine() }),
        ];
        for (name, event) in table {
            assert!(matches!(grants(&[event]), Err(SourceError::Invalid(_))), "{name}");
        }
    }

    #[test]
    fn a_ledger_has_one_time() {
        let (one, later) =
            (created(8, 0, Account::Account([1; 32])), created(8, 1, Account::Account([2; 32])));
        let later = EventJson { ledger_closed_at: "2027-01-15T08:00:01Z".into(), ..later };
        assert!(matches!(grants(&[one.clone(), later]), Err(SourceError::Invalid(_))));
        let last = BlockRef { number: 8, hash: BlockHash([8; 32]), time: TIME + 1 };
        let found = located(&[one], OURS, ContractKind::AccessGrants, Some(&last));
        assert!(matches!(found, Err(SourceError::Invalid(_))));
    }
}
