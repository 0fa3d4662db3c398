//! Calls as the Stellar contracts take them, what they write, and what they say.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use idos_contracts_stellar::{
    Account, ContractId, MAX_BATCH, Method, access_grants,
    access_grants::{CreateGrant, CreateGrants, ExtendTimelock, RevokeGrant, RevokeGrants},
    credential_status,
    credential_status::{SetStatus, SetStatusWords},
    storage,
};
use idos_grants::{
    Address, DataId, Event, GrantChange, GrantEvent, Purpose, Status, StatusEvent,
    account::StellarAddress,
    status::{WORD_SIZE, Word},
};
use stellar_xdr::{InvokeContractArgs, LedgerKey, ScVal};

use crate::differential::{
    Call, GrantRef, Step, WordChange,
    call::{data_id, word},
};

/// What is called.
pub(super) fn invocation(
    step: &Step,
    accounts: &[Account],
    contract: ContractId,
) -> Result<InvokeContractArgs> {
    let owner = account(accounts, step.by)?;
    let new = |grant: &crate::differential::NewGrant| -> Result<access_grants::NewGrant> {
        let (grantee, data_id) = (account(accounts, grant.grantee)?, data_id(grant.data).0);
        Ok(access_grants::NewGrant { grantee, data_id, locked_until: grant.locked_until })
    };
    let reference = |grant: &GrantRef| -> Result<access_grants::GrantRef> {
        Ok(access_grants::GrantRef {
            grantee: account(accounts, grant.grantee)?,
            data_id: data_id(grant.data).0,
        })
    };
    let proof = None;
    Ok(match &step.call {
        Call::CreateGrant(one) => {
            let access_grants::NewGrant { grantee, data_id, locked_until } = new(one)?;
            CreateGrant { owner, grantee, data_id, locked_until, proof }.invocation(contract)?
        }
        Call::ExtendTimelock(one) => {
            let access_grants::NewGrant { grantee, data_id, locked_until } = new(one)?;
            ExtendTimelock { owner, grantee, data_id, locked_until, proof }.invocation(contract)?
        }
        Call::RevokeGrant(one) => {
            let access_grants::GrantRef { grantee, data_id } = reference(one)?;
            RevokeGrant { owner, grantee, data_id, proof }.invocation(contract)?
        }
        Call::CreateGrants(all) => {
            let grants = all.iter().map(new).collect::<Result<_>>()?;
            CreateGrants { owner, grants, proof }.invocation(contract)?
        }
        Call::RevokeGrants(all) => {
            let grants = all.iter().map(reference).collect::<Result<_>>()?;
            RevokeGrants { owner, grants, proof }.invocation(contract)?
        }
        Call::SetStatus { list, index, status } => {
            let status = match status {
                Status::Valid => credential_status::Status::Valid,
                Status::Suspended => credential_status::Status::Suspended,
                Status::Revoked => credential_status::Status::Revoked,
            };
            SetStatus { issuer: owner, list: *list, index: *index, status, proof }.invocation(contract)?
        }
        Call::SetStatusWords { list, purpose: of, changes } => {
            let changes = changes.iter().map(change).collect();
            SetStatusWords { issuer: owner, list: *list, purpose: purpose(*of), changes, proof }
                .invocation(contract)?
        }
    })
}

/// The entries that the call may write. A batch that is too large is refused before it touches any, and could not name them all.
pub(super) fn written(step: &Step, accounts: &[Account], contract: ContractId) -> Result<Vec<LedgerKey>> {
    let owner = account(accounts, step.by)?;
    let grant = |grant: &GrantRef| -> Result<LedgerKey> {
        Ok(storage::grant(contract, &owner, &account(accounts, grant.grantee)?, &data_id(grant.data).0)?)
    };
    let word = |list, purpose, word_index| storage::word(contract, &owner, list, purpose, word_index);
    let mut keys = match &step.call {
        Call::CreateGrant(one) | Call::ExtendTimelock(one) => BTreeSet::from([grant(&one.of())?]),
        Call::RevokeGrant(one) => BTreeSet::from([grant(one)?]),
        Call::CreateGrants(all) => {
            all.iter().take(MAX_BATCH).map(|one| grant(&one.of())).collect::<Result<BTreeSet<_>>>()?
        }
        Call::RevokeGrants(all) => all.iter().take(MAX_BATCH).map(grant).collect::<Result<BTreeSet<_>>>()?,
        Call::SetStatus { list, index, .. } => {
            let index = u16::try_from(index / WORD_SIZE).unwrap_or(u16::MAX);
            let purposes = [credential_status::Purpose::Revocation, credential_status::Purpose::Suspension];
            purposes
                .into_iter()
                .map(|purpose| word(*list, purpose, index))
                .collect::<Result<BTreeSet<_>, _>>()?
        }
        Call::SetStatusWords { list, purpose: of, changes } => {
            let words = changes.iter().take(MAX_BATCH);
            words
                .map(|change| word(*list, purpose(*of), change.word_index))
                .collect::<Result<BTreeSet<_>, _>>()?
        }
    };
    keys.insert(storage::history_head(contract)?);
    Ok(keys.into_iter().collect())
}

pub(super) fn purpose(purpose: Purpose) -> credential_status::Purpose {
    match purpose {
        Purpose::Revocation => credential_status::Purpose::Revocation,
        Purpose::Suspension => credential_status::Purpose::Suspension,
    }
}

fn account(accounts: &[Account], person: u8) -> Result<Account> {
    accounts.get(usize::from(person)).copied().with_context(|| format!("nobody is person {person}"))
}

fn change(change: &WordChange) -> credential_status::WordChange {
    let (set, clear) = (word(&change.set), word(&change.clear));
    credential_status::WordChange { word_index: change.word_index, set, clear }
}

/// An event of one of the contracts.
pub(super) fn event(topics: &[ScVal], data: &ScVal, at: u64) -> Result<Event> {
    if let Some(event) = access_grants::Event::parse(topics, data)? {
        let change = match event {
            access_grants::Event::GrantCreated(_) => GrantChange::Created,
            access_grants::Event::TimelockExtended(_) => GrantChange::Extended,
            access_grants::Event::GrantRevoked(_) => GrantChange::Revoked,
        };
        let data = event.data();
        return Ok(Event::Grant(GrantEvent {
            change,
            owner: address(data.owner)?,
            grantee: address(data.grantee)?,
            data_id: DataId(data.data_id),
            locked_until: data.locked_until,
            at,
        }));
    }
    let event = credential_status::Event::parse(topics, data)?
        .with_context(|| format!("another event: {topics:?}"))?;
    let data = event.data();
    Ok(Event::Status(StatusEvent {
        issuer: address(data.issuer)?,
        list: data.list,
        purpose: match data.purpose {
            credential_status::Purpose::Revocation => Purpose::Revocation,
            credential_status::Purpose::Suspension => Purpose::Suspension,
        },
        word_index: data.word_index,
        word: Word(data.word),
        at,
    }))
}

fn address(account: Account) -> Result<Address> {
    match account {
        Account::Account(key) => Ok(Address::Stellar(StellarAddress::Account(key))),
        other => bail!("an account that no script names: {other}"),
    }
}
