//! What is taken, and what is not.

use futures::future::join_all;
use idos_api::{
    ErrorCode,
    relay::{RelayCall, RelayRefusal, SignedCall},
};
use idos_grants::{Account, ChainId};
use idos_relay::{Lane, OpenError, Relay, RelayLimits, Taken};
use idos_testdb::each;

use crate::support::{CHAIN, FakeChain, NOW, Office, call, call_of, grants_contract, status_contract, terms};

fn code(answer: Result<Taken, RelayRefusal>) -> ErrorCode {
    answer.unwrap_err().code
}

#[tokio::test]
async fn the_same_call_at_once_and_again_is_taken_once() {
    each(async |database| {
        let mut office = Office::open(database.url(), RelayLimits::default()).await;
        let call = call(1, 1);
        let answers = join_all((0..20).map(|number| {
            let app = if number % 2 == 0 { "app" } else { "other" };
            office.relay.submit(call.clone(), app)
        }));
        let answers: Vec<_> = answers.await.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers.iter().filter(|taken| taken.is_new).count(), 1);
        assert!(answers.iter().all(|taken| taken.submission.digest == call.digest()));
        office.work();
        for app in ["app", "other"] {
            assert!(!office.relay.submit(call.clone(), app).await.unwrap().is_new);
        }
        tokio::time::sleep(std::time::Duration::from_millis(800)).await;
        assert_eq!((office.chain.done(), office.chain.transactions()), (vec![call.digest()], 1));
    })
    .await;
}

#[tokio::test]
async fn only_followed_contracts_verbs_are_taken() {
    each(async |database| {
        let office = Office::open(database.url(), RelayLimits::default()).await;
        let other_chain = Account::evm(1, [0xcc; 20]);
        let RelayCall::SignedCall(SignedCall::Eip712 { message, signature, .. }) = call(1, 1) else {
            panic!()
        };
        let near: Account = "near:mainnet:grants.near".parse().unwrap();
        let mixed = RelayCall::SignedCall(SignedCall::Eip712 { contract: near, message, signature });
        let action = SignedCall::DelegateAction { contract: grants_contract(), signed: "AAAA".into() };
        let table = [
            (
                "another contract",
                call_of(Account::evm(CHAIN, [0xab; 20]), 1, 1, NOW + 60),
                ErrorCode::UnknownContract,
            ),
            (
                "a contract of another kind",
                call_of(status_contract(), 1, 1, NOW + 60),
                ErrorCode::UnknownContract,
            ),
            ("another chain", call_of(other_chain, 1, 1, NOW + 60), ErrorCode::RelayUnavailable),
            ("an owner of another chain", mixed, ErrorCode::CallNotRelayed),
            ("a delegate action for EVM", RelayCall::SignedCall(action), ErrorCode::CallNotRelayed),
            ("expired", call_of(grants_contract(), 1, 1, NOW - 1), ErrorCode::Expired),
        ];
        for (name, call, expected) in table {
            assert_eq!(code(office.relay.submit(call, "app").await), expected, "{name}");
        }
        assert_eq!(office.chain.checks(), 0, "no chain is asked about these");
    })
    .await;
}

#[tokio::test]
async fn what_the_contract_would_refuse_is_not_taken_and_counts_for_nobody() {
    each(async |database| {
        let limits = RelayLimits { owner_calls_per_hour: 1, ..RelayLimits::default() };
        let office = Office::open(database.url(), limits).await;
        office.chain.refuse(Some("InvalidSignature"));
        for number in 0..5 {
            let refusal = office.relay.submit(call(1, number), "app").await.unwrap_err();
            assert_eq!(
                (refusal.code, refusal.refused.as_deref()),
                (ErrorCode::CallRefused, Some("InvalidSignature"))
            );
        }
        office.chain.refuse(None);
        assert!(office.relay.submit(call(1, 9), "app").await.unwrap().is_new);
    })
    .await;
}

