//! The scenarios that every contract and the model must answer alike.

use idos_contracts_stellar::{
    Account, ContractId, KeyProof, access_grants as ag,
    credential_status::{Purpose, SetStatus, Status, StatusOf},
    storage,
};
use idos_grants::{
    GrantChange, Namespace,
    vectors::{self, GRANTS, GrantScenario, GrantStep, STATUSES, Scenarios, StatusScenario, StatusStep},
};
use stellar_xdr::LedgerKey;

use crate::{
    outcome::{Done, Refused},
    world::{World, carol, data, id},
};

#[test]
fn the_names_are_those_of_the_vectors() {
    for name in ["alice", "carol", "bank", "shop"] {
        let address = vectors::address(Namespace::Stellar, name).unwrap();
        assert_eq!(id(name).to_string(), address.to_string(), "{name}");
    }
}

/// Who has no account signs.
fn proof(world: &World, by: &str, contract: ContractId, text: &str, at: u64) -> Option<KeyProof> {
    (by == "carol").then(|| world.proof(&carol(), contract, text, nonce(at)[0], at + 60))
}

/// A time is used once in a scenario, and so is a nonce made of it.
fn nonce(at: u64) -> [u8; 32] {
    [(at % 256) as u8; 32]
}

fn sender(by: &str) -> &str {
    if by == "carol" { "relayer" } else { by }
}

/// The text of a step up to the nonce.
fn lines(title: &str, step: &GrantStep) -> String {
    let mut text = format!("idOS AccessGrants: {title}\n\nOwner: {}", id(&step.by));
    if title.ends_with("grants") {
        text += &format!("\nGrants: {}", step.grants.len());
    }
    for grant in &step.grants {
        text += &format!("\nGrantee: {}\nData Id: {}", id(&grant.grantee), hex::encode(data(grant.data)));
        if !title.starts_with("revoke") {
            text += &format!("\nLocked Until: {}", grant.locked_until);
        }
    }
    text
}

fn grant_step(world: &mut World, step: &GrantStep) -> Result<Done<()>, Refused> {
    let (owner, contract, at) = (id(&step.by), world.grants, step.at);
    let signed = |world: &World, title: &str| proof(world, &step.by, contract, &lines(title, step), step.at);
    let by = sender(&step.by);
    let key = |grant: &vectors::GrantArguments| {
        storage::grant(contract, &owner, &id(&grant.grantee), &data(grant.data)).unwrap()
    };
    let mut entries: Vec<LedgerKey> = step.grants.iter().map(key).collect();
    entries.sort();
    entries.dedup();
    entries.push(storage::nonce(contract, &owner, &nonce(at)).unwrap());
    let first = step.grants.first().map(|grant| (id(&grant.grantee), data(grant.data), grant.locked_until));
    let pairs = step.grants.iter().map(|grant| (id(&grant.grantee), data(grant.data), grant.locked_until));
    match (step.verb.as_str(), first) {
        ("create_grant", Some((grantee, data_id, locked_until))) => {
            let proof = signed(world, "create a grant");
            world.call_at(
                at,
                by,
                contract,
                &ag::CreateGrant { owner, grantee, data_id, locked_until, proof },
                entries,
            )
        }
        ("extend_timelock", Some((grantee, data_id, locked_until))) => {
            let proof = signed(world, "extend a timelock");
            world.call_at(
                at,
                by,
                contract,
                &ag::ExtendTimelock { owner, grantee, data_id, locked_until, proof },
                entries,
            )
        }
        ("revoke_grant", Some((grantee, data_id, _))) => {
            let proof = signed(world, "revoke a grant");
            world.call_at(at, by, contract, &ag::RevokeGrant { owner, grantee, data_id, proof }, entries)
        }
        ("create_grants", _) => {
            let proof = signed(world, "create grants");
            let new = |(grantee, data_id, locked_until)| ag::NewGrant { grantee, data_id, locked_until };
            world.call_at(
                at,
                by,
                contract,
                &ag::CreateGrants { owner, grants: pairs.map(new).collect(), proof },
                entries,
            )
        }
        ("revoke_grants", _) => {
            let proof = signed(world, "revoke grants");
            let reference = |(grantee, data_id, _)| ag::GrantRef { grantee, data_id };
            world.call_at(
                at,
                by,
                contract,
                &ag::RevokeGrants { owner, grants: pairs.map(reference).collect(), proof },
                entries,
            )
        }
        (verb, _) => panic!("no such verb: {verb}"),
    }
}

