//! Linking, signing in with and unlinking wallets of every kind.

use idos_api::{
    ErrorCode,
    profiles::{NewWallet, Profile, ProfileAnswer},
};
use idos_grants::{Account, GrantChange};
use idos_mirror::ContractKind;
use idos_testdb::each;
use idos_wallets::{KeyPermission, Wallet, WalletLink};
use uuid::Uuid;

use crate::support::{Chain, DOMAIN, House, Issuer, Key, Person, WalletKind, challenge, data_id, grant};

const PATH: &str = "/v1/profile/wallets";

async fn link(house: &House, key: &Key, account: Account, profile_id: Uuid) -> NewWallet {
    let nonce = challenge(house).await;
    let link =
        WalletLink { domain: DOMAIN.parse().unwrap(), profile_id, account, nonce, issued_at: house.now() };
    let signature = key.sign_message(&link.message().unwrap());
    NewWallet { link, signature }
}

/// The wallet of a profile that was linked last.
fn linked(before: &Profile, after: &Profile) -> Wallet {
    *after.wallets.iter().find(|wallet| !before.wallets.contains(wallet)).unwrap()
}

async fn profile(house: &House, person: &Person) -> Profile {
    person.get(house, "/v1/profile").await.json::<ProfileAnswer>().profile.unwrap()
}

#[tokio::test]
async fn a_backup_wallet_of_any_kind_is_enough_to_get_back_in_and_then_stays() {
    each(async |database| {
        let house = House::build(database).await;
        for (n, kind) in WalletKind::ALL.into_iter().enumerate() {
            let owner = Person::new(&house, 1 + 10 * n as u64).await;
            let (id, content) = owner.store(&house, &Issuer::number(1)).await;
            let (key, account) = kind.wallet(&house, 50 + n as u64);
            let before = profile(&house, &owner).await;
            let request = link(&house, &key, account, owner.profile_id).await;
            let after: Profile = owner.post(&house, PATH, &request).await.json();
            let backup_wallet = linked(&before, &after);

            let backup = Person::signed_in(&house, key, account).await;
            assert_eq!(profile(&house, &backup).await.id, owner.profile_id, "{kind:?}");
            let lost = format!("{PATH}/{}", before.wallets[0]);
            assert_eq!(backup.delete(&house, &lost).await.status, 200, "{kind:?}");
            assert_eq!(backup.read(&house, id).await.body, content, "{kind:?}");
            let last = format!("{PATH}/{backup_wallet}");
            assert_eq!(backup.delete(&house, &last).await.error(), (409, ErrorCode::LastWallet), "{kind:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_wallet_of_any_kind_is_linked_only_by_its_own_fresh_message_for_this_profile_once() {
    each(async |database| {
        let house = House::build(database).await;
        let (owner, other) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        for (n, kind) in WalletKind::ALL.into_iter().enumerate() {
            let (key, account) = kind.wallet(&house, 60 + n as u64);
            let (stranger, _) = kind.wallet(&house, 80 + n as u64);
            let good = link(&house, &key, account, owner.profile_id).await;
            let by = |key: &Key, change: &dyn Fn(&mut WalletLink)| {
                let mut link = good.link.clone();
                change(&mut link);
                let signature = key.sign_message(&link.message().unwrap());
                NewWallet { link, signature }
            };
            let signature = (403, ErrorCode::SignatureInvalid);
            let table = [
                ("another's signature", by(&stranger, &|_| ()), signature),
                ("for another profile", by(&key, &|l| l.profile_id = other.profile_id), signature),
                (
                    "for another node",
                    by(&key, &|l| l.domain = "evil.example.com".parse().unwrap()),
                    (403, ErrorCode::WrongDomain),
                ),
                ("too old", by(&key, &|l| l.issued_at -= 301), (403, ErrorCode::Expired)),
                (
                    "with a nonce of its own",
                    by(&key, &|l| l.nonce = "0".repeat(64).parse().unwrap()),
                    (409, ErrorCode::NonceInvalid),
                ),
            ];
            for (name, request, error) in table {
                assert_eq!(owner.post(&house, PATH, &request).await.error(), error, "{kind:?}, {name}");
            }
            assert_eq!(
                other.post(&house, PATH, &good).await.error(),
                signature,
                "{kind:?}: taken by another"
            );
            let before = profile(&house, &owner).await;
            let after: Profile = owner.post(&house, PATH, &good).await.json();
            let theirs = link(&house, &key, account, other.profile_id).await;
            assert_eq!(
                other.post(&house, PATH, &theirs).await.error(),
                (409, ErrorCode::WalletTaken),
                "{kind:?}"
            );
            let path = format!("{PATH}/{}", linked(&before, &after));
            assert_eq!(owner.delete(&house, &path).await.status, 200, "{kind:?}");
            let replayed = owner.post(&house, PATH, &good).await;
            assert_eq!(replayed.error(), (409, ErrorCode::NonceInvalid), "{kind:?}");
        }
        let (key, account) = WalletKind::Stellar.wallet(&house, 90);
        house.chain_accounts.set_permission(account, key.public(), KeyPermission::Limited);
        let request = link(&house, &key, account, owner.profile_id).await;
        assert_eq!(owner.post(&house, PATH, &request).await.error(), (403, ErrorCode::SignatureInvalid));
    })
    .await;
}

#[tokio::test]
async fn a_wallet_of_any_kind_stays_while_a_grant_of_it_is_locked_on_its_chain() {
    const NEAR: &str = "near:testnet:grants.testnet";
    const STELLAR: &str = "stellar:testnet:CA3D5KRYM6CB7OWQ6TWYRR3Z4T7GNZLKERYNZGGA5SOAOPIFY6YQGAXE";
    each(async |database| {
        let mut house = House::build(database).await;
        let contract = |text: &str| text.parse().unwrap();
        let mut near = Chain::register(&house.mirror, contract(NEAR), ContractKind::AccessGrants).await;
        let mut stellar = Chain::register(&house.mirror, contract(STELLAR), ContractKind::AccessGrants).await;
        for (n, kind) in WalletKind::ALL.into_iter().enumerate() {
            house.pass_with_chain(1).await;
            let now = house.now();
            near.block(now, &[], 0).await;
            stellar.block(now, &[], 0).await;
            let owner = Person::new(&house, 1 + 10 * n as u64).await;
            let (key, account) = kind.wallet(&house, 50 + n as u64);
            let before = profile(&house, &owner).await;
            let request = link(&house, &key, account, owner.profile_id).await;
            let after: Profile = owner.post(&house, PATH, &request).await.json();
            let path = format!("{PATH}/{}", linked(&before, &after));

            let (by, until) = (kind.granting(&key, account), now + 30);
            let (other, to) = kind.wallet(&house, 70 + n as u64);
            let locked = grant(GrantChange::Created, by, kind.granting(&other, to), data_id(), until);
            let chain = match kind {
                WalletKind::EvmKey | WalletKind::EvmContract => &mut house.grants,
                WalletKind::Near => &mut near,
                WalletKind::Stellar | WalletKind::Xrpl => &mut stellar,
            };
            chain.block(now, &[locked], 1).await;
            let refused = owner.delete(&house, &path).await;
            assert_eq!(refused.error(), (409, ErrorCode::Timelocked), "{kind:?}: though not final");
            assert!(refused.text().contains(&format!("\"locked_until\":{until}")), "{kind:?}");

            house.pass_with_chain(31).await;
            let now = house.now();
            near.block(now, &[], 0).await;
            stellar.block(now, &[], 0).await;
            assert_eq!(owner.delete(&house, &path).await.status, 200, "{kind:?}");
        }
    })
    .await;
}
