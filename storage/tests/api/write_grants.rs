//! An issuer stores with its owner's consent.

use idos_api::{
    ErrorCode,
    credentials::{Consent, Credential, NewCredential, SignedWriteGrant},
    profiles::NewWallet,
    usage::{UsageItem, UsageReport},
};
use idos_grants::Account;
use idos_testdb::each;
use idos_wallets::{KeyedNonce, Wallet, WalletLink, WriteGrant};
use rand_core::OsRng;

use crate::support::{
    CHAIN, DOMAIN, House, Issuer, Key, Person, challenge, data_id, grants_contract, mirrored, random_box,
    sealed, status_contract,
};

pub struct Write {
    pub house: House,
    pub owner: Person,
    pub issuer: Person,
    signer: Issuer,
    content: Vec<u8>,
    copy: Vec<u8>,
}

impl Write {
    pub async fn prepare(database: idos_testdb::TestDatabase) -> Self {
        let house = House::build(database).await;
        let (owner, issuer) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let (content, copy) = (random_box(1000), random_box(900));
        issuer.upload(&house, &content).await;
        issuer.upload(&house, &copy).await;
        Self { house, owner, issuer, signer: Issuer::number(1), content, copy }
    }

    fn grant(&self) -> WriteGrant {
        WriteGrant {
            owner: self.owner.account,
            grantee: self.issuer.account,
            issuer_key: self.signer.0.did().key().to_bytes(),
            credential_id: data_id(),
            data_id: data_id(),
            locked_until: 0,
            not_before: self.house.now(),
            not_after: self.house.now() + 600,
            nonce: KeyedNonce::fresh(&mut OsRng),
        }
    }

    /// The write that `grant` allows, signed by `key` for `contract`.
    fn request(&self, grant: WriteGrant, key: &Key, contract: Account) -> NewCredential {
        let digest = grant.signable(&contract).map_or([0; 32], |signable| signable.digest());
        let content = sealed(grant.credential_id, &self.content, &self.owner);
        let issuer_copy = Some(sealed(grant.data_id, &self.copy, &self.issuer));
        let write_grant =
            SignedWriteGrant { contract, write_grant: grant, signature: key.sign_digest(&digest) };
        let consent = Consent { profile_id: self.owner.profile_id, write_grant, issuer_copy };
        NewCredential { consent: Some(consent), ..self.signer.credential(content) }
    }

    pub fn good(&self) -> NewCredential {
        self.request(self.grant(), &self.owner.key, grants_contract())
    }
}

#[tokio::test]
async fn what_an_issuer_stores_for_others_is_counted_once() {
    each(async |database| {
        let write = Write::prepare(database).await;
        let request = write.good();
        for status in [201, 200] {
            assert_eq!(write.issuer.post(&write.house, "/v1/credentials", &request).await.status, status);
        }
        let report: UsageReport = write.issuer.get(&write.house, "/v1/usage").await.json();
        let used: Vec<_> = report.rows.iter().map(|row| (row.item, row.uses, row.bytes)).collect();
        assert_eq!(used, [(UsageItem::CredentialsStored, 2, 1900)]);
        let report: UsageReport = write.owner.get(&write.house, "/v1/usage").await.json();
        assert_eq!(report.rows, []);
    })
    .await;
}

#[tokio::test]
async fn an_issuer_names_no_key_that_it_has_not_stated() {
    each(async |database| {
        let write = Write::prepare(database).await;
        let notes_key = Some(write.signer.0.did().to_string());
        let request = NewCredential { notes_key, ..write.good() };
        let refused = write.issuer.post(&write.house, "/v1/credentials", &request).await;
        assert_eq!(refused.error(), (422, ErrorCode::NotesInvalid));
    })
    .await;
}

#[tokio::test]
async fn an_issuer_stores_into_the_owners_profile_with_a_copy_of_its_own() {
    each(async |database| {
        let mut write = Write::prepare(database).await;
        let request = write.good();
        let grant = request.consent.as_ref().unwrap().write_grant.write_grant.clone();
        let answer = write.issuer.post(&write.house, "/v1/credentials", &request).await;
        assert_eq!(answer.status, 201);
        let stored: Credential = answer.json();
        assert_eq!((stored.profile_id, stored.data_id), (write.owner.profile_id, grant.credential_id));
        assert_eq!(write.owner.read(&write.house, grant.credential_id).await.body, write.content);

        // The copy is the owner's, and the issuer reads it by its grant on the chain like anybody else.
        assert_eq!(write.issuer.read(&write.house, grant.data_id).await.error(), (404, ErrorCode::NotFound));
        let now = write.house.now();
        write.house.grants.create(now, grant.owner, grant.grantee, grant.data_id, 0).await;
        assert_eq!(write.issuer.read(&write.house, grant.data_id).await.body, write.copy);
        assert_eq!(
            write.issuer.read(&write.house, grant.credential_id).await.error(),
            (404, ErrorCode::NotFound)
        );
    })
    .await;
}

#[tokio::test]
async fn a_write_grant_is_used_once() {
    each(async |database| {
        let mut write = Write::prepare(database).await;
        let request = write.good();
        assert_eq!(write.issuer.post(&write.house, "/v1/credentials", &request).await.status, 201);
        assert_eq!(
            write.issuer.post(&write.house, "/v1/credentials", &request).await.status,
            200,
            "its answer was lost"
        );

        let content = random_box(100);
        write.issuer.upload(&write.house, &content).await;
        let mut other = request.clone();
        other.content = sealed(request.content.data_id, &content, &write.owner);
        let used = (409, ErrorCode::WriteGrantUsed);
        assert_eq!(write.issuer.post(&write.house, "/v1/credentials", &other).await.error(), used);
        write.house.reopen().await;
        assert_eq!(write.issuer.post(&write.house, "/v1/credentials", &other).await.error(), used);
        let path = format!("/v1/credentials/{}", request.content.data_id);
        assert_eq!(write.owner.delete(&write.house, &path).await.status, 200);
        assert_eq!(
            write.issuer.post(&write.house, "/v1/credentials", &other).await.error(),
            used,
            "nor after a deletion"
        );
    })
    .await;
}

