//! What is asked wrongly, by whoever: each is refused by its own code, and nothing is lost or told.

use std::time::{Duration, Instant};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use idos_api::key_shares::NewShare;
use idos_client::Signer;
use idos_keys::shares::{Dealing, Dealt, SealedShare, SharedSecret, Terms, Threshold, deal};
use idos_mpc::{KeyShareConfig, Rate};
use idos_wallets::{ShareOperation, ShareRequest, SharesOf, SignedShareRequest};
use rand_core::OsRng;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{START, TestNodes, ask, code, fresh_profile, sign, wallet, without_limits};

/// A share for the first node, as wallet `number` stores it.
pub async fn new_share(nodes: &TestNodes, number: u8, profile_id: Uuid) -> NewShare {
    let Dealt { dealing, shares } = dealt(nodes, profile_id);
    let share = SealedShare::seal(&shares[0], &node_key(nodes).await, &mut OsRng).unwrap();
    let operation = ShareOperation::Store { dealing: dealing.digest() };
    let own = SharesOf { profile_id, stored_by: wallet(number).account() };
    NewShare { signed: nodes.signed_for(&wallet(number), operation, own), dealing, share }
}

fn dealt(nodes: &TestNodes, profile_id: Uuid) -> Dealt {
    let set = nodes.set();
    let threshold = Threshold::new(set.threshold(), set.node_count()).unwrap();
    let terms = Terms { profile_id, node_set: set.digest(), threshold, epoch: 1 };
    deal(&SharedSecret::generate(&mut OsRng), terms, &mut OsRng).unwrap()
}

async fn node_key(nodes: &TestNodes) -> idos_keys::EncryptionKey {
    let url = format!("http://{}/v1/node", nodes.nodes[0].address);
    let info: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    info["encryption_key"].as_str().unwrap().parse().unwrap()
}

/// Stores a share by wallet 1.
pub async fn stored(nodes: &TestNodes) -> Uuid {
    let profile_id = fresh_profile();
    let (status, answer) = try_to_store(nodes, profile_id).await;
    assert_eq!(status, 201, "{answer}");
    profile_id
}

/// What is answered to storing a share by wallet 1.
pub async fn try_to_store(nodes: &TestNodes, profile_id: Uuid) -> (u16, Value) {
    let share = new_share(nodes, 1, profile_id).await;
    nodes.post("/v1/shares", &share).await
}

fn release(nodes: &TestNodes, number: u8, profile_id: Uuid) -> SignedShareRequest {
    nodes.signed(&wallet(number), ShareOperation::Release {}, profile_id)
}

const RELEASE: &str = "/v1/shares/release";

#[tokio::test]
async fn a_request_counts_once_at_its_time_and_at_the_nodes_that_it_names() {
    idos_testdb::each(async |database| {
        let nodes = TestNodes::one(database.url(), without_limits).await;
        let profile_id = stored(&nodes).await;
        let with = |change: &dyn Fn(&mut ShareRequest)| {
            let mut request = release(&nodes, 1, profile_id).request;
            change(&mut request);
            ask(&sign(&wallet(1), request))
        };
        let other_set = {
            let mut json = serde_json::to_value(nodes.set()).unwrap();
            json["nodes"].as_array_mut().unwrap().remove(0);
            let third = json!({"did": "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", "url": "https://third.example"});
            json["nodes"].as_array_mut().unwrap().push(third);
            serde_json::from_value(json).unwrap()
        };
        // No wallet shows such a time, so its signature is of another one; the time is looked at first.
        let mut in_milliseconds = with(&|_| {});
        in_milliseconds["request"]["issued_at"] = json!(START * 1000);
        in_milliseconds["request"]["expires_at"] = json!(START * 1000 + 5);
        let table: [(&str, Value, (u16, &str)); 8] = [
            ("good", with(&|_| {}), (200, "")),
            ("expired", with(&|r| (r.issued_at, r.expires_at) = (START - 600, START)), (403, "expired")),
            ("of the future", with(&|r| (r.issued_at, r.expires_at) = (START + 61, START + 100)), (403, "expired")),
            ("of a clock that is a minute ahead", with(&|r| (r.issued_at, r.expires_at) = (START + 60, START + 100)), (200, "")),
            ("standing too long", with(&|r| r.expires_at = START + 601), (403, "expired")),
            ("ending before it begins", with(&|r| r.expires_at = START - 1), (403, "expired")),
            ("in milliseconds", in_milliseconds, (403, "expired")),
            (
                "for other nodes",
                {
                    let mut request = release(&nodes, 1, profile_id).request;
                    request.node_set = std::convert::identity::<idos_wallets::NodeSet>(other_set);
                    ask(&sign(&wallet(1), request))
                },
                (403, "wrong_node_set"),
            ),
        ];
        for (name, body, expected) in table {
            assert_eq!(code(&nodes.post(RELEASE, &body).await), expected, "{name} on {}", database.name());
        }
        // Another request under the same nonce.
        let first = release(&nodes, 1, profile_id);
        assert_eq!(nodes.post(RELEASE, &ask(&first)).await.0, 200);
        let mut other = release(&nodes, 1, profile_id).request;
        other.nonce = first.request.nonce.clone();
        let refused = nodes.post(RELEASE, &ask(&sign(&wallet(1), other))).await;
        assert_eq!(code(&refused), (409, "nonce_invalid"), "{}", database.name());
    })
    .await;
}

