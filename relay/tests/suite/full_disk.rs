//! A relay whose disk is full takes nothing and sends nothing that it cannot write down; with room again it goes on, without a restart.

use idos_api::{ErrorBody, ErrorCode, relay::Fate};
use idos_relay::RelayLimits;
use idos_testdb::{each, fill_up, make_room};

use crate::{
    http::{TOKEN, ask, post, routes},
    support::{Office, call},
};

const TABLES: [&str; 1] = ["relay_submissions"];

#[tokio::test]
async fn what_cannot_be_written_down_is_neither_taken_nor_sent() {
    each(async |database| {
        let limits = RelayLimits {
            database_mib_max: Some(1),
            owner_calls_per_hour: 1_000,
            owner_calls_per_day: 1_000,
            ..RelayLimits::default()
        };
        let mut office = Office::open(database.url(), limits).await;
        let mut taken = vec![call(1, 1), call(1, 2)];
        for call in &taken {
            office.relay.submit(call.clone(), "app").await.unwrap();
        }
        fill_up(database.url(), 1024 * 1024, &TABLES).await;
        let mut refused = None;
        for number in 3..100 {
            match office.relay.submit(call(1, number), "app").await {
                Ok(_) => taken.push(call(1, number)),
                Err(refusal) => {
                    assert_eq!(refusal.code, ErrorCode::StorageFull, "{}", refusal.message);
                    refused = Some(call(1, number));
                    break;
                }
            }
        }
        let refused = refused.unwrap();
        assert_eq!(office.relay.submission(&refused.digest(), "app").await.unwrap(), None);
        office.work();
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        if database.name() == "postgres" {
            assert_eq!(office.chain.sends(), 0, "it is written down, or it is not sent");
        }
        for call in &taken {
            assert!(
                !office.relay.submit(call.clone(), "app").await.unwrap().is_new,
                "what was taken is known"
            );
        }

        make_room(database.url(), &TABLES).await;
        assert!(office.relay.submit(refused.clone(), "app").await.unwrap().is_new, "{}", database.name());
        taken.push(refused);
        for call in &taken {
            assert!(matches!(office.end_of(call).await, Fate::Done { .. }));
        }
        let mut done = office.chain.done();
        let mut expected: Vec<_> = taken.iter().map(|call| call.digest()).collect();
        done.sort_unstable();
        expected.sort_unstable();
        assert_eq!(done, expected, "each once");
        assert_eq!(office.chain.transactions(), taken.len());
    })
    .await;
}

#[tokio::test]
async fn an_app_is_told_that_the_disk_is_full() {
    each(async |database| {
        let limits = RelayLimits {
            database_mib_max: Some(1),
            owner_calls_per_hour: 1_000,
            owner_calls_per_day: 1_000,
            ..RelayLimits::default()
        };
        let office = Office::open(database.url(), limits).await;
        let router = routes(&office);
        fill_up(database.url(), 1024 * 1024, &TABLES).await;
        let bearer = format!("Bearer {TOKEN}");
        for number in 1..100 {
            let body = serde_json::to_vec(&call(1, number)).unwrap();
            let (status, answer) = ask(&router, post(Some(&bearer), "application/json", body)).await;
            if status != 202 {
                let answer: ErrorBody = serde_json::from_slice(&answer).unwrap();
                assert_eq!((status.as_u16(), answer.error.code), (507, ErrorCode::StorageFull));
                return;
            }
        }
        panic!("{}: the disk was never full", database.name());
    })
    .await;
}
