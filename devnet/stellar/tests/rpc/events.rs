//! `getEvents`.

use serde_json::{Value, json};
use stellar_rpc_client::{EventStart, EventType};
use stellar_xdr::{ContractId, ScVal};

use crate::support::{Local, about_grant, base64, bytes, native};

fn data_id(number: u8) -> [u8; 32] {
    [number; 32]
}

fn symbol(name: &str) -> String {
    base64(&ScVal::Symbol(name.try_into().unwrap()))
}

fn address(contract: &ContractId) -> String {
    contract.to_string()
}

/// A devnet with a contract, three grants and a revocation.
async fn with_history() -> (Local, ContractId, u32) {
    let local = Local::start().await;
    let contract = local.deploy().await;
    let first = local.latest().await + 1;
    for number in 1..=3 {
        local.grant(&contract, data_id(number), 0).await;
    }
    local.run(local.alice(), about_grant(&local, &contract, "revoke_grant", data_id(2))).await;
    (local, contract, first)
}

#[tokio::test]
async fn events_of_a_contract_are_found_in_order() {
    let (local, contract, first) = with_history().await;
    let contracts = [address(&contract)];
    let start = EventStart::Ledger(first);
    let told =
        local.client.get_events(start, Some(EventType::Contract), &contracts, &[], None).await.unwrap();
    let names: Vec<&str> = told.events.iter().map(|event| event.topic[0].as_str()).collect();
    let (created, revoked) = (symbol("grant_created"), symbol("grant_revoked"));
    assert_eq!(names, [&*created, &*created, &*created, &*revoked]);
    assert_eq!(told.latest_ledger, local.latest().await);
    for (event, ledger) in told.events.iter().zip(first..) {
        assert_eq!(
            (event.ledger, event.transaction_index, event.operation_index),
            (ledger, Some(1), Some(0))
        );
        assert_eq!(event.parse_cursor().unwrap(), ((u64::from(ledger) << 32) | (1 << 12), 0));
        assert_eq!(event.id.len(), 30);
    }
}

#[tokio::test]
async fn topics_select() {
    let (local, contract, first) = with_history().await;
    let (owner, second) = (base64(&native(local.alice())), base64(&bytes(data_id(2))));
    let any = || "*".to_owned();
    let rows: [(&str, Vec<Vec<String>>, usize); 7] = [
        ("any name", vec![vec![any(), any(), any(), any()]], 4),
        ("too few", vec![vec![any(), any(), any()]], 0),
        ("anything after", vec![vec![any(), "**".to_owned()]], 4),
        ("a name", vec![vec![symbol("grant_revoked"), "**".to_owned()]], 1),
        ("an owner", vec![vec![any(), owner, any(), any()]], 4),
        ("a data id", vec![vec![any(), any(), any(), second.clone()]], 2),
        (
            "either",
            vec![vec![symbol("grant_revoked"), "**".to_owned()], vec![any(), any(), any(), second]],
            2,
        ),
    ];
    for (name, topics, expected) in rows {
        let start = EventStart::Ledger(first);
        let told = local.client.get_events(start, None, &[address(&contract)], &topics, None).await.unwrap();
        assert_eq!(told.events.len(), expected, "{name}");
    }
}

#[tokio::test]
async fn pages_go_on_where_the_last_one_ended_and_wait_at_the_tip() {
    let (local, contract, first) = with_history().await;
    let contracts = [address(&contract)];
    let mut start = EventStart::Ledger(first);
    let mut ids = Vec::new();
    loop {
        let page = local.client.get_events(start, None, &contracts, &[], Some(1)).await.unwrap();
        ids.extend(page.events.iter().map(|event| event.id.clone()));
        start = EventStart::Cursor(page.cursor.clone());
        if page.events.is_empty() {
            break;
        }
    }
    assert_eq!(ids.len(), 4);
    assert!(ids.is_sorted());
    local.grant(&contract, data_id(4), 0).await;
    let more = local.client.get_events(start, None, &contracts, &[], None).await.unwrap();
    assert_eq!(more.events.len(), 1, "a cursor at the tip sees what comes after it");
}

#[tokio::test]
async fn a_range_ends_before_its_last_ledger() {
    let (local, contract, first) = with_history().await;
    let filters = json!([{ "contractIds": [address(&contract)] }]);
    let start = EventStart::ledger_range(first, first + 2).unwrap();
    let found = local.client.get_events(start, None, &[address(&contract)], &[], None).await.unwrap();
    assert_eq!(found.events.len(), 2);
    let range = json!({ "startLedger": first, "endLedger": first + 2, "filters": filters });
    let told = local.result("getEvents", range).await;
    assert_eq!(told["events"].as_array().unwrap().len(), 2);
    let toid = (u64::from(first + 1) << 32) | 0xffff_ffff;
    assert_eq!(told["cursor"], format!("{toid:019}-4294967295"), "the end of the window that was looked at");
}

#[tokio::test]
async fn fees_are_events_of_the_lumens_contract() {
    let local = Local::start().await;
    let first = local.latest().await + 1;
    local.send(&local.payment(5).await).await;
    let told = local.result("getEvents", json!({ "startLedger": first, "filters": [] })).await;
    let fee =
        told["events"].as_array().unwrap().iter().find(|event| event["topic"][0] == symbol("fee")).unwrap();
    assert_eq!(fee["transactionIndex"], 0, "fees are taken before the first transaction");
}

#[tokio::test]
async fn values_come_as_json_where_asked_for() {
    let (local, contract, first) = with_history().await;
    let filters = json!([{ "contractIds": [address(&contract)] }]);
    let told = local
        .result("getEvents", json!({ "startLedger": first, "filters": filters, "xdrFormat": "json" }))
        .await;
    let event = &told["events"][0];
    assert_eq!(event["topicJson"][0], json!({ "symbol": "grant_created" }));
    assert_eq!(event["topicJson"][3], json!({ "bytes": "01".repeat(32) }));
    assert_eq!(event["valueJson"]["map"][0]["key"]["symbol"], "locked_until");
    assert!(event.get("topic").is_none() && event.get("value").is_none());
}

#[tokio::test]
async fn what_is_outside_the_window_is_refused_with_the_window() {
    let local = Local::keeping(5).await;
    local.devnet.close_ledgers(20).await.unwrap();
    let latest = local.latest().await;
    let why = format!("startLedger must be within the ledger range: {} - {latest}", latest - 4);
    let cursor = |ledger: u32| format!("{:019}-0000000000", u64::from(ledger) << 32);
    let rows: [(&str, Value); 4] = [
        ("before", json!({ "startLedger": latest - 5 })),
        ("after", json!({ "startLedger": latest + 1 })),
        ("a cursor before", json!({ "pagination": { "cursor": cursor(latest - 5) } })),
        ("a cursor after", json!({ "pagination": { "cursor": cursor(latest + 1) } })),
    ];
    for (name, params) in rows {
        assert_eq!(local.refusal("getEvents", params).await, (-32600, why.clone()), "{name}");
    }
    for ledger in [latest - 4, latest] {
        local.result("getEvents", json!({ "startLedger": ledger })).await;
    }
}

#[tokio::test]
async fn who_reads_events_falls_behind_when_ledgers_are_skipped() {
    let local = Local::keeping(100).await;
    let seen = local.latest().await;
    local.devnet.skip_ledgers(1_000).await.unwrap();
    let (code, why) = local.refusal("getEvents", json!({ "startLedger": seen + 1 })).await;
    assert_eq!(code, -32600);
    assert!(why.ends_with(&format!("{} - {}", seen + 1_000 - 99, seen + 1_000)), "{why}");
}
