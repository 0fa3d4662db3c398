//! Whose a copy is, and whose word it is: nothing is good as long as either was not asked.

use idos_client::consumer::{self, Judgement, StatusSource};
use idos_credentials::Expectations;
use idos_grants::{DataId, Status};

use crate::{
    one_chain::OneChain,
    world::{World, judged},
};

/// What the bank makes of a copy, with these expectations.
async fn fetched(world: &World, copy: DataId, expectations: Expectations<'_>) -> Judgement {
    let source = StatusSource::Chains(&OneChain(Status::Valid));
    let (session, secrets) = (&world.bank.session, std::slice::from_ref(&world.bank.secret));
    consumer::fetch(session, copy, secrets, &expectations, source, world.house.now()).await.unwrap().judgement
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_good_only_for_who_asked_whose_word_it_is_and_is_about_whoever_shared_it() {
    let world = World::new().await;
    let trusted = [world.issuer.did()];
    let by_the_issuer = Expectations { issuers: Some(&trusted), ..Expectations::default() };
    let own = world.shared(world.original("London", &world.subject()).await.data_id).await;
    let good = fetched(&world, own, by_the_issuer).await;
    assert!(good.good, "{:?}", good.failures());
    assert_eq!(good.held_by, [world.alice.account()]);

    let unasked = judged("no issuer named", Ok(fetched(&world, own, Expectations::default()).await));
    assert_eq!(unasked.0, "trust");

    // The same key on another EVM chain; and somebody else, whose credential she got hold of.
    let elsewhere = world.subject().replace("eip155:31337", "eip155:1");
    let elsewhere = world.shared(world.original("London", &elsewhere).await.data_id).await;
    assert!(fetched(&world, elsewhere, by_the_issuer).await.good);
    let bobs = "did:pkh:eip155:31337:0x1111111111111111111111111111111111111111";
    let copy = world.shared(world.original("Madrid", bobs).await.data_id).await;
    let (code, reason) = judged("somebody else's", Ok(fetched(&world, copy, by_the_issuer).await));
    assert_eq!(code, "subject");
    assert!(reason.contains(bobs) && reason.contains(&world.alice.account().to_string()), "{reason}");
    let known = Expectations { subject: Some(bobs), ..by_the_issuer };
    assert!(fetched(&world, copy, known).await.good, "who knows that both are one person says so");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_nobody_shared_is_not_good() {
    let world = World::new().await;
    let trusted = [world.issuer.did()];
    let copy = world.shared(world.original("London", &world.subject()).await.data_id).await;
    world.hostility.begin(|answer| {
        if answer.is("GET", "/v1/grants") {
            answer.rewrite(|page| page["grants"] = serde_json::json!([]));
        }
    });
    let expectations = Expectations { issuers: Some(&trusted), ..Expectations::default() };
    assert_eq!(judged("no grant", Ok(fetched(&world, copy, expectations).await)).0, "subject");
}
