//! Requests, which session keys sign.

use axum::{
    body::Body,
    http::{Method, Request, request::Parts},
};

use idos_api::sessions::NewReadKey;
use idos_keys::EncryptionKey;
use idos_sessions::ReadKeyExchange;
use rand_core::OsRng;
use sha2::{Digest, Sha256};

use super::{ELSEWHERE, Replay, not_named, refused};
use crate::support::{House, Person, random_box};

/// The same request again.
fn twin(parts: &Parts, body: &[u8]) -> Request<Body> {
    Request::from_parts(parts.clone(), body.to_vec().into())
}

pub async fn command(replay: Replay) -> String {
    let content = random_box(64);
    let path = format!("/v1/uploads/{}", hex::encode(Sha256::digest(&content)));
    played(replay, Method::PUT, &path, content).await
}

/// A read changes nothing and is decided on anew each time, so it needs no nonce: whoever has seen one can have the same encrypted bytes for a minute.
pub async fn read(replay: Replay) -> String {
    if replay == Replay::Again {
        return "- a read may come again within 60 s".to_owned();
    }
    played(replay, Method::GET, "/v1/profile", Vec::new()).await
}

/// The same under a key that both have agreed on with the node.
pub async fn keyed_read(replay: Replay) -> String {
    if replay == Replay::Again {
        return "- a read may come again within 60 s".to_owned();
    }
    played_by(replay, Method::GET, "/v1/profile", Vec::new(), true).await
}

/// Agreeing such a key.
pub async fn read_key(replay: Replay) -> String {
    let client_key = EncryptionKey::from_bytes(ReadKeyExchange::new(&mut OsRng).public_key()).unwrap();
    let body = serde_json::to_vec(&NewReadKey { client_key }).unwrap();
    played(replay, Method::POST, "/v1/session/read-key", body).await
}

async fn played(replay: Replay, method: Method, path: &str, body: Vec<u8>) -> String {
    played_by(replay, method, path, body, false).await
}

async fn played_by(replay: Replay, method: Method, path: &str, body: Vec<u8>, is_keyed: bool) -> String {
    let house = House::build_at(None, |_| ()).await;
    let (mut person, mut other) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
    if is_keyed {
        person.agree_read_key(&house).await;
        other.agree_read_key(&house).await;
    }
    let signed_at = |now| person.signed_at(now, method.clone(), path, body.clone()).into_parts().0;
    let good = signed_at(house.now());
    match replay {
        Replay::Again => {
            assert!(house.ask(twin(&good, &body)).await.status < 300);
            refused(&house.ask(twin(&good, &body)).await)
        }
        Replay::OtherNode => {
            let elsewhere = House::build_at(None, |config| config.domain = ELSEWHERE.parse().unwrap()).await;
            refused(&elsewhere.ask(twin(&good, &body)).await)
        }
        Replay::OtherProfile => {
            let mut stolen = good.clone();
            let input = stolen.headers["signature-input"].to_str().unwrap();
            let input = input.replace(&person.session_id.to_string(), &other.session_id.to_string());
            stolen.headers.insert("signature-input", input.parse().unwrap());
            refused(&house.ask(twin(&stolen, &body)).await)
        }
        Replay::OtherChain => not_named("chain"),
        Replay::OtherContract => not_named("contract"),
        Replay::AfterRevoke => {
            assert_eq!(person.delete(&house, "/v1/session").await.status, 204);
            refused(&house.ask(twin(&good, &body)).await)
        }
        Replay::Expired => {
            house.pass(61);
            refused(&house.ask(twin(&good, &body)).await)
        }
        Replay::NotYetValid => refused(&house.ask(twin(&signed_at(house.now() + 61), &body)).await),
    }
}
