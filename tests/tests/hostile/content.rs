//! Content that is not what it is listed as.

use axum::http::HeaderValue;
use idos_grants::Status;
use idos_tests::hostile_node::OnTheWay;
use serde_json::{Value, json};

use crate::world::{Rewriting, World, forged, judged, on_get, path_of, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn content_that_is_not_what_it_is_listed_as_is_refused() {
    let world = World::new().await;
    let one = world.shared(world.original("London", &world.subject()).await.data_id).await;
    let other = world.shared_of_the_size_of(one).await;
    let others_subject = "did:pkh:eip155:31337:0x1111111111111111111111111111111111111111";
    let stranger = world.shared(world.original("Madrid", others_subject).await.data_id).await;
    let good = world.fetched(one, Status::Valid).await.unwrap();
    assert!(good.good, "{:?}", good.failures());

    let sealed = async |id| {
        let metadata = world.bank.session.credential(id).await.unwrap();
        let content = world.bank.session.content(id).await.unwrap();
        (serde_json::to_value(metadata).unwrap(), content)
    };
    let swap_content = |content: idos_keys::sealed_box::Sealed| {
        let path = format!("{}/content", path_of(one));
        move |answer: &mut OnTheWay| {
            if answer.is("GET", &path) {
                answer.body = content.content.clone().into();
                let sender = HeaderValue::try_from(content.sender.to_string()).unwrap();
                answer.headers.insert("idos-sender-key", sender);
            }
        }
    };
    let swap_all = |metadata: Value, content, fields: &'static [&'static str]| {
        let (swap, path) = (swap_content(content), path_of(one));
        move |answer: &mut OnTheWay| {
            swap(answer);
            if answer.is("GET", &path) {
                answer
                    .rewrite(|json| fields.iter().for_each(|field| json[*field] = metadata[*field].clone()));
            }
        }
    };
    const OF_CONTENT: &[&str] = &["content_sha256", "size", "sender_key"];
    const OF_CREDENTIAL: &[&str] =
        &["content_sha256", "size", "sender_key", "public_notes", "notes_signature", "issuer"];
    let (of_other, others) = sealed(other).await;
    let (of_stranger, strangers) = sealed(stranger).await;
    let change = |field: &'static str, to: Value| on_get(path_of(one), move |json| json[field] = to.clone());
    let short: Rewriting = {
        let path = format!("{}/content", path_of(one));
        Box::new(move |answer| {
            if answer.is("GET", &path) {
                answer.body = answer.body.slice(1..);
            }
        })
    };
    let table: Vec<(&str, Rewriting, &str)> = vec![
        (
            "another row's ciphertext",
            Box::new(swap_content(others.clone())),
            "other content than it lists under this data id",
        ),
        ("a lie about the size", change("size", 1.into()), "content of another size than it lists"),
        ("half of the content", short, "content of another size than it lists"),
        (
            "another data id",
            change("data_id", json!(other)),
            "an answer about another data id than was asked about",
        ),
        (
            "another sender key",
            change("sender_key", world.alice.secret.public().to_string().into()),
            "another sender key than it lists under this data id",
        ),
    ];
    for (name, rewriting, reason) in table {
        world.hostility.begin(rewriting);
        assert_eq!(refusal(name, world.fetched(one, Status::Valid).await), forged(reason), "{name}");
    }

    let notes = "the public notes at the node are not the issuer's for this credential";
    let raised = of_stranger["public_notes"].as_str().unwrap().replace("plus", "best");
    let table: Vec<(&str, Rewriting, (&str, String))> = vec![
        (
            "another row's ciphertext and all that is listed of it",
            Box::new(swap_all(of_other, others, OF_CONTENT)),
            ("notes", notes.to_owned()),
        ),
        ("forged notes", change("public_notes", raised.into()), ("notes", notes.to_owned())),
        ("a forged signature", change("notes_signature", "0x00".into()), ("notes", notes.to_owned())),
        (
            "somebody else's credential",
            Box::new(swap_all(of_stranger, strangers, OF_CREDENTIAL)),
            ("subject", format!("the credential is not about {}", world.subject())),
        ),
    ];
    for (name, rewriting, (code, reason)) in table {
        world.hostility.begin(rewriting);
        let expected = (code.to_owned(), reason);
        assert_eq!(judged(name, world.fetched(one, Status::Valid).await), expected, "{name}");
    }
}
