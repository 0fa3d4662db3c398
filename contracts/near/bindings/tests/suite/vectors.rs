//! The scenarios that every contract and the reference model answer alike.

use idos_contracts_near::{
    access_grants::{CreateGrants, GrantOf, RevokeGrants, StandingGrant},
    credential_status::{SetStatus, Status, StatusOf},
};
use idos_grants::{
    Event, GrantChange, HistoryHead, Namespace,
    vectors::{self, GrantScenario, GrantStep, Scenarios, StatusScenario},
};

use crate::world::{
    Done, GRANTS, Refused, STATUSES, World, create, data, extend, folded, grant_events, id, revoke,
    status_events,
};

fn name(scenario_name: &str) -> String {
    vectors::address(Namespace::Near, scenario_name).unwrap().to_string()
}

fn play(world: &mut World, step: &GrantStep) -> Result<Done<()>, Refused> {
    let by = name(&step.by);
    let grants =
        step.grants.iter().map(|grant| create(&name(&grant.grantee), grant.data, grant.locked_until));
    let refs = step.grants.iter().map(|grant| revoke(&name(&grant.grantee), grant.data));
    match (step.verb.as_str(), step.grants.as_slice()) {
        ("create_grant", [one]) => world.create(&by, &name(&one.grantee), one.data, one.locked_until),
        ("extend_timelock", [one]) => {
            world.call(&by, GRANTS, &extend(&name(&one.grantee), one.data, one.locked_until))
        }
        ("revoke_grant", [one]) => world.revoke(&by, &name(&one.grantee), one.data),
        ("create_grants", _) => world.call(&by, GRANTS, &CreateGrants { grants: grants.collect() }),
        ("revoke_grants", _) => world.call(&by, GRANTS, &RevokeGrants { grants: refs.collect() }),
        other => panic!("unknown step {other:?}"),
    }
}

fn event_name(change: GrantChange) -> &'static str {
    match change {
        GrantChange::Created => "GrantCreated",
        GrantChange::Extended => "TimelockExtended",
        GrantChange::Revoked => "GrantRevoked",
    }
}

#[test]
fn the_contract_answers_the_grant_scenarios() {
    let file: Scenarios<GrantScenario> = serde_json::from_str(vectors::GRANTS).unwrap();
    for scenario in file.scenarios {
        let mut world = World::new();
        for owner in ["alice.near", "carol.near"] {
            world.fund(GRANTS, owner);
        }
        let mut head = HistoryHead::EMPTY;
        for (number, step) in scenario.steps.iter().enumerate() {
            let place = format!("{}, step {number}", scenario.name);
            match play(world.at(step.at), step) {
                Ok(done) => {
                    let events = grant_events(&done.outcome, step.at);
                    let names = events.iter().map(|event| event_name(event.change)).collect::<Vec<_>>();
                    assert_eq!(
                        (step.error.as_ref(), names),
                        (None, step.events.iter().map(String::as_str).collect()),
                        "{place}"
                    );
                    head = folded(head, events.into_iter().map(Event::Grant));
                }
                Err(refused) => {
                    let error = refused.refusal.as_ref().map(|refusal| refusal.name());
                    assert_eq!(error, step.error.as_deref(), "{place}: {}", refused.error);
                }
            }
            assert_eq!(world.head(GRANTS), head.0, "{place}: the events are the history");
        }
        for grant in &scenario.standing {
            let (owner, grantee) = (id(&name(&grant.owner)), id(&name(&grant.grantee)));
            let standing =
                world.view(GRANTS, &GrantOf { owner, grantee, data_id: data(grant.data) }).unwrap();
            let expected = StandingGrant { created_at: grant.created_at, locked_until: grant.locked_until };
            assert_eq!(standing, Some(expected), "{}", scenario.name);
        }
        for step in &scenario.steps {
            for grant in &step.grants {
                let stands = scenario.standing.iter().any(|standing| {
                    (&standing.owner, &standing.grantee, standing.data)
                        == (&step.by, &grant.grantee, grant.data)
                });
                let access = world.has_access(&name(&step.by), &name(&grant.grantee), grant.data);
                assert_eq!(access, stands, "{}", scenario.name);
            }
        }
        assert_eq!(world.head(GRANTS), scenario.history_head["near"].0, "{}", scenario.name);
    }
}

#[test]
fn the_contract_answers_the_status_scenarios() {
    let status = |status| match status {
        idos_grants::Status::Valid => Status::Valid,
        idos_grants::Status::Suspended => Status::Suspended,
        idos_grants::Status::Revoked => Status::Revoked,
    };
    let file: Scenarios<StatusScenario> = serde_json::from_str(vectors::STATUSES).unwrap();
    for scenario in file.scenarios {
        let mut world = World::new();
        for issuer in ["alice.near", "carol.near"] {
            world.fund(STATUSES, issuer);
        }
        let mut head = HistoryHead::EMPTY;
        for (number, step) in scenario.steps.iter().enumerate() {
            let place = format!("{}, step {number}", scenario.name);
            let set = SetStatus { list: step.list, index: step.index, status: status(step.status) };
            match world.at(step.at).call(&name(&step.by), STATUSES, &set) {
                Ok(done) => {
                    let events = status_events(&done.outcome, step.at);
                    assert_eq!((step.error.as_ref(), events.len() == 1), (None, step.event), "{place}");
                    head = folded(head, events.into_iter().map(Event::Status));
                }
                Err(refused) => {
                    let error = refused.refusal.as_ref().map(|refusal| refusal.name());
                    assert_eq!(error, step.error.as_deref(), "{place}: {}", refused.error);
                }
            }
            assert_eq!(world.head(STATUSES), head.0, "{place}: the events are the history");
        }
        for expected in &scenario.statuses {
            let issuer = id(&name(&expected.issuer));
            let question = StatusOf { issuer, list: expected.list, index: expected.index };
            assert_eq!(world.view(STATUSES, &question).unwrap(), status(expected.status), "{expected:?}");
        }
        assert_eq!(world.head(STATUSES), scenario.history_head["near"].0, "{}", scenario.name);
    }
}