#[tokio::test]
async fn what_the_owner_did_not_consent_to_is_refused_and_keeps_the_grant() {
    each(async |database| {
        let write = Write::prepare(database).await;
        let (owner, other) = (&write.owner.key, Person::new(&write.house, 3).await);
        let now = write.house.now();
        let by = |key: &Key, change: &dyn Fn(&mut WriteGrant)| {
            let mut grant = write.grant();
            change(&mut grant);
            write.request(grant, key, grants_contract())
        };
        let after = |change: &dyn Fn(&mut NewCredential)| {
            let mut request = write.good();
            change(&mut request);
            request
        };
        fn consent(new: &mut NewCredential) -> &mut Consent {
            new.consent.as_mut().unwrap()
        }
        let (invalid, signature) = ((403, ErrorCode::WriteGrantInvalid), (403, ErrorCode::SignatureInvalid));
        let expired = (403, ErrorCode::Expired);
        let table = [
            ("another's signature", by(&other.key, &|_| ()), signature),
            (
                "changed after it was signed",
                after(&|new| consent(new).write_grant.write_grant.locked_until = 1),
                signature,
            ),
            (
                "high s",
                after(&|new| {
                    let s = mirrored(&consent(new).write_grant.signature);
                    consent(new).write_grant.signature = s;
                }),
                signature,
            ),
            ("another owner", by(&other.key, &|grant| grant.owner = other.account), invalid),
            ("another profile", after(&|new| consent(new).profile_id = other.profile_id), invalid),
            ("a profile that is none", after(&|new| consent(new).profile_id = uuid::Uuid::new_v4()), invalid),
            ("another grantee", by(owner, &|grant| grant.grantee = other.account), invalid),
            ("another issuer's key", by(owner, &|grant| grant.issuer_key = [7; 32]), invalid),
            ("another id", after(&|new| new.content.data_id = data_id()), invalid),
            (
                "another id for the copy",
                after(&|new| consent(new).issuer_copy.as_mut().unwrap().data_id = data_id()),
                invalid,
            ),
            ("one id for both", by(owner, &|grant| grant.data_id = grant.credential_id), invalid),
            ("not yet", by(owner, &|grant| grant.not_before = now + 61), expired),
            ("no longer", by(owner, &|grant| grant.not_after = now - 61), expired),
            (
                "another contract",
                write.request(write.grant(), owner, Account::evm(CHAIN, [1; 20])),
                (422, ErrorCode::UnknownContract),
            ),
            (
                "a contract of another kind",
                write.request(write.grant(), owner, status_contract()),
                (422, ErrorCode::UnknownContract),
            ),
            (
                "another chain",
                by(owner, &|grant| {
                    grant.owner =
                        Account::new(idos_grants::ChainId::Eip155(1), grant.owner.address()).unwrap()
                }),
                invalid,
            ),
        ];
        for (name, request, error) in table {
            let answer = write.issuer.post(&write.house, "/v1/credentials", &request).await;
            assert_eq!(answer.error(), error, "{name}");
        }
        let missing =
            after(&|new| consent(new).issuer_copy.as_mut().unwrap().content_sha256 = "00".repeat(32));
        assert_eq!(
            write.issuer.post(&write.house, "/v1/credentials", &missing).await.error(),
            (409, ErrorCode::ContentMissing)
        );
        let listed = write.owner.get(&write.house, "/v1/credentials").await;
        assert!(!listed.text().contains("0x"), "nothing was stored");
        let mut good = missing;
        consent(&mut good).issuer_copy = None;
        assert_eq!(write.issuer.post(&write.house, "/v1/credentials", &good).await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn a_minute_of_clock_skew_is_allowed() {
    each(async |database| {
        let write = Write::prepare(database).await;
        let now = write.house.now();
        let early = WriteGrant { not_before: now + 60, ..write.grant() };
        let request = write.request(early, &write.owner.key, grants_contract());
        assert_eq!(write.issuer.post(&write.house, "/v1/credentials", &request).await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn the_consent_of_an_unlinked_wallet_no_longer_counts() {
    each(async |database| {
        let write = Write::prepare(database).await;
        let (house, owner) = (&write.house, &write.owner);
        let second = Key::number(9);
        let account = second.account(CHAIN);
        let link = WalletLink {
            domain: DOMAIN.parse().unwrap(),
            profile_id: owner.profile_id,
            account,
            nonce: challenge(house).await,
            issued_at: house.now(),
        };
        let signature = second.sign_message(&link.message().unwrap());
        assert_eq!(
            owner.post(house, "/v1/profile/wallets", &NewWallet { link, signature }).await.status,
            201
        );
        let request =
            write.request(WriteGrant { owner: account, ..write.grant() }, &second, grants_contract());
        let path = format!("/v1/profile/wallets/{}", Wallet::by_key(account.address()));
        assert_eq!(owner.delete(house, &path).await.status, 200);
        let answer = write.issuer.post(house, "/v1/credentials", &request).await;
        assert_eq!(answer.error(), (403, ErrorCode::WriteGrantInvalid));
    })
    .await;
}
