//! An app that leaves: what was taken for it is sent once all the same, and names it no more.

use std::time::Duration;

use idos_api::ErrorCode;
use idos_relay::RelayLimits;
use idos_testdb::{TestDatabase, dump, each};

use crate::support::{Office, call};

const LEAVER: &str = "profile:leaver";
const DAY: u64 = 24 * 60 * 60;

async fn rows(database: &TestDatabase) -> Vec<String> {
    dump(database.url(), &[("relay_submissions", "1"), ("relay_followers", "1")]).await
}

/// Waits until the contract has acted on so many calls.
async fn wait_for(office: &Office, calls: usize) {
    while office.chain.done().len() < calls {
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

fn names_leaver(rows: &[String]) -> bool {
    rows.iter().any(|row| row.contains(LEAVER))
}

#[tokio::test]
async fn what_was_taken_for_an_app_that_leaves_is_sent_once_and_is_nobodys() {
    each(async |database| {
        let limits = RelayLimits { owner_calls_per_hour: 2, ..RelayLimits::default() };
        let mut office = Office::open(database.url(), limits).await;
        let (alone, followed, of_other) = (call(1, 1), call(1, 2), call(2, 3));
        for (call, app) in [
            (&alone, LEAVER),
            (&followed, LEAVER),
            (&followed, "app"),
            (&of_other, "app"),
            (&of_other, LEAVER),
        ] {
            office.relay.submit(call.clone(), app).await.unwrap();
        }
        assert!(names_leaver(&rows(&database).await));
        for _ in 0..2 {
            office.relay.forget(LEAVER).await.unwrap();
        }
        assert!(!names_leaver(&rows(&database).await));
        if let Some(path) = database.url().strip_prefix("sqlite:") {
            let traces = [path.to_owned(), format!("{path}-wal")];
            let traces =
                traces.iter().filter_map(|path| std::fs::read(path).ok()).collect::<Vec<_>>().concat();
            assert!(!traces.windows(LEAVER.len()).any(|found| found == LEAVER.as_bytes()), "not a trace");
        }
        for call in [&alone, &followed, &of_other] {
            assert_eq!(office.relay.submission(&call.digest(), LEAVER).await.unwrap(), None);
        }
        let refused = office.relay.submit(call(1, 9), "app").await.unwrap_err();
        assert_eq!(
            refused.code,
            ErrorCode::LimitReached,
            "who comes back has used up what was relayed for her"
        );

        office.work();
        wait_for(&office, 3).await;
        let mut done = office.chain.done();
        let mut expected = [&alone, &followed, &of_other].map(|call| call.digest());
        done.sort_unstable();
        expected.sort_unstable();
        assert_eq!(done, expected, "each once");
        assert!(!office.relay.submit(alone.clone(), "app").await.unwrap().is_new, "nor again");
    })
    .await;
}

#[tokio::test]
async fn what_is_nobodys_goes_when_no_limit_counts_it_any_more() {
    each(async |database| {
        let mut office = Office::open(database.url(), RelayLimits::default()).await;
        let (alone, followed) = (call(1, 1), call(1, 2));
        office.relay.submit(alone.clone(), LEAVER).await.unwrap();
        office.relay.submit(followed.clone(), LEAVER).await.unwrap();
        office.relay.submit(followed.clone(), "app").await.unwrap();
        office.relay.forget(LEAVER).await.unwrap();
        office.work();
        wait_for(&office, 2).await;
        office.end_of(&followed).await;
        let holds = async |call: &idos_api::relay::RelayCall| {
            rows(&database).await.iter().any(|row| row.contains(&call.digest()))
        };
        office.kill_and_restart().await;
        office.work();
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(holds(&alone).await, "limits count it for a day");
        office.pass(DAY + 1);
        office.kill_and_restart().await;
        office.work();
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!holds(&alone).await);
        assert!(holds(&followed).await, "another app may ask for it");
    })
    .await;
}