#[tokio::test]
async fn what_was_changed_after_signing_is_nobodys() {
    let nodes = TestNodes::start(2, 2).await;
    let profile_id = stored(&nodes).await;
    let body = ask(&release(&nodes, 1, profile_id));
    let table: [(&str, &str, Value); 8] = [
        ("who stored the shares", "/request/stored_by", json!(wallet(2).account())),
        ("the profile", "/request/profile_id", json!(Uuid::nil())),
        ("the reply key", "/request/reply_key", json!("CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")),
        ("the nonce", "/request/nonce", json!("0123456789abcdef")),
        ("its end", "/request/expires_at", json!(START + 5)),
        ("the threshold", "/request/node_set/threshold", json!(2)),
        ("an address", "/request/node_set/nodes/1/url", json!("https://evil.example")),
        ("the account", "/request/account", json!(wallet(2).account())),
    ];
    for (name, pointer, value) in table {
        let mut changed = body.clone();
        let is_change = changed.pointer(pointer) != Some(&value);
        *changed.pointer_mut(pointer).unwrap() = value;
        let expected = if is_change { (403, "signature_invalid") } else { (200, "") };
        assert_eq!(code(&nodes.post(RELEASE, &changed).await), expected, "{name}");
    }
}

#[tokio::test]
async fn a_body_is_json_in_form_and_within_bounds() {
    let nodes = TestNodes::start(2, 2).await;
    let profile_id = stored(&nodes).await;
    let body = ask(&release(&nodes, 1, profile_id));
    let bytes = serde_json::to_vec(&body).unwrap();
    let changed = |pointer: &str, name: &str, value: Value| {
        let mut changed = body.clone();
        changed.pointer_mut(pointer).unwrap()[name] = value;
        serde_json::to_vec(&changed).unwrap()
    };
    let mut large = bytes.clone();
    large.resize(64 * 1024 + 1, b' ');
    let json = "application/json";
    let table: [(&str, &str, Vec<u8>, (u16, &str)); 10] = [
        ("too large", json, large, (413, "too_large")),
        ("text", "text/plain", bytes.clone(), (415, "unsupported_media_type")),
        ("empty", json, Vec::new(), (400, "malformed")),
        ("an unknown field", json, changed("", "extra", json!(1)), (400, "malformed")),
        ("an unknown field inside", json, changed("/request", "extra", json!(1)), (400, "malformed")),
        (
            "an unknown operation",
            json,
            changed("/request", "operation", json!({"name": "steal"})),
            (400, "malformed"),
        ),
        ("a short nonce", json, changed("/request", "nonce", json!("short")), (400, "malformed")),
        ("a threshold of one", json, changed("/request/node_set", "threshold", json!(1)), (400, "malformed")),
        ("a set of none", json, changed("/request/node_set", "nodes", json!([])), (400, "malformed")),
        (
            "a signature that is too long",
            json,
            changed("", "signature", json!(format!("0x{}", "00".repeat(9000)))),
            (400, "malformed"),
        ),
    ];
    for (name, content_type, body, expected) in table {
        assert_eq!(code(&nodes.send(RELEASE, content_type, body).await), expected, "{name}");
    }
    // Signed for one operation, sent to another.
    for path in [
        "/v1/shares/delete",
        "/v1/wallets/add",
        "/v1/wallets/remove",
        "/v1/shares/refresh/commit",
        "/v1/audit",
    ] {
        assert_eq!(code(&nodes.post(path, &body).await), (400, "malformed"), "{path}");
    }
    // A reply key that protects nothing.
    let mut request = release(&nodes, 1, profile_id).request;
    request.reply_key = [0; 32];
    let body = ask(&sign(&wallet(1), request));
    assert_eq!(code(&nodes.post(RELEASE, &body).await), (400, "malformed"));
}

