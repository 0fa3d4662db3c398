//! Calls as the NEAR contracts take them, and what they log.

use anyhow::{Context, Result};
use idos_contracts_near::{
    Bytes32, access_grants,
    access_grants::{CreateGrant, CreateGrants, ExtendTimelock, GrantData, RevokeGrant, RevokeGrants},
    credential_status,
    credential_status::{SetStatus, SetStatusWords, StatusData},
};
use idos_grants::{
    Address, DataId, Event, GrantChange, GrantEvent, Namespace, Purpose, Status, StatusEvent, status::Word,
};
use near_primitives::{action::Action, types::AccountId};

use super::{call, person};
use crate::differential::{
    Call, GrantRef, NewGrant, WordChange,
    call::{data_id, word},
};

/// What is sent.
pub(super) fn action(step: &Call) -> Result<Action> {
    match step {
        Call::CreateGrant(one) => call(&new(one)?, 0),
        Call::ExtendTimelock(one) => {
            let CreateGrant { grantee, data_id, locked_until } = new(one)?;
            call(&ExtendTimelock { grantee, data_id, locked_until }, 0)
        }
        Call::RevokeGrant(one) => call(&reference(one)?, 0),
        Call::CreateGrants(all) => {
            call(&CreateGrants { grants: all.iter().map(new).collect::<Result<_>>()? }, 0)
        }
        Call::RevokeGrants(all) => {
            call(&RevokeGrants { grants: all.iter().map(reference).collect::<Result<_>>()? }, 0)
        }
        Call::SetStatus { list, index, status } => {
            let status = match status {
                Status::Valid => credential_status::Status::Valid,
                Status::Suspended => credential_status::Status::Suspended,
                Status::Revoked => credential_status::Status::Revoked,
            };
            call(&SetStatus { list: *list, index: *index, status }, 0)
        }
        Call::SetStatusWords { list, purpose: of, changes } => {
            let changes = changes.iter().map(change).collect();
            call(&SetStatusWords { list: *list, purpose: purpose(*of), changes }, 0)
        }
    }
}

pub(super) fn account_id(number: u8) -> Result<AccountId> {
    Ok(person(number).parse()?)
}

pub(super) fn bytes(data: u8) -> Bytes32 {
    Bytes32(data_id(data).0)
}

pub(super) fn purpose(purpose: Purpose) -> credential_status::Purpose {
    match purpose {
        Purpose::Revocation => credential_status::Purpose::Revocation,
        Purpose::Suspension => credential_status::Purpose::Suspension,
    }
}

fn new(grant: &NewGrant) -> Result<CreateGrant> {
    let (grantee, data_id) = (account_id(grant.grantee)?, bytes(grant.data));
    Ok(CreateGrant { grantee, data_id, locked_until: grant.locked_until })
}

fn reference(grant: &GrantRef) -> Result<RevokeGrant> {
    Ok(RevokeGrant { grantee: account_id(grant.grantee)?, data_id: bytes(grant.data) })
}

fn change(change: &WordChange) -> credential_status::WordChange {
    let (set, clear) = (Bytes32(word(&change.set)), Bytes32(word(&change.clear)));
    credential_status::WordChange { word_index: change.word_index, set, clear }
}

/// The events of one log line.
pub(super) fn events(log: &str, at: u64) -> Result<Vec<Event>> {
    if let Some(event) = access_grants::Event::parse(log)? {
        let change = match event {
            access_grants::Event::GrantCreated(_) => GrantChange::Created,
            access_grants::Event::TimelockExtended(_) => GrantChange::Extended,
            access_grants::Event::GrantRevoked(_) => GrantChange::Revoked,
        };
        return event.data().iter().map(|data| grant(data, change, at)).collect();
    }
    let event = credential_status::Event::parse(log)?.with_context(|| format!("another log: {log}"))?;
    event.data().iter().map(|data| status(data, at)).collect()
}

fn grant(data: &GrantData, change: GrantChange, at: u64) -> Result<Event> {
    Ok(Event::Grant(GrantEvent {
        change,
        owner: address(data.owner.as_str())?,
        grantee: address(data.grantee.as_str())?,
        data_id: DataId(data.data_id.0),
        locked_until: data.locked_until,
        at,
    }))
}

fn status(data: &StatusData, at: u64) -> Result<Event> {
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

fn address(id: &str) -> Result<Address> {
    Ok(Address::parse(Namespace::Near, id)?)
}
