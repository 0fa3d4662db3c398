//! The scenarios, played on the reference model.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

use idos_grants::{
    Grant, GrantChange, GrantError, GrantEvent, GrantKey, Ledger, Namespace, StatusLedger,
    vectors::{self, GrantScenario, GrantStep, Scenarios, StatusScenario},
};

fn key(namespace: Namespace, owner: &str, grantee: &str, data: u8) -> GrantKey {
    let address = |name| vectors::address(namespace, name).expect("a known name");
    GrantKey { owner: address(owner), grantee: address(grantee), data_id: vectors::data_id(data) }
}

fn play(ledger: &mut Ledger, namespace: Namespace, step: &GrantStep) -> Result<Vec<GrantEvent>, GrantError> {
    let keys = step
        .grants
        .iter()
        .map(|grant| key(namespace, &step.by, &grant.grantee, grant.data))
        .collect::<Vec<_>>();
    let locks = step.grants.iter().map(|grant| grant.locked_until);
    let first_lock = locks.clone().next().unwrap_or_default();
    match step.verb.as_str() {
        "create_grant" => ledger.create_grant(step.at, keys[0], first_lock).map(|event| vec![event]),
        "extend_timelock" => ledger.extend_timelock(step.at, keys[0], first_lock).map(|event| vec![event]),
        "revoke_grant" => ledger.revoke_grant(step.at, keys[0]).map(|event| vec![event]),
        "create_grants" => ledger.create_grants(step.at, &keys.into_iter().zip(locks).collect::<Vec<_>>()),
        "revoke_grants" => ledger.revoke_grants(step.at, &keys),
        verb => panic!("unknown verb {verb}"),
    }
}

fn name(event: &GrantEvent) -> &'static str {
    match event.change {
        GrantChange::Created => "GrantCreated",
        GrantChange::Extended => "TimelockExtended",
        GrantChange::Revoked => "GrantRevoked",
    }
}

#[test]
fn the_model_answers_the_grant_scenarios() {
    let file: Scenarios<GrantScenario> = serde_json::from_str(vectors::GRANTS).unwrap();
    for scenario in file.scenarios {
        for namespace in Namespace::WITH_CONTRACTS {
            answers_grants(&scenario, namespace);
        }
    }
}

fn answers_grants(scenario: &GrantScenario, namespace: Namespace) {
    let mut ledger = Ledger::default();
    for (number, step) in scenario.steps.iter().enumerate() {
        let place = format!("{namespace}, {}, step {number}", scenario.name);
        match play(&mut ledger, namespace, step) {
            Ok(events) => {
                assert_eq!(step.error, None, "{place}");
                assert_eq!(events.iter().map(name).collect::<Vec<_>>(), step.events, "{place}");
            }
            Err(error) => assert_eq!(Some(error.name()), step.error.as_deref(), "{place}"),
        }
    }
    let standing = scenario.standing.iter().map(|grant| {
        let state = Grant { created_at: grant.created_at, locked_until: grant.locked_until };
        (key(namespace, &grant.owner, &grant.grantee, grant.data), state)
    });
    let mut standing = standing.collect::<Vec<_>>();
    standing.sort_by_key(|(key, _)| *key);
    let grants = ledger.grants().map(|(key, grant)| (*key, *grant)).collect::<Vec<_>>();
    assert_eq!(grants, standing, "{}", scenario.name);
    let head = scenario.history_head.get(namespace.as_str());
    assert_eq!(head, Some(&ledger.history_head()), "{namespace}, {}", scenario.name);
}

#[test]
fn the_model_answers_the_status_scenarios() {
    let file: Scenarios<StatusScenario> = serde_json::from_str(vectors::STATUSES).unwrap();
    for scenario in file.scenarios {
        for namespace in Namespace::WITH_CONTRACTS {
            answers_statuses(&scenario, namespace);
        }
    }
}

fn answers_statuses(scenario: &StatusScenario, namespace: Namespace) {
    let mut ledger = StatusLedger::default();
    let issuer = |name: &str| vectors::address(namespace, name).unwrap();
    for (number, step) in scenario.steps.iter().enumerate() {
        let place = format!("{namespace}, {}, step {number}", scenario.name);
        match ledger.set_status(step.at, issuer(&step.by), step.list, step.index, step.status) {
            Ok(event) => {
                assert_eq!((event.is_some(), None), (step.event, step.error.as_deref()), "{place}");
            }
            Err(error) => assert_eq!(Some(error.name()), step.error.as_deref(), "{place}"),
        }
    }
    for expected in &scenario.statuses {
        let status = ledger.status_of(issuer(&expected.issuer), expected.list, expected.index);
        assert_eq!(status, Ok(expected.status), "{namespace}, {expected:?}");
    }
    let head = scenario.history_head.get(namespace.as_str());
    assert_eq!(head, Some(&ledger.history_head()), "{namespace}, {}", scenario.name);
}
