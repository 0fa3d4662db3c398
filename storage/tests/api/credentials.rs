//! `/v1/credentials`, `/v1/credentials/{data_id}`, `…/content`, `…/copies`

use idos_api::{
    ErrorCode,
    credentials::{Credential, CredentialPage, NewCopy, NewCredential},
};
use idos_grants::DataId;
use idos_testdb::each;

use crate::support::{House, Issuer, Person, data_id, random_box, sealed};

#[tokio::test]
async fn an_owner_stores_and_reads_her_own() {
    each(async |database| {
        let house = House::build(database).await;
        let (person, issuer) = (Person::new(&house, 1).await, Issuer::number(1));
        let content = random_box(4000);
        person.upload(&house, &content).await;
        let new = issuer.credential(sealed(data_id(), &content, &person));
        let stored = person.post(&house, "/v1/credentials", &new).await;
        assert_eq!(stored.status, 201);
        let credential: Credential = stored.json();
        assert_eq!(
            (credential.profile_id, credential.original, credential.size),
            (person.profile_id, None, 4000)
        );
        assert_eq!((&credential.public_notes, &credential.issuer), (&new.public_notes, &new.issuer));

        let path = format!("/v1/credentials/{}", credential.data_id);
        assert_eq!(person.get(&house, &path).await.json::<Credential>(), credential);
        let read = person.read(&house, credential.data_id).await;
        assert_eq!(read.body, content);
        assert_eq!(read.header("content-type"), Some("application/octet-stream"));
        assert_eq!(read.header("idos-sender-key"), Some(new.content.sender_key.to_string().as_str()));
        assert_eq!(read.header("etag"), Some(format!("\"{}\"", new.content.content_sha256).as_str()));
    })
    .await;
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_may_be_sent_again() {
    each(async |database| {
        let house = House::build(database).await;
        let (person, issuer) = (Person::new(&house, 1).await, Issuer::number(1));
        let content = random_box(100);
        person.upload(&house, &content).await;
        let new = issuer.credential(sealed(data_id(), &content, &person));
        let first: Credential = person.post(&house, "/v1/credentials", &new).await.json();
        house.pass(5);
        let again = person.post(&house, "/v1/credentials", &new).await;
        assert_eq!((again.status, again.json::<Credential>()), (200, first.clone()));

        let copy = random_box(100);
        person.upload(&house, &copy).await;
        let new = NewCopy { content: sealed(data_id(), &copy, &person), shared_with: None };
        let path = format!("/v1/credentials/{}/copies", first.data_id);
        let first: Credential = person.post(&house, &path, &new).await.json();
        let again = person.post(&house, &path, &new).await;
        assert_eq!((again.status, again.json::<Credential>()), (200, first));
    })
    .await;
}

#[tokio::test]
async fn a_data_id_and_an_upload_are_used_once() {
    each(async |database| {
        let house = House::build(database).await;
        let (person, other, issuer) =
            (Person::new(&house, 1).await, Person::new(&house, 2).await, Issuer::number(1));
        let (id, content) = person.store(&house, &issuer).await;
        let fresh = random_box(100);
        person.upload(&house, &fresh).await;
        other.upload(&house, &fresh).await;
        let table = [
            ("another content under that id", &person, sealed(id, &fresh, &person), (409, ErrorCode::Exists)),
            (
                "somebody else's content under that id",
                &other,
                sealed(id, &fresh, &other),
                (409, ErrorCode::Exists),
            ),
            (
                "content that was taken",
                &person,
                sealed(data_id(), &content, &person),
                (409, ErrorCode::ContentMissing),
            ),
            (
                "content of somebody else",
                &other,
                sealed(data_id(), &content, &other),
                (409, ErrorCode::ContentMissing),
            ),
            (
                "content never uploaded",
                &person,
                sealed(data_id(), b"never", &person),
                (409, ErrorCode::ContentMissing),
            ),
        ];
        for (name, person, content, error) in table {
            let answer = person.post(&house, "/v1/credentials", &issuer.credential(content)).await;
            assert_eq!(answer.error(), error, "{name}");
        }
        assert_eq!(person.read(&house, id).await.body, content);
    })
    .await;
}

#[tokio::test]
async fn notes_must_be_in_form_and_signed_by_their_issuer() {
    each(async |database| {
        let house = House::build(database).await;
        let (person, issuer) = (Person::new(&house, 1).await, Issuer::number(1));
        let content = random_box(100);
        person.upload(&house, &content).await;
        let good = issuer.credential(sealed(data_id(), &content, &person));
        let other = Issuer::number(2).credential(good.content.clone());
        let change = |change: &dyn Fn(&mut NewCredential)| {
            let mut new = good.clone();
            change(&mut new);
            new
        };
        let table = [
            ("altered", change(&|new| new.public_notes = new.public_notes.replace("plus", "best"))),
            ("no JSON", change(&|new| new.public_notes = "plus".to_owned())),
            ("an issuer who did not sign", change(&|new| new.issuer = other.issuer.clone())),
            ("another's notes", change(&|new| new.public_notes = other.public_notes.clone())),
            ("another's signature", change(&|new| new.notes_signature = other.notes_signature.clone())),
            ("a short signature", change(&|new| new.notes_signature = "0x12".to_owned())),
            (
                "too long",
                change(&|new| new.public_notes = format!("{}{}", new.public_notes, " ".repeat(4096))),
            ),
        ];
        for (name, new) in table {
            let answer = person.post(&house, "/v1/credentials", &new).await;
            assert_eq!(answer.error(), (422, ErrorCode::NotesInvalid), "{name}");
        }
        let mut body = serde_json::to_value(&good).unwrap();
        body["content"]["content_sha256"] = "12".into();
        assert_eq!(person.post(&house, "/v1/credentials", &body).await.error(), (400, ErrorCode::Malformed));
        body["content"]["data_id"] = "0x12".into();
        assert_eq!(person.post(&house, "/v1/credentials", &body).await.error(), (400, ErrorCode::Malformed));
        let nobody = Person::without_profile(&house, 2).await;
        assert_eq!(
            nobody.post(&house, "/v1/credentials", &good).await.error(),
            (403, ErrorCode::ProfileRequired)
        );
        assert_eq!(person.post(&house, "/v1/credentials", &good).await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn a_copy_is_made_of_ones_own_original_only() {
    each(async |database| {
        let house = House::build(database).await;
        let (owner, other, issuer) =
            (Person::new(&house, 1).await, Person::new(&house, 2).await, Issuer::number(1));
        let (original, _) = owner.store(&house, &issuer).await;
        let (copy, _) = owner.share(&house, original, &other).await;
        let content = random_box(100);
        owner.upload(&house, &content).await;
        other.upload(&house, &content).await;
        let share = async |who: &Person, of: DataId| {
            let new = NewCopy { content: sealed(data_id(), &content, &other), shared_with: None };
            who.post(&house, &format!("/v1/credentials/{of}/copies"), &new).await
        };
        assert_eq!(share(&owner, copy).await.error(), (409, ErrorCode::CopyOfCopy));
        let foreign = share(&other, original).await;
        let missing = share(&other, data_id()).await;
        assert_eq!(foreign.error(), (404, ErrorCode::NotFound));
        assert_eq!(foreign.comparable(), missing.comparable());
        assert_eq!(share(&other, copy).await.comparable(), missing.comparable());

        let path = format!("/v1/credentials/{copy}");
        let (shown, source): (Credential, Credential) = (
            owner.get(&house, &path).await.json(),
            owner.get(&house, &format!("/v1/credentials/{original}")).await.json(),
        );
        assert_eq!((shown.original, shown.public_notes), (Some(original), source.public_notes));
    })
    .await;
}

#[tokio::test]
async fn a_list_is_paged_and_holds_only_ones_own() {
    each(async |database| {
        let house = House::build(database).await;
        let (one, two, issuer) =
            (Person::new(&house, 1).await, Person::new(&house, 2).await, Issuer::number(1));
        let mut stored = Vec::new();
        for _ in 0..5 {
            stored.push(one.store(&house, &issuer).await.0);
            two.store(&house, &issuer).await;
        }
        stored.sort();
        let mut listed = Vec::new();
        let mut path = "/v1/credentials?limit=2".to_owned();
        let mut pages = 0;
        loop {
            let page: CredentialPage = one.get(&house, &path).await.json();
            assert!(page.credentials.len() <= 2);
            listed.extend(page.credentials.iter().map(|credential| credential.data_id));
            pages += 1;
            let Some(cursor) = page.next_cursor else { break };
            path = format!("/v1/credentials?limit=2&cursor={cursor}");
        }
        assert_eq!((listed, pages), (stored, 3));
        for query in ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=1-0x12", "page=2"] {
            let answer = one.get(&house, &format!("/v1/credentials?{query}")).await;
            assert_eq!(answer.error(), (400, ErrorCode::Malformed), "{query}");
        }
    })
    .await;
}