#[tokio::test]
async fn a_share_that_is_not_the_nodes_is_refused() {
    let nodes = TestNodes::start(2, 3).await;
    let profile_id = fresh_profile();
    let good = new_share(&nodes, 1, profile_id).await;
    let other = new_share(&nodes, 1, profile_id).await;
    let foreign = new_share(&nodes, 1, fresh_profile()).await;
    let key = node_key(&nodes).await;
    let sealed =
        |dealt: &Dealt, place: usize| SealedShare::seal(&dealt.shares[place], &key, &mut OsRng).unwrap();
    let own = dealt(&nodes, profile_id);
    let of = |dealing: &Dealing| {
        nodes.signed(&wallet(1), ShareOperation::Store { dealing: dealing.digest() }, profile_id)
    };
    let in_her_name = {
        let operation = ShareOperation::Store { dealing: good.dealing.digest() };
        NewShare { signed: nodes.signed(&wallet(2), operation, profile_id), ..good.clone() }
    };
    assert_eq!(code(&nodes.post("/v1/shares", &in_her_name).await), (400, "malformed"), "in another's name");
    let table = [
        (
            "another dealing's share",
            NewShare { signed: of(&good.dealing), share: other.share.clone(), ..good.clone() },
        ),
        ("another dealing than was signed", NewShare { signed: of(&good.dealing), ..other.clone() }),
        ("another profile's dealing", NewShare { signed: of(&foreign.dealing), ..foreign.clone() }),
        (
            "another node's share",
            NewShare { signed: of(&own.dealing), dealing: own.dealing.clone(), share: sealed(&own, 1) },
        ),
        (
            "sealed for another node",
            NewShare {
                signed: of(&own.dealing),
                dealing: own.dealing.clone(),
                share: SealedShare::seal(
                    &own.shares[0],
                    &idos_keys::EncryptionSecret::generate(&mut OsRng).public(),
                    &mut OsRng,
                )
                .unwrap(),
            },
        ),
    ];
    for (name, body) in table {
        assert_eq!(code(&nodes.post("/v1/shares", &body).await), (422, "share_invalid"), "{name}");
    }
    assert_eq!(nodes.post("/v1/shares", &good).await.0, 201);
    let again = NewShare { signed: of(&good.dealing), ..good };
    assert_eq!(nodes.post("/v1/shares", &again).await.0, 201, "the same again, as after a lost answer");
    let other = NewShare { signed: of(&other.dealing), ..other };
    assert_eq!(code(&nodes.post("/v1/shares", &other).await), (409, "exists"));
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_hers_are_one_answer() {
    idos_testdb::each(async |database| {
        let nodes = TestNodes::one(database.url(), without_limits).await;
        let profile_id = stored(&nodes).await;
        let (owner, stranger) = (wallet(1).account(), wallet(2));
        let operations: [(&str, ShareOperation); 6] = [
            (RELEASE, ShareOperation::Release {}),
            ("/v1/wallets/add", ShareOperation::AddWallet { wallet: stranger.account() }),
            ("/v1/wallets/remove", ShareOperation::RemoveWallet { wallet: owner }),
            ("/v1/shares/refresh/commit", ShareOperation::CommitRefresh { dealing: [7; 32] }),
            ("/v1/shares/delete", ShareOperation::Delete {}),
            ("/v1/audit", ShareOperation::Audit {}),
        ];
        for (path, operation) in operations {
            let mut answers = Vec::new();
            for profile in [profile_id, fresh_profile()] {
                let body = ask(&nodes.signed(&stranger, operation.clone(), profile));
                let (status, mut answer) = nodes.post(path, &body).await;
                answer["error"]["request_id"] = Value::Null;
                answers.push((status, answer));
            }
            assert_eq!(code(&answers[0]), (404, "not_found"), "{path} on {}", database.name());
            assert_eq!(answers[0], answers[1], "{path} on {}", database.name());
        }
        let body = ask(&release(&nodes, 1, profile_id));
        assert_eq!(nodes.post(RELEASE, &body).await.0, 200);
    })
    .await;
}

/// The medians of many requests, in turn, within a few per cent: neither look-up finds anything, and both write the same.
#[tokio::test]
async fn what_is_not_there_takes_as_long_as_what_is_not_hers() {
    const ROUNDS: usize = 150;
    let nodes = TestNodes::start(2, 2).await;
    let profile_id = stored(&nodes).await;
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        for (which, times) in times.iter_mut().enumerate() {
            let profile = if which == 0 { profile_id } else { fresh_profile() };
            let body = ask(&release(&nodes, 2, profile));
            let begun = Instant::now();
            assert_eq!(nodes.post(RELEASE, &body).await.0, 404);
            if round > ROUNDS / 10 {
                times.push(begun.elapsed());
            }
        }
    }
    let [hers, none] = times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    let apart = hers.abs_diff(none);
    assert!(apart < Duration::max(hers, none) / 4, "{hers:?} and {none:?}");
}

