//! Revocations that are dropped, and status lists that are old or exchanged.

use idos_client::{
    StatusLists,
    consumer::{NotesCheck, SeenStatus},
};
use idos_credentials::{IssuerKey, StatusReference};
use idos_grants::{Account, Event, Purpose, Status, StatusEvent, status::Word};
use idos_tests::vault_house::status_contract;
use rand_core::OsRng;
use serde_json::Value;

use crate::one_chain::Silent;
use crate::world::{Rewriting, World, forged, judged, on_get, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_the_node_drops_is_seen_on_the_chain() {
    let world = World::new().await;
    let copy = world.shared(world.original("London", &world.subject()).await.data_id).await;
    world.hostility.begin(on_get("/v1/statuses".to_owned(), |json| json["status"] = "valid".into()));
    for (status, reason) in [
        (Status::Revoked, "the issuer has revoked the credential"),
        (Status::Suspended, "the issuer has suspended the credential"),
    ] {
        let expected = ("status".to_owned(), reason.to_owned());
        assert_eq!(judged("a dropped revocation", world.fetched(copy, status).await), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_does_not_answer_leaves_the_status_unknown_and_the_rest_told() {
    let world = World::new().await;
    let copy = world.shared(world.original("London", &world.subject()).await.data_id).await;
    let reason = "whether the issuer has revoked it is not known: the chain's RPC failed: connection refused";
    let expected = ("status_unknown".to_owned(), reason.to_owned());
    assert_eq!(judged("nobody answers", world.fetched_asking(copy, &Silent).await), expected);
    let judgement = world.fetched_asking(copy, &Silent).await.unwrap();
    assert_eq!(judgement.status, Some(SeenStatus::Unknown));
    assert!(judgement.verdict.is_valid() && judgement.notes == NotesCheck::Pass);
    assert_eq!(serde_json::to_value(judgement).unwrap()["status"], "unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_or_exchanged_status_list_is_refused() {
    let world = World::new().await;
    let issuer = Account::evm(31_337, [0x15; 20]).address();
    let reference = StatusReference::new(status_contract(), issuer, 0, 7).unwrap();
    let signer = world.node.did().await.unwrap();
    let lists = StatusLists::new(world.node.clone(), signer.clone());
    assert_eq!(lists.status_of(&reference).await.unwrap(), Status::Valid);

    let path = |list: u32, purpose| {
        let reference = StatusReference::new(status_contract(), issuer, list, 7).unwrap();
        format!("/v1/status-lists/{}", reference.in_list(purpose))
    };
    let served = async |path: String| {
        let answer = reqwest::get(world.node.url().join(&path).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json::<Value>().await.unwrap()
    };
    let revocations = path(0, Purpose::Revocation);
    let before = served(revocations.clone()).await;
    let (of_another_list, of_another_purpose) =
        (served(path(1, Purpose::Revocation)).await, served(path(0, Purpose::Suspension)).await);

    // The issuer revokes; the node has to build its list anew.
    world.house.pass(60);
    let word = Word::default().with_bit(7, true);
    let revoked = StatusEvent {
        issuer,
        list: 0,
        purpose: Purpose::Revocation,
        word_index: 0,
        word,
        at: world.house.now(),
    };
    world.house.block(&[Event::Status(revoked)]).await.unwrap();
    assert_eq!(lists.status_of(&reference).await.unwrap(), Status::Revoked);

    let mut unset = served(revocations.clone()).await;
    unset["credentialSubject"]["encodedList"] = before["credentialSubject"]["encodedList"].clone();
    let of_another_node = StatusLists::new(world.node.clone(), IssuerKey::generate(&mut OsRng).did());
    let replaced = |with: Value| on_get(revocations.clone(), move |json| *json = with.clone());
    let table: Vec<(&str, Rewriting, &str)> = vec![
        ("the list of before", replaced(before.clone()), "a status list that is older than the one before"),
        ("a bit that was taken back", replaced(unset), "a status list whose signature does not hold"),
        ("another list", replaced(of_another_list), "another status list than the one asked for"),
        ("another purpose", replaced(of_another_purpose), "another status list than the one asked for"),
    ];
    for (name, rewriting, reason) in table {
        world.hostility.begin(rewriting);
        assert_eq!(refusal(name, lists.status_of(&reference).await), forged(reason), "{name}");
    }
    world.hostility.end();
    let reason = "a status list that somebody else than the node signed";
    assert_eq!(refusal("another signer", of_another_node.status_of(&reference).await), forged(reason));

    // To somebody who never saw the newer list, the old one is refused as soon as its time is over.
    world.house.pass(3600);
    world.hostility.begin(replaced(before));
    let newcomer = StatusLists::new(world.node.clone(), signer);
    assert_eq!(
        refusal("a list whose time is over", newcomer.status_of(&reference).await),
        forged("an old status list")
    );
}
