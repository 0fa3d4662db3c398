//! A person's consent to a profile, and the signature by which only the issuer that she named can use it.

use idos_api::profiles::NewProfileFor;
use idos_wallets::ProfileConsent;

use super::{
    super::request::{issuer_signature, new_profile_for, profile_for},
    Replay,
    message::{elsewhere, house},
    not_named, refused,
};
use crate::support::{House, Issuer, Key, Person, WalletKind};

const PATH: &str = "/v1/profiles";

/// The consent, signed anew by the issuer wherever it was changed after its person signed it.
pub async fn profile_consent(replay: Replay) -> String {
    let (house, issuer, key) = (house().await, Issuer::number(1), Key::number(300));
    let staff = Person::new(&house, 1).await;
    let good = new_profile_for(&house, &issuer);
    let changed = |change: &dyn Fn(&mut NewProfileFor)| {
        let mut new = good.clone();
        change(&mut new);
        new.issuer_signature = issuer_signature(&issuer, &new.consent);
        new
    };
    let new = match replay {
        Replay::Again => {
            assert_eq!(staff.post(&house, PATH, &good).await.status, 201);
            assert_eq!(staff.post(&house, PATH, &good).await.status, 200);
            return "- is the same profile, once".to_owned();
        }
        Replay::AfterRevoke => {
            assert_eq!(staff.post(&house, PATH, &good).await.status, 201);
            delete_profile(&house, &key, &good.consent).await;
            good
        }
        Replay::OtherNode => return at_another_node(&good).await,
        Replay::OtherProfile => changed(&|new| {
            new.consent.profile_id = uuid::Uuid::new_v4();
            new.key_statement.statement.profile_id = new.consent.profile_id;
        }),
        Replay::OtherChain => {
            let there = WalletKind::EvmKey.on_second_chain(&house, &key, good.consent.account);
            changed(&|new| {
                new.consent.account = there;
                new.key_statement.statement.account = there;
            })
        }
        Replay::OtherContract => return not_named("contract"),
        Replay::Expired => {
            house.pass(3600);
            good
        }
        Replay::NotYetValid => {
            let issued_at = house.now() + 61;
            profile_for(&house, &issuer, ProfileConsent { issued_at, ..good.consent })
        }
    };
    refused(&staff.post(&house, PATH, &new).await)
}

/// The issuer's signature alone, with another consent or by another sender.
pub async fn counter_signature(replay: Replay) -> String {
    let (house, issuer) = (house().await, Issuer::number(1));
    let (staff, other) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
    let good = new_profile_for(&house, &issuer);
    let for_another = |consent: ProfileConsent| {
        let issuer_signature = good.issuer_signature.clone();
        NewProfileFor { issuer_signature, ..profile_for(&house, &issuer, consent) }
    };
    let new = match replay {
        Replay::Again => for_another(new_profile_for(&house, &issuer).consent),
        Replay::OtherProfile => {
            // It is the issuer's word for whoever sends it: the person gets what she consented to, once.
            assert_eq!(other.post(&house, PATH, &good).await.status, 201);
            let late = refused(&staff.post(&house, PATH, &good).await);
            return format!("- whoever sends it first makes her profile; then {late}");
        }
        Replay::OtherNode => return at_another_node(&good).await,
        Replay::OtherChain => {
            let key = Key::number(300);
            let account = WalletKind::EvmKey.on_second_chain(&house, &key, good.consent.account);
            for_another(ProfileConsent { account, ..good.consent.clone() })
        }
        Replay::OtherContract => return not_named("contract"),
        Replay::AfterRevoke => {
            assert_eq!(staff.post(&house, PATH, &good).await.status, 201);
            delete_profile(&house, &Key::number(300), &good.consent).await;
            for_another(new_profile_for(&house, &issuer).consent)
        }
        Replay::Expired => {
            for_another(ProfileConsent { expires_at: house.now() + 7200, ..good.consent.clone() })
        }
        Replay::NotYetValid => return "- names no time of its own".to_owned(),
    };
    refused(&staff.post(&house, PATH, &new).await)
}

async fn at_another_node(good: &NewProfileFor) -> String {
    let house = elsewhere().await;
    refused(&Person::new(&house, 1).await.post(&house, PATH, good).await)
}

async fn delete_profile(house: &House, key: &Key, consent: &ProfileConsent) {
    let Key::Evm(secret) = key else { panic!("not an EVM wallet") };
    let person = Person::signed_in(house, Key::Evm(secret.clone()), consent.account).await;
    let path = format!("/v1/profile?profile_id={}", consent.profile_id);
    assert_eq!(person.delete(house, &path).await.status, 200);
}
