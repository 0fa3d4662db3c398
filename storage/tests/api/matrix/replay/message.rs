//! Messages that wallets sign for a node.

use idos_api::{
    profiles::{NewWallet, Profile, SignedKeyStatement},
    requests::AccessRequest,
    sessions::{NewSession, Session},
};
use idos_sessions::SessionKey;
use idos_wallets::{SignIn, Wallet, WalletLink};
use rand_core::OsRng;

use super::{ELSEWHERE, Replay, not_named, refused};
use crate::support::{
    DOMAIN, House, Person, WalletKind, access_request as new_access_request, challenge,
    sign_in as new_sign_in, sign_request,
};

pub async fn house() -> House {
    House::build_at(None, |_| ()).await
}

/// A node with the same keys, nonces and clock, under another name.
pub async fn elsewhere() -> House {
    House::build_at(None, |config| config.domain = ELSEWHERE.parse().unwrap()).await
}

pub async fn sign_in(replay: Replay, kind: WalletKind) -> String {
    const PATH: &str = "/v1/sessions";
    let house = house().await;
    let ((key, account), session) = (kind.wallet(&house, 1), SessionKey::generate(&mut OsRng));
    let good = new_sign_in(&house, account, &session).await;
    let signed = |sign_in: &SignIn| NewSession {
        signature: key.sign_message(&sign_in.message().unwrap()),
        sign_in: sign_in.clone(),
    };
    let mut new = signed(&good);
    match replay {
        Replay::Again => {
            assert_eq!(house.post(PATH, &new).await.status, 201);
        }
        Replay::AfterRevoke => {
            let opened: Session = house.post(PATH, &new).await.json();
            let mut person = Person::without_profile(&house, 1).await;
            (person.session, person.session_id) = (session, opened.session_id.parse().unwrap());
            assert_eq!(person.delete(&house, "/v1/session").await.status, 204);
        }
        Replay::OtherNode => {
            let house = elsewhere().await;
            kind.wallet(&house, 1);
            return refused(&house.post(PATH, &new).await);
        }
        Replay::OtherProfile => new.sign_in.account = kind.wallet(&house, 2).1,
        Replay::OtherChain => new.sign_in.account = kind.on_second_chain(&house, &key, account),
        Replay::OtherContract => return not_named("contract"),
        Replay::Expired => {
            new = signed(&SignIn { expires_at: house.now() + 60, ..good });
            house.pass(60);
        }
        Replay::NotYetValid => new = signed(&SignIn { issued_at: house.now() + 61, ..good }),
    }
    refused(&house.post(PATH, &new).await)
}

pub async fn wallet_link(replay: Replay, kind: WalletKind) -> String {
    const PATH: &str = "/v1/profile/wallets";
    let house = house().await;
    let (person, other) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
    let (key, account) = kind.wallet(&house, 3);
    let (domain, nonce) = (DOMAIN.parse().unwrap(), challenge(&house).await);
    let good = WalletLink { domain, profile_id: person.profile_id, account, nonce, issued_at: house.now() };
    let signed = |link: &WalletLink| NewWallet {
        signature: key.sign_message(&link.message().unwrap()),
        link: link.clone(),
    };
    let mut new = signed(&good);
    match replay {
        Replay::Again | Replay::AfterRevoke => {
            let linked = person.post(&house, PATH, &new).await;
            assert_eq!(linked.status, 201);
            let wallets = linked.json::<Profile>().wallets;
            let own = Wallet::by_key(person.account.address());
            let wallet = wallets.into_iter().find(|wallet| *wallet != own).unwrap();
            assert_eq!(person.delete(&house, &format!("{PATH}/{wallet}")).await.status, 200);
        }
        Replay::OtherNode => {
            let house = elsewhere().await;
            kind.wallet(&house, 3);
            return refused(&Person::new(&house, 1).await.post(&house, PATH, &new).await);
        }
        Replay::OtherProfile => {
            new.link.profile_id = other.profile_id;
            return refused(&other.post(&house, PATH, &new).await);
        }
        Replay::OtherChain => new.link.account = kind.on_second_chain(&house, &key, account),
        Replay::OtherContract => return not_named("contract"),
        Replay::Expired => house.pass(301),
        Replay::NotYetValid => new = signed(&WalletLink { issued_at: house.now() + 61, ..good }),
    }
    refused(&person.post(&house, PATH, &new).await)
}

/// A statement is made to be shown to anybody, anywhere. What must not happen is that an old one, or one of somebody else's, becomes the profile's.
pub async fn key_statement(replay: Replay, kind: WalletKind) -> String {
    const PATH: &str = "/v1/profile/key-statement";
    let house = house().await;
    let person = Person::of_kind(&house, kind, 1).await;
    let other = Person::of_kind(&house, kind, 2).await;
    let second = person.key_statement(&house, 2);
    let put = async |statement: &SignedKeyStatement| person.put(&house, PATH, statement).await;
    match replay {
        Replay::Again | Replay::AfterRevoke => {
            assert_eq!(put(&second).await.status, 200);
            assert_eq!(put(&person.key_statement(&house, 3)).await.status, 200);
            refused(&put(&second).await)
        }
        Replay::OtherNode => "- is true at every node".to_owned(),
        Replay::OtherProfile => refused(&other.put(&house, PATH, &second).await),
        Replay::OtherChain => {
            let mut elsewhere = second.clone();
            elsewhere.statement.account = kind.on_second_chain(&house, &person.key, person.account);
            refused(&put(&elsewhere).await)
        }
        Replay::OtherContract => not_named("contract"),
        Replay::Expired => "- stands until the next".to_owned(),
        Replay::NotYetValid => {
            let mut early = second.clone();
            early.statement.issued_at = house.now() + 61;
            early.signature = person.key.sign_message(&early.statement.message().unwrap());
            refused(&put(&early).await)
        }
    }
}

pub async fn access_request(replay: Replay) -> String {
    const PATH: &str = "/v1/requests";
    let house = house().await;
    let (person, other) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
    let good = new_access_request(&house, &person, None);
    let mut new = sign_request(good.clone(), &person.key);
    match replay {
        Replay::Again => {
            assert_eq!(person.post(&house, PATH, &new).await.status, 201);
            return "- is the same request, once".to_owned();
        }
        Replay::AfterRevoke => {
            assert_eq!(person.post(&house, PATH, &new).await.status, 201);
            assert_eq!(person.delete(&house, &format!("{PATH}/{}", good.id)).await.status, 204);
        }
        Replay::OtherNode => {
            let house = elsewhere().await;
            return refused(&Person::new(&house, 1).await.post(&house, PATH, &new).await);
        }
        Replay::OtherProfile => return refused(&other.post(&house, PATH, &new).await),
        Replay::OtherChain => {
            new.request.account = WalletKind::EvmKey.on_second_chain(&house, &person.key, person.account)
        }
        Replay::OtherContract => return not_named("contract"),
        Replay::Expired => {
            new = sign_request(AccessRequest { expires_at: house.now() + 60, ..good }, &person.key);
            house.pass(60);
        }
        Replay::NotYetValid => {
            new = sign_request(AccessRequest { issued_at: house.now() + 61, ..good }, &person.key);
        }
    }
    refused(&person.post(&house, PATH, &new).await)
}