#[tokio::test]
async fn an_owner_an_app_and_all_together_have_their_limits() {
    each(async |database| {
        let limits = RelayLimits {
            owner_calls_per_hour: 2,
            owner_calls_per_day: 3,
            app_calls_per_hour: 4,
            calls_per_hour: 6,
            ..RelayLimits::default()
        };
        let office = Office::open(database.url(), limits).await;
        let late = |owner, number| call_of(grants_contract(), owner, number, NOW + 1_000_000);
        let submit = async |owner, number, app| office.relay.submit(late(owner, number), app).await;
        submit(1, 1, "app").await.unwrap();
        submit(1, 2, "app").await.unwrap();
        assert_eq!(code(submit(1, 3, "app").await), ErrorCode::LimitReached, "an owner, an hour");
        assert_eq!(code(submit(1, 3, "other").await), ErrorCode::LimitReached, "by whichever app");
        assert!(!submit(1, 2, "app").await.unwrap().is_new, "what was taken is still told");
        submit(2, 4, "app").await.unwrap();
        submit(3, 5, "app").await.unwrap();
        assert_eq!(code(submit(4, 6, "app").await), ErrorCode::LimitReached, "an app, an hour");
        submit(4, 6, "other").await.unwrap();
        submit(5, 7, "other").await.unwrap();
        assert_eq!(code(submit(6, 8, "third").await), ErrorCode::LimitReached, "all, an hour");
        office.pass(3_600);
        submit(1, 9, "app").await.unwrap();
        assert_eq!(code(submit(1, 10, "app").await), ErrorCode::LimitReached, "an owner, a day");
        office.pass(24 * 3_600);
        submit(1, 10, "app").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn limits_hold_for_calls_that_come_at_once() {
    each(async |database| {
        let limits = RelayLimits { owner_calls_per_hour: 3, ..RelayLimits::default() };
        let office = Office::open(database.url(), limits).await;
        let answers = join_all((0..12).map(|number| office.relay.submit(call(1, number), "app"))).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_queue_is_bounded() {
    each(async |database| {
        let limits = RelayLimits { queue_max: 2, ..RelayLimits::default() };
        let office = Office::open(database.url(), limits).await;
        office.relay.submit(call(1, 1), "app").await.unwrap();
        office.relay.submit(call(2, 2), "app").await.unwrap();
        assert_eq!(code(office.relay.submit(call(3, 3), "app").await), ErrorCode::LimitReached);
    })
    .await;
}

#[tokio::test]
async fn without_funds_or_a_chain_nothing_is_taken() {
    each(async |database| {
        let office = Office::open(database.url(), RelayLimits::default()).await;
        // One call's fee on top of what is to stay is just enough.
        office.chain.set_balance(10_999);
        assert_eq!(code(office.relay.submit(call(1, 1), "app").await), ErrorCode::RelayUnfunded);
        assert!(!office.relay.is_ready().await);

        let office = Office::open(database.url(), RelayLimits::default()).await;
        office.chain.set_balance(11_000);
        office.relay.submit(call(1, 1), "app").await.unwrap();
        assert!(office.relay.is_ready().await);
        office.chain.set_down(true);
        assert_eq!(code(office.relay.submit(call(1, 2), "app").await), ErrorCode::ChainUnavailable);
    })
    .await;
}

#[tokio::test]
async fn a_call_is_told_to_whoever_brought_it_and_to_nobody_else() {
    each(async |database| {
        let office = Office::open(database.url(), RelayLimits::default()).await;
        let call = call(1, 1);
        office.relay.submit(call.clone(), "app").await.unwrap();
        assert!(office.relay.submission(&call.digest(), "app").await.unwrap().is_some());
        assert_eq!(office.relay.submission(&call.digest(), "other").await.unwrap(), None);
        assert_eq!(office.relay.submission("ff", "app").await.unwrap(), None);

        let told = office.relay.submit(call.clone(), "other").await.unwrap();
        assert!(!told.is_new, "it is taken once");
        let asked = office.relay.submission(&call.digest(), "other").await.unwrap();
        assert_eq!(asked, Some(told.submission), "who brings the call itself may ask for it, too");
        assert_eq!(office.relay.submission(&call.digest(), "third").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn what_another_app_brought_uses_up_nothing_of_those_who_bring_it_again() {
    each(async |database| {
        let limits = RelayLimits { app_calls_per_hour: 1, ..RelayLimits::default() };
        let office = Office::open(database.url(), limits).await;
        office.relay.submit(call(1, 1), "app").await.unwrap();
        for _ in 0..3 {
            assert!(!office.relay.submit(call(1, 1), "other").await.unwrap().is_new);
        }
        assert!(office.relay.submit(call(2, 2), "other").await.unwrap().is_new);
        let refused = office.relay.submit_settled(call(1, 1), "third", async |_, is_new| {
            assert!(!is_new);
            Err(RelayRefusal { code: ErrorCode::ProfileRequired, message: "no".into(), refused: None })
        });
        assert_eq!(code(refused.await), ErrorCode::ProfileRequired);
        assert_eq!(office.relay.submission(&call(1, 1).digest(), "third").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn one_account_pays_on_a_chain() {
    let lanes =
        [FakeChain::new(), FakeChain::new()].map(|chain| Lane::new(std::sync::Arc::new(chain), terms()));
    let clock: idos_relay::Clock = std::sync::Arc::new(|| NOW);
    let opened = Relay::open("sqlite::memory:", lanes.into(), RelayLimits::default(), clock).await;
    assert!(matches!(opened, Err(OpenError::ChainTwice(ChainId::Eip155(CHAIN)))));
}

#[tokio::test]
async fn what_cannot_be_settled_is_not_taken() {
    each(async |database| {
        let office = Office::open(database.url(), RelayLimits::default()).await;
        let call = call(1, 1);
        let no = || RelayRefusal { code: ErrorCode::ProfileRequired, message: "no".into(), refused: None };
        let refused = office.relay.submit_settled(call.clone(), "app", async |owner, is_new| {
            assert_eq!((owner, is_new), (Account::evm(CHAIN, [1; 20]), true));
            Err(no())
        });
        assert_eq!(code(refused.await), ErrorCode::ProfileRequired);
        assert_eq!(office.relay.submission(&call.digest(), "app").await.unwrap(), None);
        assert!(office.relay.submit(call, "app").await.unwrap().is_new, "nothing of it is left");
    })
    .await;
}