fn change_name(change: GrantChange) -> &'static str {
    match change {
        GrantChange::Created => "GrantCreated",
        GrantChange::Extended => "TimelockExtended",
        GrantChange::Revoked => "GrantRevoked",
    }
}

fn play_grants(scenario: &GrantScenario) {
    let mut world = World::new();
    let name = &scenario.name;
    for step in &scenario.steps {
        match (grant_step(&mut world, step), &step.error) {
            (Ok(done), None) => {
                let events = done.grant_events(world.grants);
                let names: Vec<&str> = events.iter().map(|event| change_name(event.change)).collect();
                assert_eq!(names, step.events, "{name}: {step:?}");
                assert!(events.iter().all(|event| event.at == step.at), "{name}: {step:?}");
            }
            (Err(refused), Some(error)) => {
                let refusal = refused.refusal.map(|refusal| refusal.name());
                assert_eq!(refusal, Some(error.as_str()), "{name}: {step:?}: {}", refused.error);
            }
            (done, _) => panic!("{name}: {step:?}: {done:?}"),
        }
    }
    for standing in &scenario.standing {
        let question = ag::GrantOf {
            owner: id(&standing.owner),
            grantee: id(&standing.grantee),
            data_id: data(standing.data),
        };
        let grant = world.view(world.grants, &question).unwrap().unwrap();
        assert_eq!(
            (grant.created_at, grant.locked_until),
            (standing.created_at, standing.locked_until),
            "{name}"
        );
        assert!(world.has_access(&standing.owner, &standing.grantee, standing.data), "{name}");
    }
    assert_eq!(world.head(world.grants), scenario.history_head["stellar"].0, "{name}");
}

#[test]
fn grants_follow_the_vectors() {
    let scenarios: Scenarios<GrantScenario> = serde_json::from_str(GRANTS).unwrap();
    scenarios.scenarios.iter().for_each(play_grants);
}

fn status(status: idos_grants::Status) -> Status {
    match status {
        idos_grants::Status::Valid => Status::Valid,
        idos_grants::Status::Suspended => Status::Suspended,
        idos_grants::Status::Revoked => Status::Revoked,
    }
}

fn status_word(status: Status) -> &'static str {
    match status {
        Status::Valid => "valid",
        Status::Suspended => "suspended",
        Status::Revoked => "revoked",
    }
}

fn status_step(world: &mut World, step: &StatusStep) -> Result<Done<()>, Refused> {
    let issuer: Account = id(&step.by);
    let status = status(step.status);
    let text = format!(
        "idOS CredentialStatus: set a status\n\nIssuer: {issuer}\nList: {}\nIndex: {}\nStatus: {}",
        step.list,
        step.index,
        status_word(status)
    );
    let proof = proof(world, &step.by, world.statuses, &text, step.at);
    let call = SetStatus { issuer, list: step.list, index: step.index, status, proof };
    let contract = world.statuses;
    // A position that no list has is in no word.
    let word_index = (step.index / 256).min(511) as u16;
    let word = |purpose| storage::word(contract, &issuer, step.list, purpose, word_index).unwrap();
    let nonce = storage::nonce(contract, &issuer, &nonce(step.at)).unwrap();
    let entries = vec![word(Purpose::Revocation), word(Purpose::Suspension), nonce];
    world.call_at(step.at, sender(&step.by), contract, &call, entries)
}

#[test]
fn statuses_follow_the_vectors() {
    let scenarios: Scenarios<StatusScenario> = serde_json::from_str(STATUSES).unwrap();
    for scenario in &scenarios.scenarios {
        let mut world = World::new();
        let name = &scenario.name;
        for step in &scenario.steps {
            match (status_step(&mut world, step), &step.error) {
                (Ok(done), None) => {
                    let events = done.status_events(world.statuses);
                    assert_eq!(events.len(), usize::from(step.event), "{name}: {step:?}");
                }
                (Err(refused), Some(error)) => {
                    let refusal = refused.refusal.map(|refusal| refusal.name());
                    assert_eq!(refusal, Some(error.as_str()), "{name}: {step:?}: {}", refused.error);
                }
                (done, _) => panic!("{name}: {step:?}: {done:?}"),
            }
        }
        for standing in &scenario.statuses {
            let question =
                StatusOf { issuer: id(&standing.issuer), list: standing.list, index: standing.index };
            assert_eq!(world.view(world.statuses, &question).unwrap(), status(standing.status), "{name}");
        }
        assert_eq!(world.head(world.statuses), scenario.history_head["stellar"].0, "{name}");
    }
}
