//! A credential of an owner's, stored by an issuer, and a copy on which three consumers have grants in different states.

use std::sync::Arc;

use axum::{body::Body, http::Request};
use idos_api::{
    credentials::{Consent, NewCredential, SignedWriteGrant},
    profiles::NewWallet,
};
use idos_grants::{Account, DataId, GrantChange};
use idos_sessions::SessionKey;
use idos_wallets::{KeyedNonce, Wallet, WalletLink, WriteGrant};
use rand_core::OsRng;

use super::{
    request::{Asked, Row},
    role::Role,
};
use uuid::Uuid;

use crate::support::{
    Answer, CHAIN, DOMAIN, Desk, House, Issuer, Key, Person, access_request, challenge, data_id, grant,
    grants_contract, random_box, sealed, sign_request, signed_call,
};

/// The key that the test's node signs with.
const NODE_KEY: [u8; 32] = [5; 32];

pub struct Scene {
    pub house: House,
    people: Vec<Person>,
    operator: Person,
    pub issuer: Issuer,
    /// Of the owner, stored by the issuer.
    pub original: DataId,
    /// Sealed for the issuer.
    pub issuer_copy: DataId,
    /// On which the consumers have grants.
    pub copy: DataId,
    /// Of the owner, under no grant.
    pub spare: DataId,
    /// Of the other owner, granted to whom the owner granted nothing.
    others_copy: DataId,
    /// The owner's second wallet.
    pub second_wallet: Wallet,
    /// By the granted consumer, to the owner.
    pub request: Uuid,
    /// By the granted consumer, to whoever knows its id.
    pub open_request: Uuid,
    /// What names a call that the owner has handed in for relaying.
    pub relayed: String,
}

impl Scene {
    /// Of the original's content.
    pub async fn original_sha256(&self, owner: &Person) -> String {
        let path = format!("/v1/credentials/{}", self.original);
        owner.get(&self.house, &path).await.json::<idos_api::credentials::Credential>().content_sha256
    }

    pub async fn set() -> Self {
        Self::set_at(None).await
    }

    /// At a database's URL, or on SQLite.
    pub async fn set_at(url: Option<String>) -> Self {
        let mut house = House::build_at(url, |config| config.relay = Arc::new(Desk::default())).await;
        let mut people = Vec::new();
        for role in Role::ALL {
            people.push(match role {
                Role::Newcomer | Role::Operator | Role::Nobody => {
                    Person::without_profile(&house, role.number()).await
                }
                _ => Person::new(&house, role.number()).await,
            });
        }
        let person = |role: Role| &people[role.number() as usize - 1];
        let (owner, issuer) = (person(Role::Owner), Issuer::number(1));
        let (original, issuer_copy) = issued(&house, owner, person(Role::Issuer), &issuer).await;
        let (copy, _) = owner.share(&house, original, person(Role::Granted)).await;
        let (spare, _) = owner.store(&house, &issuer).await;
        let others_copy = others(&house, &person).await;
        delete_one(&house, owner, &issuer).await;
        let second_wallet = link(&house, owner, &Key::number(100)).await;

        let consumer = person(Role::Granted);
        let request = publish(&house, consumer, Some(owner.account)).await;
        let open_request = publish(&house, consumer, None).await;

        let relayed = hand_in(&house, person(Role::Owner)).await;

        let created =
            |role| grant(GrantChange::Created, person(Role::Owner).account, person(role).account, copy, 0);
        let revoked =
            |role| grant(GrantChange::Revoked, person(Role::Owner).account, person(role).account, copy, 0);
        let now = house.now();
        let own_copy = (person(Role::Owner).account, person(Role::Issuer).account);
        house.grants.create(now, own_copy.0, own_copy.1, issuer_copy, 0).await;
        let to_other = (person(Role::OtherOwner).account, person(Role::Ungranted).account);
        house.grants.create(now, to_other.0, to_other.1, others_copy, 0).await;
        house.grants.block(now, &[created(Role::Granted), created(Role::Revoked)], 0).await;
        house.grants.block(now, &[revoked(Role::Revoked)], 0).await;
        house.grants.block(now, &[created(Role::Unfinal)], 1).await;
        for (reader, of) in [(Role::Granted, copy), (Role::Ungranted, others_copy)] {
            assert_eq!(person(reader).read(&house, of).await.status, 200);
        }
        let of_owner = person(Role::Owner);
        let operator = Person {
            key: Key::number(Role::Operator.number()),
            account: of_owner.account,
            profile_id: of_owner.profile_id,
            encryption: idos_keys::EncryptionSecret::generate(&mut OsRng),
            session: SessionKey::from_bytes(&NODE_KEY),
            session_id: of_owner.session_id,
            read_key: None,
            domain: house.domain(),
        };
        Self {
            house,
            people,
            operator,
            issuer,
            original,
            issuer_copy,
            copy,
            spare,
            others_copy,
            second_wallet,
            request,
            open_request,
            relayed,
        }
    }

    /// Somebody hands in a call that the owner has signed; its digest, whether or not it is taken.
    pub async fn hand_in(&self, who: &Person) -> String {
        hand_in(&self.house, who).await
    }

    /// Whose keys and account the role uses.
    pub fn person(&self, role: Role) -> &Person {
        match role {
            Role::Operator => &self.operator,
            role => &self.people[role.number() as usize - 1],
        }
    }

