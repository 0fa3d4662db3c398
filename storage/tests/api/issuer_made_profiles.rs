//! `POST /v1/profiles`

use idos_api::{
    ErrorCode,
    profiles::{NewProfileFor, Profile, ProfileAnswer, ProfileFor},
};
use idos_credentials::sign_profile_consent;
use idos_grants::Account;
use idos_testdb::each;
use idos_wallets::{KeyPermission, KeyStatement, ProfileConsent, Wallet};
use uuid::Uuid;

use crate::support::{Answer, CHAIN, DOMAIN, House, Issuer, Key, Person, WalletKind};

const PATH: &str = "/v1/profiles";

/// A person who is not signed in, and the issuer that makes her profile.
struct Scene {
    house: House,
    staff: Person,
    issuer: Issuer,
    key: Key,
    account: Account,
}

impl Scene {
    async fn set(database: idos_testdb::TestDatabase) -> Self {
        let house = House::build(database).await;
        let staff = Person::new(&house, 1).await;
        let key = Key::number(2);
        let account = key.account(CHAIN);
        Self { house, staff, issuer: Issuer::number(1), key, account }
    }

    fn consent(&self) -> ProfileConsent {
        ProfileConsent {
            domain: DOMAIN.parse().unwrap(),
            profile_id: Uuid::new_v4(),
            account: self.account,
            encryption_key: [9; 32],
            kdf: "".parse().unwrap(),
            issuer: self.issuer.0.did().as_str().parse().unwrap(),
            nonce: Uuid::new_v4().simple().to_string().parse().unwrap(),
            issued_at: self.house.now(),
            expires_at: self.house.now() + 3600,
        }
    }

    /// Both messages signed by `key`, and used by `issuer`.
    fn signed_by(&self, key: &Key, issuer: &Issuer, consent: ProfileConsent) -> NewProfileFor {
        let message = consent.message().unwrap();
        let statement = KeyStatement {
            profile_id: consent.profile_id,
            account: consent.account,
            encryption_key: consent.encryption_key,
            kdf: consent.kdf.clone(),
            version: 1,
            issued_at: self.house.now(),
        };
        NewProfileFor {
            signature: key.sign_message(&message),
            key_statement: stated(key, statement),
            issuer_signature: issuer_signature(issuer, &consent),
            consent,
        }
    }

    fn request(&self, consent: ProfileConsent) -> NewProfileFor {
        self.signed_by(&self.key, &self.issuer, consent)
    }

    async fn make(&self, request: &NewProfileFor) -> Answer {
        self.staff.post(&self.house, PATH, request).await
    }
}

fn issuer_signature(issuer: &Issuer, consent: &ProfileConsent) -> String {
    let digest = consent.message().unwrap().digest();
    format!("0x{}", hex::encode(sign_profile_consent(&issuer.0, &digest)))
}

fn stated(key: &Key, statement: KeyStatement) -> idos_api::profiles::SignedKeyStatement {
    let signature = key.sign_message(&statement.message().unwrap());
    idos_api::profiles::SignedKeyStatement { statement, signature, node_set: None }
}

#[tokio::test]
async fn an_issuer_makes_a_profile_that_the_persons_wallet_then_opens() {
    each(async |database| {
        let scene = Scene::set(database).await;
        let request = scene.request(scene.consent());
        let made = scene.make(&request).await;
        assert_eq!(made.status, 201);
        let made: ProfileFor = made.json();
        let expected = ProfileFor {
            profile_id: request.consent.profile_id,
            account: scene.account,
            created_at: scene.house.now(),
        };
        assert_eq!(made, expected);

        let person = Person::without_profile(&scene.house, 2).await;
        let profile = person.get(&scene.house, "/v1/profile").await.json::<ProfileAnswer>().profile.unwrap();
        assert_eq!(profile.id, made.profile_id);
        assert_eq!(profile.wallets, [Wallet::by_key(scene.account.address())]);
        assert_eq!(profile.key_statement.as_ref(), Some(&request.key_statement));
        // It is hers alone: the issuer has no way in.
        let staff: Profile =
            scene.staff.get(&scene.house, "/v1/profile").await.json::<ProfileAnswer>().profile.unwrap();
        assert_ne!(staff.id, made.profile_id);
        person.store(&scene.house, &scene.issuer).await;
    })
    .await;
}

