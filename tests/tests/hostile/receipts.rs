//! Deletion receipts that say something else than what was done, or that the node did not sign.

use idos_credentials::IssuerKey;
use idos_grants::DataId;
use rand_core::OsRng;
use serde_json::Value;

use crate::world::{World, forged, on_get, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_receipt_is_refused() {
    let world = World::new().await;
    let other = DataId([9; 32]).to_string();
    for (name, change, reason) in lies("data_id", other) {
        world.hostility.end();
        let id = world.original("London", &world.subject()).await.data_id;
        on_deletion(&world, change);
        let answer = world.alice.session.delete_credential(id).await;
        assert_eq!(refusal(name, answer), forged(reason), "{name}");
    }
    world.hostility.end();
    let id = world.original("London", &world.subject()).await.data_id;
    let thief = IssuerKey::generate(&mut OsRng).did();
    world.hostility.begin(on_get("/v1/node".to_owned(), move |json| json["did"] = thief.as_str().into()));
    let reason = "it signs under another DID than before; if its operator confirms that the node is a new one, forget the old one";
    assert_eq!(refusal("another DID", world.alice.session.delete_credential(id).await), forged(reason));
    world.hostility.end();
    world.alice.session.delete_credential(id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_receipt_of_a_profile_is_refused() {
    let world = World::new().await;
    world.original("London", &world.subject()).await;
    let (alice, other) = (&world.alice, uuid::Uuid::new_v4().to_string());
    let hidden: Lie = (
        "of less than there was",
        Box::new(|json| json["receipt"]["contents"] = Value::Array(Vec::new())),
        "a deletion receipt whose text says something else than its fields",
    );
    // A deleted profile's session gets its receipt again.
    for (name, change, reason) in lies("profile_id", other).into_iter().chain([hidden]) {
        on_deletion(&world, change);
        let answer = alice.session.delete_profile(alice.profile_id).await;
        assert_eq!(refusal(name, answer), forged(reason), "{name}");
    }
    world.hostility.end();
    let receipt = alice.session.delete_profile(alice.profile_id).await.unwrap();
    assert_eq!(receipt.receipt.contents.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_receipt_in_the_list_of_what_was_deleted_is_refused() {
    let world = World::new().await;
    let alice = &world.alice;
    let id = world.original("London", &world.subject()).await.data_id;
    alice.session.delete_credential(id).await.unwrap();
    let moved: Lie = (
        "of another credential",
        Box::new(|json| json["receipt"]["data_id"] = DataId([9; 32]).to_string().into()),
        "a deletion receipt whose text says something else than its fields",
    );
    let other = uuid::Uuid::new_v4().to_string();
    for (name, change, reason) in lies("profile_id", other).into_iter().chain([moved]) {
        let change = move |json: &mut Value| change(&mut json["receipts"][0]["receipt"]);
        world.hostility.begin(on_get("/v1/receipts".to_owned(), change));
        let answer = alice.session.receipts(alice.profile_id, None).await;
        assert_eq!(refusal(name, answer), forged(reason), "{name}");
    }
    world.hostility.end();
    let page = alice.session.receipts(alice.profile_id, None).await.unwrap();
    assert_eq!(page.receipts[0].receipt.receipt.data_id, id);
}

type Change = Box<dyn Fn(&mut Value) + Send + Sync>;
/// What it is, what is changed, and why it is refused.
type Lie = (&'static str, Change, &'static str);

/// What a node may say in a receipt of what `id` names in its field of that name.
fn lies(id: &'static str, other: String) -> Vec<Lie> {
    vec![
        (
            "of something else",
            Box::new(move |json| json["receipt"][id] = other.clone().into()),
            "a deletion receipt of something else than was deleted",
        ),
        (
            "of another node",
            Box::new(|json| json["node"] = IssuerKey::generate(&mut OsRng).did().as_str().into()),
            "a deletion receipt in the name of another node",
        ),
        (
            "of another time",
            Box::new(|json| json["receipt"]["deleted_at"] = 1.into()),
            "a deletion receipt whose text says something else than its fields",
        ),
        (
            "with another signature",
            Box::new(|json| json["signature"] = format!("0x{}", "11".repeat(64)).into()),
            "a deletion receipt whose signature is not the node's",
        ),
    ]
}

fn on_deletion(world: &World, change: Change) {
    world.hostility.begin(move |answer| {
        if answer.method == "DELETE" {
            answer.rewrite(&change);
        }
    });
}
