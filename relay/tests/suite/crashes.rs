//! Killed at any moment, a relay sends what it took once, and knows what became of it.

use idos_api::relay::Fate;
use idos_relay::RelayLimits;
use idos_testdb::each;

use crate::support::{Office, Stop, call};

#[tokio::test]
async fn a_relay_that_is_killed_at_any_moment_sends_a_call_once() {
    for stop in [Stop::BeforeSigning, Stop::AfterNotingBeforeSending, Stop::AfterSending, Stop::AfterMining] {
        each(async |database| {
            let mut office = Office::open(database.url(), RelayLimits::default()).await;
            office.chain.stop_at(Some(stop));
            let call = call(1, 1);
            assert!(office.relay.submit(call.clone(), "app").await.unwrap().is_new, "{stop:?}");
            office.work();
            tokio::time::sleep(std::time::Duration::from_millis(700)).await;
            office.chain.stop_at(None);
            office.kill_and_restart().await;
            office.work();
            assert!(matches!(office.end_of(&call).await, Fate::Done { block: 7, .. }), "{stop:?}");
            assert_eq!(office.chain.done(), [call.digest()], "{stop:?}");
            assert_eq!(office.chain.transactions(), 1, "{stop:?}");
            assert!(!office.relay.submit(call, "app").await.unwrap().is_new, "{stop:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_transaction_that_was_sent_is_the_same_after_a_restart() {
    each(async |database| {
        let mut office = Office::open(database.url(), RelayLimits::default()).await;
        office.chain.hold_blocks(true);
        let call = call(1, 1);
        office.relay.submit(call.clone(), "app").await.unwrap();
        office.work();
        let is_sent = |fate: &Fate| matches!(fate, Fate::Sent { .. });
        let Fate::Sent { transaction } = office.wait_for(&call, is_sent).await.fate else { panic!() };
        office.kill_and_restart().await;
        office.chain.hold_blocks(false);
        office.work();
        assert_eq!(office.end_of(&call).await, Fate::Done { transaction, block: 7 });
    })
    .await;
}

#[tokio::test]
async fn a_transaction_whose_number_is_gone_is_made_anew() {
    each(async |database| {
        let mut office = Office::open(database.url(), RelayLimits::default()).await;
        office.chain.hold_blocks(true);
        let call = call(1, 1);
        office.relay.submit(call.clone(), "app").await.unwrap();
        office.work();
        office.wait_for(&call, |fate| matches!(fate, Fate::Sent { .. })).await;
        office.chain.use_up_number();
        office.chain.hold_blocks(false);
        assert!(matches!(office.end_of(&call).await, Fate::Done { .. }));
        assert_eq!(office.chain.done(), [call.digest()]);
    })
    .await;
}

#[tokio::test]
async fn what_fails_on_the_way_is_tried_again_a_bounded_number_of_times() {
    each(async |database| {
        let limits = RelayLimits { attempts_max: 3, ..RelayLimits::default() };
        let mut office = Office::open(database.url(), limits).await;
        let (first, second) = (call(1, 1), call(1, 2));
        office.relay.submit(first.clone(), "app").await.unwrap();
        office.relay.submit(second.clone(), "app").await.unwrap();
        // The fee rises above what is paid, and falls again.
        office.chain.set_cost(5_000);
        office.work();
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert_eq!(office.chain.sends(), 0, "nothing is paid above the bound");
        office.chain.set_cost(100);
        office.pass(60);
        assert!(matches!(office.end_of(&first).await, Fate::Done { .. }));
        assert!(matches!(office.end_of(&second).await, Fate::Done { .. }));

        office.chain.set_cost(5_000);
        let third = call(1, 3);
        office.relay.submit(third.clone(), "app").await.unwrap();
        let fate = loop {
            office.pass(60);
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            let found = office.relay.submission(&third.digest(), "app").await.unwrap().unwrap();
            if found.fate.is_final() {
                break found.fate;
            }
        };
        let Fate::Failed { code, transaction, .. } = fate else { panic!("{fate:?}") };
        // The deadline may pass before the last attempt.
        assert!(["fee_too_high", "expired"].contains(&code.as_str()), "{code}");
        assert_eq!((transaction, office.chain.done().len()), (None, 2));
    })
    .await;
}

#[tokio::test]
async fn a_call_whose_time_passes_while_it_waits_is_not_sent() {
    each(async |database| {
        let mut office = Office::open(database.url(), RelayLimits::default()).await;
        let call = call(1, 1);
        office.relay.submit(call.clone(), "app").await.unwrap();
        office.pass(3_601);
        office.work();
        let Fate::Failed { code, .. } = office.end_of(&call).await else { panic!() };
        assert_eq!((code.as_str(), office.chain.sends()), ("expired", 0));
    })
    .await;
}

#[tokio::test]
async fn what_the_contract_refuses_by_its_turn_costs_nothing() {
    each(async |database| {
        let mut office = Office::open(database.url(), RelayLimits::default()).await;
        let call = call(1, 1);
        office.relay.submit(call.clone(), "app").await.unwrap();
        office.chain.refuse(Some("GrantExists"));
        office.work();
        let Fate::Failed { code, transaction, .. } = office.end_of(&call).await else { panic!() };
        assert_eq!((code.as_str(), transaction, office.chain.sends()), ("GrantExists", None, 0));
    })
    .await;
}
