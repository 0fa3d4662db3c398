//! `PUT /v1/credentials/{data_id}/content` and `GET /v1/profile/key-statements`

use idos_api::{
    ErrorCode,
    credentials::{Credential, NewContent, SealedContent},
    profiles::{KeyStatementPage, Profile},
};
use idos_grants::{DataId, GrantChange};
use idos_keys::EncryptionSecret;
use idos_testdb::each;
use rand_core::OsRng;

use crate::support::{Answer, House, Issuer, Person, data_id, grant, random_box, sealed};

async fn change_key(house: &House, person: &mut Person, version: u32) {
    person.encryption = EncryptionSecret::generate(&mut OsRng);
    let statement = person.key_statement(house, version);
    let answer = person.put(house, "/v1/profile/key-statement", &statement).await;
    assert_eq!(answer.json::<Profile>().key_statement, Some(statement));
}

async fn stored(house: &House, person: &Person, id: DataId) -> Credential {
    person.get(house, &format!("/v1/credentials/{id}")).await.json()
}

/// `content`, sealed for the person's present key, in the place of what is stored.
async fn resealed(house: &House, person: &Person, id: DataId, content: &[u8]) -> NewContent {
    person.upload(house, content).await;
    let SealedContent { content_sha256, sender_key, recipient_key, .. } = sealed(id, content, person);
    NewContent {
        replaces: stored(house, person, id).await.content_sha256,
        content_sha256,
        sender_key,
        recipient_key,
    }
}

async fn put(house: &House, person: &Person, id: DataId, new: &NewContent) -> Answer {
    person.put(house, &format!("/v1/credentials/{id}/content"), new).await
}

#[tokio::test]
async fn an_original_is_sealed_anew_and_its_old_content_is_gone() {
    each(async |database| {
        let mut house = House::build(database).await;
        let mut person = Person::new(&house, 1).await;
        let (id, old) = person.store(&house, &Issuer::number(1)).await;
        let before = stored(&house, &person, id).await;
        assert_eq!(person.read(&house, id).await.body, old, "it may be in memory");
        change_key(&house, &mut person, 2).await;

        let content = random_box(700);
        let new = resealed(&house, &person, id, &content).await;
        let answer = put(&house, &person, id, &new).await;
        assert_eq!(answer.status, 200);
        let after: Credential = answer.json();
        let expected = Credential {
            content_sha256: new.content_sha256.clone(),
            size: 700,
            sender_key: new.sender_key,
            recipient_key: person.encryption.public(),
            ..before
        };
        assert_eq!(after, expected, "all else is as it was");
        let read = person.read(&house, id).await;
        assert_eq!(read.body, content);
        assert_eq!(read.header("idos-sender-key"), Some(new.sender_key.to_string().as_str()));
        assert_eq!(house.blobs().len(), 1, "the old blob is gone");
        let gone = house.blobs().iter().all(|path| std::fs::read(path).unwrap() != old);
        assert!(gone);

        assert_eq!(
            put(&house, &person, id, &new).await.json::<Credential>(),
            expected,
            "its answer may have been lost"
        );
        house.reopen().await;
        assert_eq!(person.read(&house, id).await.body, content);
        assert_eq!(put(&house, &person, id, &new).await.json::<Credential>(), expected);
    })
    .await;
}

#[tokio::test]
async fn content_is_replaced_only_by_its_owner_for_the_key_that_she_states() {
    each(async |database| {
        let house = House::build(database).await;
        let (mut owner, other) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let (id, content) = owner.store(&house, &Issuer::number(1)).await;
        let (copy, _) = owner.share(&house, id, &other).await;
        let old_key = owner.encryption.public();
        change_key(&house, &mut owner, 2).await;
        let good = resealed(&house, &owner, id, &random_box(300)).await;
        let with = |change: &dyn Fn(&mut NewContent)| {
            let mut new = good.clone();
            change(&mut new);
            new
        };
        let never = hex::encode([7; 32]);
        let of_copy =
            NewContent { replaces: stored(&house, &owner, copy).await.content_sha256, ..good.clone() };
        let table = [
            ("a copy", &owner, copy, of_copy, (409, ErrorCode::NotAnOriginal)),
            ("somebody else", &other, id, good.clone(), (404, ErrorCode::NotFound)),
            ("nothing", &owner, data_id(), good.clone(), (404, ErrorCode::NotFound)),
            (
                "for the old key",
                &owner,
                id,
                with(&|new| new.recipient_key = old_key),
                (422, ErrorCode::WrongRecipientKey),
            ),
            (
                "for somebody else's key",
                &owner,
                id,
                with(&|new| new.recipient_key = other.encryption.public()),
                (422, ErrorCode::WrongRecipientKey),
            ),
            (
                "from other content",
                &owner,
                id,
                with(&|new| new.replaces = never.clone()),
                (409, ErrorCode::ContentChanged),
            ),
            (
                "content never uploaded",
                &owner,
                id,
                with(&|new| new.content_sha256 = never.clone()),
                (409, ErrorCode::ContentMissing),
            ),
            (
                "a digest in capitals",
                &owner,
                id,
                with(&|new| new.replaces.make_ascii_uppercase()),
                (400, ErrorCode::Malformed),
            ),
            ("no digest", &owner, id, with(&|new| new.content_sha256.clear()), (400, ErrorCode::Malformed)),
        ];
        for (name, person, id, new, error) in table {
            assert_eq!(put(&house, person, id, &new).await.error(), error, "{name}");
        }
        let mut unknown = serde_json::to_value(&good).unwrap();
        unknown["data_id"] = serde_json::to_value(id).unwrap();
        let path = format!("/v1/credentials/{id}/content");
        assert_eq!(owner.put(&house, &path, &unknown).await.error(), (400, ErrorCode::Malformed));
        assert_eq!(
            put(&house, &other, id, &good).await.comparable(),
            put(&house, &other, data_id(), &good).await.comparable(),
            "missing and foreign are alike"
        );
        assert_eq!(owner.read(&house, id).await.body, content, "nothing was replaced");
        assert_eq!(put(&house, &owner, id, &good).await.status, 200);
        let late = with(&|new| new.content_sha256 = hex::encode([8; 32]));
        assert_eq!(
            put(&house, &owner, id, &late).await.error(),
            (409, ErrorCode::ContentChanged),
            "by another device"
        );
    })
    .await;
}