#[tokio::test]
async fn a_stranger_who_stores_under_her_profile_is_not_in_her_way() {
    let nodes = TestNodes::start(2, 2).await;
    let profile_id = fresh_profile();
    let squatted = new_share(&nodes, 2, profile_id).await;
    assert_eq!(nodes.post("/v1/shares", &squatted).await.0, 201);
    let operation = ShareOperation::AddWallet { wallet: wallet(1).account() };
    let squatter = SharesOf { profile_id, stored_by: wallet(2).account() };
    let added = ask(&nodes.signed_for(&wallet(2), operation, squatter));
    assert_eq!(nodes.post("/v1/wallets/add", &added).await.0, 200);
    let hers = new_share(&nodes, 1, profile_id).await;
    assert_eq!(nodes.post("/v1/shares", &hers).await.0, 201);
    let body = ask(&release(&nodes, 1, profile_id));
    let (_, released) = nodes.post(RELEASE, &body).await;
    assert_eq!(released["shares"][0]["dealing"], serde_json::to_value(&hers.dealing).unwrap());
    assert_eq!(released["wallets"], json!([wallet(1).account()]));
    let body = ask(&release(&nodes, 2, profile_id));
    assert_eq!(code(&nodes.post(RELEASE, &body).await), (404, "not_found"));
}

/// Whoever sees a request may pass it on, at once and as often as he likes: it is answered to the key that it names, and neither does nor undoes anything.
#[tokio::test]
async fn the_very_same_request_again_is_answered_and_changes_nothing() {
    idos_testdb::each(async |database| {
        let few = |config: &mut KeyShareConfig| {
            without_limits(config);
            config.rate_by_wallet = Rate { burst: 8, every: Duration::from_secs(3600) };
        };
        let nodes = TestNodes::one(database.url(), few).await;
        let profile_id = stored(&nodes).await;
        let body = ask(&release(&nodes, 1, profile_id));
        let answers = futures_of(16, || nodes.post(RELEASE, &body)).await;
        assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
        let other = wallet(2).account();
        let sent = async |path: &str, operation| {
            let body = ask(&nodes.signed(&wallet(1), operation, profile_id));
            assert_eq!(nodes.post(path, &body).await.0, 200, "{path}");
            body
        };
        let add = sent("/v1/wallets/add", ShareOperation::AddWallet { wallet: other }).await;
        let remove = sent("/v1/wallets/remove", ShareOperation::RemoveWallet { wallet: other }).await;
        let owner = wallet(1).account();
        for (path, body) in [("/v1/wallets/add", &add), ("/v1/wallets/remove", &remove)] {
            let (status, holding) = nodes.post(path, body).await;
            assert_eq!(
                (status, &holding["wallets"]),
                (200, &json!([owner])),
                "{path} on {}",
                database.name()
            );
        }
        // Refused, and done once more when it would not be.
        let operation = ShareOperation::AddWallet { wallet: wallet(3).account() };
        let refused = ask(&nodes.signed(&wallet(2), operation, profile_id));
        assert_eq!(code(&nodes.post("/v1/wallets/add", &refused).await), (404, "not_found"));
        sent("/v1/wallets/add", ShareOperation::AddWallet { wallet: other }).await;
        assert_eq!(code(&nodes.post("/v1/wallets/add", &refused).await), (409, "nonce_invalid"));
        let audit = sent_audit(&nodes, profile_id).await;
        let lines: Vec<_> =
            audit["lines"].as_array().unwrap().iter().map(|line| &line["operation"]).collect();
        assert_eq!(lines, ["add_wallet", "remove_wallet", "add_wallet", "release", "store"]);
        // What was deleted stays so, and what is stored anew stays.
        let delete = sent("/v1/shares/delete", ShareOperation::Delete {}).await;
        assert_eq!(nodes.post("/v1/shares/delete", &delete).await.0, 200);
        assert_eq!(code(&nodes.post(RELEASE, &body).await), (404, "not_found"));
        assert_eq!(try_to_store(&nodes, profile_id).await.0, 201);
        assert_eq!(nodes.post("/v1/shares/delete", &delete).await.0, 200);
        assert_eq!(nodes.post(RELEASE, &body).await.0, 200, "{}", database.name());
    })
    .await;
}