    /// Of which role a profile, an account or a copy is.
    pub fn role_of(&self, name: &str) -> Option<Role> {
        let copies = [(self.copy, Role::Owner), (self.others_copy, Role::OtherOwner)];
        if let Some((_, role)) = copies.into_iter().find(|(copy, _)| copy.to_string() == name) {
            return Some(role);
        }
        let is_named = |role: &Role| {
            let person = &self.people[role.number() as usize - 1];
            name == person.profile_id.to_string() || name == person.account.to_string()
        };
        Role::ALL.into_iter().find(is_named)
    }

    /// What the role is answered.
    pub async fn ask(&self, role: Role, row: &Row) -> Answer {
        let asked = row.ask(self, self.person(role)).await;
        self.house.ask(self.sent(role, row, asked)).await
    }

    /// What whoever may ask it asks.
    pub async fn asked(&self, row: &Row) -> Asked {
        row.ask(self, self.person(row.by())).await
    }

    /// A request as the role sends it.
    pub fn sent(&self, role: Role, row: &Row, asked: Asked) -> Request<Body> {
        match role {
            Role::Nobody => unsigned(asked),
            _ if row.is_public() => unsigned(asked),
            _ => self.person(role).signed(&self.house, asked.method, &asked.path, asked.body),
        }
    }
}

async fn hand_in(house: &House, who: &Person) -> String {
    let call = signed_call(Key::number(Role::Owner.number()).account(CHAIN));
    who.post(house, "/v1/relay", &call).await;
    call.digest()
}

async fn publish(house: &House, consumer: &Person, to: Option<Account>) -> Uuid {
    let signed = sign_request(access_request(house, consumer, to), &consumer.key);
    assert_eq!(consumer.post(house, "/v1/requests", &signed).await.status, 201);
    signed.request.id
}

fn unsigned(asked: Asked) -> Request<Body> {
    Request::builder().method(asked.method).uri(asked.path).body(asked.body.into()).unwrap()
}

/// What the others have among themselves, so that no list is empty because there is nothing to list: a credential by consent, a copy for a reader, a
/// request, a deletion. The copy.
async fn others<'a>(house: &House, person: &impl Fn(Role) -> &'a Person) -> DataId {
    let (owner, reader, issuer) = (person(Role::OtherOwner), person(Role::Ungranted), Issuer::number(2));
    let (original, _) = issued(house, owner, person(Role::OtherIssuer), &issuer).await;
    let (copy, _) = owner.share(house, original, reader).await;
    publish(house, reader, Some(owner.account)).await;
    delete_one(house, owner, &issuer).await;
    copy
}

/// Something is deleted, and its receipt stays.
async fn delete_one(house: &House, owner: &Person, issuer: &Issuer) {
    let (id, _) = owner.store(house, issuer).await;
    assert_eq!(owner.delete(house, &format!("/v1/credentials/{id}")).await.status, 200);
}

/// An original and a copy for the issuer, by the owner's consent.
async fn issued(house: &House, owner: &Person, issuer: &Person, signer: &Issuer) -> (DataId, DataId) {
    let new = consented(house, owner, issuer, signer).await;
    assert_eq!(issuer.post(house, "/v1/credentials", &new).await.status, 201);
    (new.content.data_id, new.consent.unwrap().issuer_copy.unwrap().data_id)
}

/// A write that the owner has consented to, its contents uploaded by `by`.
pub async fn consented(house: &House, owner: &Person, by: &Person, signer: &Issuer) -> NewCredential {
    consented_at(house, (owner, owner.account), (by, by.account), signer, grants_contract()).await
}

/// The same, for a contract and the accounts that they have there.
pub async fn consented_at(
    house: &House,
    (owner, of_owner): (&Person, Account),
    (by, of_issuer): (&Person, Account),
    signer: &Issuer,
    contract: Account,
) -> NewCredential {
    let (content, copy) = (random_box(300), random_box(200));
    by.upload(house, &content).await;
    by.upload(house, &copy).await;
    let write_grant = WriteGrant {
        owner: of_owner,
        grantee: of_issuer,
        issuer_key: signer.0.did().key().to_bytes(),
        credential_id: data_id(),
        data_id: data_id(),
        locked_until: 0,
        not_before: house.now(),
        not_after: house.now() + 600,
        nonce: KeyedNonce::fresh(&mut OsRng),
    };
    let signature = owner.key.sign(&write_grant.signable(&contract).unwrap());
    let original = sealed(write_grant.credential_id, &content, owner);
    let issuer_copy = Some(sealed(write_grant.data_id, &copy, by));
    let write_grant = SignedWriteGrant { contract, write_grant, signature };
    let consent = Some(Consent { profile_id: owner.profile_id, write_grant, issuer_copy });
    NewCredential { consent, ..signer.credential(original) }
}

/// Links another key's wallet.
async fn link(house: &House, person: &Person, key: &Key) -> Wallet {
    let new = new_wallet(house, person, key).await;
    assert_eq!(person.post(house, "/v1/profile/wallets", &new).await.status, 201);
    Wallet::by_key(new.link.account.address())
}

/// The proof that `key` wants to be a wallet of the person's profile.
pub async fn new_wallet(house: &House, person: &Person, key: &Key) -> NewWallet {
    let (domain, nonce) = (DOMAIN.parse().unwrap(), challenge(house).await);
    let (profile_id, issued_at) = (person.profile_id, house.now());
    let link = WalletLink { domain, profile_id, account: key.account(CHAIN), nonce, issued_at };
    let signature = key.sign_message(&link.message().unwrap());
    NewWallet { link, signature }
}
