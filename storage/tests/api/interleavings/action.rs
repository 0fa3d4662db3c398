//! What a person asks for, as requests.

use axum::{
    body::Body,
    http::{Method, Request},
};
use idos_api::{credentials::NewCopy, profiles::NewWallet};
use idos_grants::{Account, DataId};
use idos_wallets::{Wallet, WalletLink};
use serde::Serialize;

use super::step::Action;
use crate::support::{CHAIN, DOMAIN, House, Key, Person, challenge, data_id, random_box, sealed};

pub fn key(wallet: usize) -> Key {
    Key::number(wallet as u64 + 1)
}

pub fn account(wallet: usize) -> Account {
    key(wallet).account(CHAIN)
}

/// The request, and under which id it stores something, if it does.
pub async fn request(
    house: &House,
    people: &[Person],
    ids: &[DataId],
    action: &Action,
) -> (Request<Body>, Option<DataId>) {
    let person = &people[action.person()];
    let plain = |method, path: String| person.signed(house, method, &path, Vec::new());
    match *action {
        Action::Share { object, with, .. } => {
            let (content, id) = (random_box(100), data_id());
            person.upload(house, &content).await;
            let copy = NewCopy { content: sealed(id, &content, &people[with]), shared_with: None };
            (posted(house, person, &format!("/v1/credentials/{}/copies", ids[object]), &copy), Some(id))
        }
        Action::Delete { object, .. } => {
            (plain(Method::DELETE, format!("/v1/credentials/{}", ids[object])), None)
        }
        Action::Rescind { object, .. } => {
            (plain(Method::POST, format!("/v1/credentials/{}/rescind", ids[object])), None)
        }
        Action::Link { wallet, .. } => {
            let link = WalletLink {
                domain: DOMAIN.parse().unwrap(),
                profile_id: person.profile_id,
                account: account(wallet),
                nonce: challenge(house).await,
                issued_at: house.now(),
            };
            let signature = key(wallet).sign_message(&link.message().unwrap());
            (posted(house, person, "/v1/profile/wallets", &NewWallet { link, signature }), None)
        }
        Action::Unlink { wallet, .. } => {
            let wallet = Wallet::by_key(account(wallet).address());
            (plain(Method::DELETE, format!("/v1/profile/wallets/{wallet}")), None)
        }
    }
}

fn posted(house: &House, person: &Person, path: &str, body: &impl Serialize) -> Request<Body> {
    person.signed(house, Method::POST, path, serde_json::to_vec(body).unwrap())
}
