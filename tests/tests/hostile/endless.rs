//! Answers without end, and ways elsewhere.

use axum::http::{HeaderValue, StatusCode};
use idos_tests::{hostile_node::OnTheWay, vault_house::VaultHouse};

use crate::world::{World, forged, on_get, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn answers_without_end_and_ways_elsewhere_are_refused() {
    let world = World::new().await;
    let copy = world.shared(world.original("London", &world.subject()).await.data_id).await;
    let url = world.node.url().to_string();
    let not_a_node = |reason: &str| {
        let message = format!("the node at {url} does not answer as an idOS node: {reason}");
        ("node_unavailable".to_owned(), message)
    };
    let endless =
        |suffix: &'static str| move |answer: &mut OnTheWay| answer.endless = answer.path.ends_with(suffix);
    world.hostility.begin(endless("/v1/profile"));
    let answer = world.alice.session.profile().await;
    assert_eq!(refusal("endless JSON", answer), not_a_node("its answer is too large"));
    world.hostility.begin(endless("/content"));
    let answer = world.bank.session.content(copy).await;
    assert_eq!(refusal("endless content", answer), not_a_node("its answer is too large"));
    world.hostility.begin(|answer| {
        answer.status = StatusCode::INTERNAL_SERVER_ERROR;
        answer.endless = true;
    });
    let answer = world.alice.session.profile().await;
    assert_eq!(refusal("an endless error", answer), not_a_node("its answer is too large"));

    let elsewhere = VaultHouse::serve(world.house.vault.router()).await.unwrap();
    for status in [StatusCode::FOUND, StatusCode::TEMPORARY_REDIRECT, StatusCode::PERMANENT_REDIRECT] {
        let to = HeaderValue::try_from(elsewhere.join("/v1/profile").unwrap().to_string()).unwrap();
        world.hostility.begin(move |answer| {
            answer.status = status;
            answer.headers.insert("location", to.clone());
        });
        let answer = world.alice.session.profile().await;
        let reason = "it sends on to another address, which is not followed: name the node's own";
        assert_eq!(refusal("a redirect", answer), not_a_node(reason), "{status}");
    }

    world.hostility.begin(on_get("/v1/credentials".to_owned(), |json| json["next_cursor"] = "again".into()));
    let all = idos_client::pages::all(async |_| {
        let page = world.alice.session.credentials(None).await?;
        Ok((page.credentials, page.next_cursor))
    });
    assert_eq!(refusal("a list", all.await), forged("a list whose next page is the same page"));
    let endless = idos_client::pages::all(async |cursor: Option<&str>| {
        let number = cursor.map_or(0, |cursor| cursor.parse::<u64>().unwrap());
        Ok((Vec::<()>::new(), Some((number + 1).to_string())))
    });
    assert_eq!(refusal("an endless list", endless.await), forged("a list without end"));
}