#[tokio::test]
async fn the_very_same_request_gets_the_same_answer_and_makes_nothing_new() {
    each(async |database| {
        let mut scene = Scene::set(database).await;
        let consent = ProfileConsent { expires_at: scene.house.now() + 1000, ..scene.consent() };
        let request = scene.request(consent);
        let made: ProfileFor = scene.make(&request).await.json();
        scene.house.pass(100);
        let again = scene.make(&request).await;
        assert_eq!((again.status, again.json::<ProfileFor>()), (200, made.clone()));
        scene.house.reopen().await;
        assert_eq!(scene.make(&request).await.json::<ProfileFor>(), made);

        let colleague = Person::new(&scene.house, 8).await;
        let stolen = colleague.post(&scene.house, PATH, &request).await;
        assert_eq!(stolen.error(), (409, ErrorCode::NonceInvalid), "used by the one who was first");
        scene.house.pass(900);
        assert_eq!(scene.make(&request).await.error(), (403, ErrorCode::Expired));
    })
    .await;
}

#[tokio::test]
async fn two_requests_at_once_make_one_profile() {
    each(async |database| {
        let scene = Scene::set(database).await;
        let request = scene.request(scene.consent());
        let (one, two) = futures::join!(scene.make(&request), scene.make(&request));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 201]);
        assert_eq!(one.json::<ProfileFor>(), two.json::<ProfileFor>());
    })
    .await;
}