#[tokio::test]
async fn a_timelock_forbids_to_replace_what_it_locks() {
    each(async |database| {
        let mut house = House::build(database).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let (id, content) = owner.store(&house, &Issuer::number(1)).await;
        let until = house.now() + 50;
        let locked = grant(GrantChange::Created, owner.account, reader.account, id, until);
        house.grants.block(house.now(), &[locked], 1).await;
        let new = resealed(&house, &owner, id, &random_box(300)).await;
        assert_eq!(
            put(&house, &owner, id, &new).await.error(),
            (409, ErrorCode::Timelocked),
            "though not final"
        );
        assert_eq!(owner.read(&house, id).await.body, content);
        house.pass_with_chain(51).await;
        assert_eq!(put(&house, &owner, id, &new).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn two_devices_that_seal_anew_at_once_leave_one_whole_content() {
    each(async |database| {
        let house = House::build(database).await;
        let owner = Person::new(&house, 1).await;
        let (id, _) = owner.store(&house, &Issuer::number(1)).await;
        let contents = [random_box(300), random_box(301)];
        let one = resealed(&house, &owner, id, &contents[0]).await;
        let two = resealed(&house, &owner, id, &contents[1]).await;
        let (first, second) = futures::join!(put(&house, &owner, id, &one), put(&house, &owner, id, &two));
        let statuses = [first.status, second.status];
        assert!(statuses.contains(&200) && statuses.contains(&409), "{statuses:?}");
        let kept = if first.status == 200 { &contents[0] } else { &contents[1] };
        assert_eq!(owner.read(&house, id).await.body, *kept);
    })
    .await;
}

#[tokio::test]
async fn past_key_statements_are_kept_for_their_owner_only() {
    each(async |database| {
        let house = House::build(database).await;
        let (mut owner, other) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let mut signed = vec![owner.key_statement(&house, 1)];
        for version in 2..=4 {
            change_key(&house, &mut owner, version).await;
            signed.insert(0, owner.key_statement(&house, version));
        }
        let path = "/v1/profile/key-statements";
        let all: KeyStatementPage = owner.get(&house, path).await.json();
        assert_eq!((all.key_statements, all.next_cursor), (signed.clone(), None));
        let first: KeyStatementPage = owner.get(&house, &format!("{path}?limit=3")).await.json();
        assert_eq!(first.key_statements, signed[..3]);
        let rest = format!("{path}?limit=3&cursor={}", first.next_cursor.unwrap());
        let rest: KeyStatementPage = owner.get(&house, &rest).await.json();
        assert_eq!((&rest.key_statements[..], rest.next_cursor), (&signed[3..], None));
        let theirs: KeyStatementPage = other.get(&house, path).await.json();
        assert_eq!(theirs.key_statements, [other.key_statement(&house, 1)]);
        let nobody = Person::without_profile(&house, 3).await;
        assert_eq!(nobody.get(&house, path).await.error(), (403, ErrorCode::ProfileRequired));
        assert_eq!(house.get(path).await.error(), (401, ErrorCode::Unauthenticated));
        for query in ["limit=0", "limit=101", "cursor=-1", "cursor=x", "page=2"] {
            assert_eq!(
                owner.get(&house, &format!("{path}?{query}")).await.error(),
                (400, ErrorCode::Malformed),
                "{query}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn old_key_statements_are_forgotten_unless_something_is_sealed_for_their_key() {
    each(async |database| {
        let house = House::build(database).await;
        let mut owner = Person::new(&house, 1).await;
        change_key(&house, &mut owner, 2).await;
        owner.store(&house, &Issuer::number(1)).await;
        for version in 3..=104 {
            change_key(&house, &mut owner, version).await;
        }
        let mut versions = Vec::new();
        for cursor in ["", "&cursor=5"] {
            let page = owner.get(&house, &format!("/v1/profile/key-statements?limit=100{cursor}")).await;
            let page: KeyStatementPage = page.json();
            versions.extend(page.key_statements.iter().map(|signed| signed.statement.version));
        }
        assert_eq!((versions[0], &versions[versions.len() - 3..]), (104, &[5, 4, 2][..]), "{versions:?}");
    })
    .await;
}