async fn sent_audit(nodes: &TestNodes, profile_id: Uuid) -> Value {
    let body = ask(&nodes.signed(&wallet(1), ShareOperation::Audit {}, profile_id));
    let (status, audit) = nodes.post("/v1/audit", &body).await;
    assert_eq!(status, 200, "{audit}");
    audit
}

async fn futures_of<F: Future>(count: usize, make: impl Fn() -> F) -> Vec<F::Output> {
    let mut waiting: Vec<_> = (0..count).map(|_| Box::pin(make())).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|cx| {
        waiting.retain_mut(|future| match future.as_mut().poll(cx) {
            std::task::Poll::Ready(output) => {
                done.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}

#[tokio::test]
async fn used_nonces_and_wallets_outlive_a_restart() {
    let mut nodes = TestNodes::start(2, 2).await;
    let profile_id = stored(&nodes).await;
    let body = ask(&release(&nodes, 1, profile_id));
    assert_eq!(nodes.post(RELEASE, &body).await.0, 200);
    let mut other = release(&nodes, 1, profile_id).request;
    other.nonce = serde_json::from_value(body["request"]["nonce"].clone()).unwrap();
    nodes.stop_node(1).await;
    nodes.start_node(1).await;
    let refused = nodes.post(RELEASE, &ask(&sign(&wallet(1), other))).await;
    assert_eq!(code(&refused), (409, "nonce_invalid"));
    let body = ask(&release(&nodes, 1, profile_id));
    assert_eq!(nodes.post(RELEASE, &body).await.0, 200);
}

#[tokio::test]
async fn nothing_in_a_refusal_is_secret() {
    let nodes = TestNodes::start(2, 2).await;
    let profile_id = fresh_profile();
    let dealt = dealt(&nodes, profile_id);
    let key = node_key(&nodes).await;
    let new = NewShare {
        signed: nodes.signed(
            &wallet(1),
            ShareOperation::Store { dealing: dealt.dealing.digest() },
            profile_id,
        ),
        dealing: dealt.dealing.clone(),
        share: SealedShare::seal(&dealt.shares[0], &key, &mut OsRng).unwrap(),
    };
    assert_eq!(nodes.post("/v1/shares", &new).await.0, 201);
    let share = &dealt.shares[0].to_bytes()[1..];
    let (share_key, node_key) = ([0x5e; 32], [1; 32]);
    let mut needles = vec![serde_json::to_value(&new.share).unwrap()["content"].as_str().unwrap().to_owned()];
    for secret in [share, &share_key, &node_key] {
        needles.extend([hex::encode(secret), STANDARD.encode(secret)]);
    }

    let good = ask(&release(&nodes, 1, profile_id));
    let changed = |name: &str, value: Value| {
        let mut body = serde_json::to_value(&new).unwrap();
        body["signed"]["request"][name] = value.clone();
        let mut asked = good.clone();
        asked["request"][name] = value;
        [body, asked]
    };
    let stranger = ask(&release(&nodes, 2, profile_id));
    let bodies = [json!({}), json!([]), json!("x"), serde_json::to_value(&new).unwrap(), stranger]
        .into_iter()
        .chain(changed("expires_at", json!(1)))
        .chain(changed("nonce", json!("0123456789abcdef")))
        .chain(changed("node_set", json!({"threshold": 2, "nodes": []})))
        .chain(changed("operation", json!({"name": "store", "dealing": "00"})));
    let bodies: Vec<_> = bodies.collect();
    let document = serde_json::to_value(idos_mpc::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 12, "{paths:?}");
    let posted: Vec<_> = paths.iter().filter(|(_, methods)| methods.get("post").is_some()).collect();
    assert_eq!(posted.len(), 8);
    let mut refusals = 0;
    for (path, _) in posted {
        for body in &bodies {
            let (status, answer) = nodes.post(path, body).await;
            let answer = answer.to_string();
            if status >= 400 {
                refusals += 1;
                let told = needles.iter().find(|needle| answer.contains(needle.as_str()));
                assert_eq!(told, None, "{path} answered {status}: {answer}");
            }
        }
    }
    assert!(refusals > 90, "{refusals}");
    let (status, answer) = nodes.post("/v1/nowhere", &json!({})).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (404, Some("no_such_route")));
}