#[tokio::test]
async fn a_consent_is_of_no_use_elsewhere_otherwise_later_or_twice() {
    each(async |database| {
        let scene = Scene::set(database).await;
        let (other_issuer, other_key) = (Issuer::number(2), Key::number(3));
        let now = scene.house.now();
        let with = |change: &dyn Fn(&mut ProfileConsent)| {
            let mut consent = scene.consent();
            change(&mut consent);
            scene.request(consent)
        };
        let altered = |change: &dyn Fn(&mut NewProfileFor)| {
            let mut request = scene.request(scene.consent());
            change(&mut request);
            request
        };
        // As a cheating issuer would: what it changes it signs anew, but cannot have the person sign.
        let resigned = |change: &dyn Fn(&mut NewProfileFor)| {
            altered(&|request| {
                change(request);
                request.issuer_signature = issuer_signature(&scene.issuer, &request.consent);
            })
        };
        let restated = |change: &dyn Fn(&mut KeyStatement)| {
            altered(&|request| {
                let mut statement = request.key_statement.statement.clone();
                change(&mut statement);
                request.key_statement = stated(&scene.key, statement);
            })
        };
        let (invalid, signature) =
            ((403, ErrorCode::ProfileConsentInvalid), (403, ErrorCode::SignatureInvalid));
        let (expired, malformed) = ((403, ErrorCode::Expired), (400, ErrorCode::Malformed));
        let nameless = format!("did:key:z6Mk{}", "s".repeat(44));
        let table = [
            (
                "another node's",
                with(&|c| c.domain = "evil.example.com".parse().unwrap()),
                (403, ErrorCode::WrongDomain),
            ),
            ("expired", with(&|c| (c.issued_at, c.expires_at) = (now - 10, now)), expired),
            ("not yet valid", with(&|c| c.issued_at = now + 61), expired),
            ("valid for too long", with(&|c| c.expires_at = now + 86_401), expired),
            ("no random id", with(&|c| c.profile_id = Uuid::nil()), malformed),
            (
                "somebody's profile id",
                with(&|c| c.profile_id = scene.staff.profile_id),
                (409, ErrorCode::Exists),
            ),
            ("an issuer that is no key", with(&|c| c.issuer = nameless.parse().unwrap()), invalid),
            ("another issuer uses it", scene.signed_by(&scene.key, &other_issuer, scene.consent()), invalid),
            (
                "another issuer puts in its name",
                altered(&|request| {
                    request.consent.issuer = other_issuer.0.did().as_str().parse().unwrap();
                    request.issuer_signature = issuer_signature(&other_issuer, &request.consent);
                }),
                signature,
            ),
            ("another wallet signed", scene.signed_by(&other_key, &scene.issuer, scene.consent()), signature),
            (
                "another profile",
                resigned(&|r| {
                    r.consent.profile_id = Uuid::new_v4();
                    r.key_statement.statement.profile_id = r.consent.profile_id;
                }),
                signature,
            ),
            (
                "another key",
                resigned(&|r| {
                    r.consent.encryption_key = [8; 32];
                    r.key_statement.statement.encryption_key = [8; 32];
                }),
                signature,
            ),
            ("another nonce", resigned(&|r| r.consent.nonce = "12345678".parse().unwrap()), signature),
            ("prolonged", resigned(&|r| r.consent.expires_at += 1), signature),
            ("a statement of another profile", restated(&|s| s.profile_id = Uuid::new_v4()), invalid),
            ("a statement of another key", restated(&|s| s.encryption_key = [8; 32]), invalid),
            ("a statement of another origin", restated(&|s| s.kdf = "scrypt".parse().unwrap()), invalid),
            ("a statement of another account", restated(&|s| s.account = other_key.account(CHAIN)), invalid),
            ("a statement nobody signed", altered(&|r| r.key_statement.statement.issued_at -= 1), signature),
            ("not the first statement", restated(&|s| s.version = 2), (422, ErrorCode::KeyStatementInvalid)),
            ("no issuer's signature", altered(&|r| r.issuer_signature = String::new()), malformed),
            ("too short a signature", altered(&|r| r.issuer_signature.truncate(40)), malformed),
        ];
        for (name, request, error) in table {
            assert_eq!(scene.make(&request).await.error(), error, "{name}");
        }
        let nobody = Person::without_profile(&scene.house, 2).await;
        assert_eq!(
            nobody.get(&scene.house, "/v1/profile").await.json::<ProfileAnswer>().profile,
            None,
            "nothing was made"
        );
        let good = scene.request(scene.consent());
        assert_eq!(nobody.post(&scene.house, PATH, &good).await.error(), (403, ErrorCode::ProfileRequired));
        assert_eq!(scene.house.post(PATH, &good).await.error(), (401, ErrorCode::Unauthenticated));
        let mut body = serde_json::to_value(&good).unwrap();
        body["more"] = 1.into();
        assert_eq!(scene.staff.post(&scene.house, PATH, &body).await.error(), malformed, "unknown field");
        assert_eq!(scene.make(&good).await.status, 201);
        let second = scene.request(scene.consent());
        assert_eq!(
            scene.make(&second).await.error(),
            (409, ErrorCode::WalletTaken),
            "a wallet has one profile"
        );
        let same_nonce =
            scene.request(ProfileConsent { nonce: good.consent.nonce.clone(), ..scene.consent() });
        assert_eq!(scene.make(&same_nonce).await.error(), (409, ErrorCode::NonceInvalid));
    })
    .await;
}

#[tokio::test]
async fn wallets_of_every_kind_consent() {
    each(async |database| {
        let scene = Scene::set(database).await;
        for kind in WalletKind::ALL {
            let (key, account) = kind.wallet(&scene.house, 40);
            let consent = ProfileConsent { account, ..scene.consent() };
            let request = scene.signed_by(&key, &scene.issuer, consent);
            let made = scene.make(&request).await;
            assert_eq!(made.status, 201, "{kind:?}: {}", made.text());
            let person = Person::signed_in(&scene.house, key, account).await;
            let answer = person.get(&scene.house, "/v1/profile").await.json::<ProfileAnswer>();
            assert_eq!(answer.profile.unwrap().id, request.consent.profile_id, "{kind:?}");
        }
        // A key that the chain does not let act for the account consents to nothing.
        let (key, account) = WalletKind::Near.wallet(&scene.house, 41);
        scene.house.chain_accounts.set_permission(account, key.public(), KeyPermission::Limited);
        let request = scene.signed_by(&key, &scene.issuer, ProfileConsent { account, ..scene.consent() });
        assert_eq!(scene.make(&request).await.error(), (403, ErrorCode::SignatureInvalid));
    })
    .await;
}
