//! What apps used: exact, by day, whatever becomes of the calls.

use idos_api::usage::{AppUsage, DAY_SECS, day_of};
use idos_relay::{RelayLimits, UsageLog};
use idos_testdb::each;

use crate::support::{NOW, Office, call};

async fn used(url: &str, days: u64) -> Vec<AppUsage> {
    let log = UsageLog::open(url).await.unwrap();
    let mut rows = Vec::new();
    for day in day_of(NOW)..=day_of(NOW) + days {
        rows.extend(log.of_day(day).await.unwrap());
    }
    log.close().await;
    rows
}

fn row(days: u64, app: &str, calls: u64) -> AppUsage {
    AppUsage { day: day_of(NOW) + days, app: app.into(), calls }
}

#[tokio::test]
async fn each_call_is_counted_once_for_the_app_that_it_was_taken_for() {
    each(async |database| {
        let mut office = Office::open(database.url(), RelayLimits::default()).await;
        let relay = office.relay.clone().counting_apps();
        assert_eq!(used(database.url(), 1).await, []);
        for (number, app) in [(1, "one"), (2, "one"), (3, "two"), (1, "one"), (1, "two")] {
            relay.submit(call(1, number), app).await.unwrap();
        }
        office.chain.refuse(Some("InvalidSignature"));
        relay.submit(call(1, 4), "two").await.unwrap_err();
        office.chain.refuse(None);
        let first = [row(0, "one", 2), row(0, "two", 1)];
        assert_eq!(used(database.url(), 0).await, first, "again and refused cost nothing");

        office.kill_and_restart().await;
        office.pass(600);
        let relay = office.relay.clone().counting_apps();
        relay.submit(call(2, 5), "two").await.unwrap();
        let today = day_of(NOW + 600) - day_of(NOW);
        assert_eq!(today, 0, "the test is not about midnight");
        assert_eq!(used(database.url(), 0).await, [row(0, "one", 2), row(0, "two", 2)]);
        office.pass(DAY_SECS);
        assert_eq!(used(database.url(), 2).await.len(), 2, "what was used stays");
    })
    .await;
}

#[tokio::test]
async fn a_node_that_counts_for_itself_is_not_counted_here() {
    each(async |database| {
        let office = Office::open(database.url(), RelayLimits::default()).await;
        office.relay.submit(call(1, 1), "profile").await.unwrap();
        assert_eq!(used(database.url(), 0).await, []);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_relays_database_tells_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("other.db");
    std::fs::write(&path, b"").unwrap();
    let log = UsageLog::open(&format!("sqlite:{}", path.display())).await.unwrap();
    assert!(log.of_day(1).await.unwrap_err().to_string().contains("this version"));
    let missing = directory.path().join("missing.db");
    assert!(UsageLog::open(&format!("sqlite:{}", missing.display())).await.is_err());
}
