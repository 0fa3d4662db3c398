//! `PUT /v1/uploads/{sha256}`

use axum::http::Method;
use idos_api::{ErrorCode, credentials::Upload};
use idos_testdb::each;
use sha2::{Digest, Sha256};

use crate::support::{House, Issuer, Person, data_id, random_box, sealed};

fn path(content: &[u8]) -> String {
    format!("/v1/uploads/{}", hex::encode(Sha256::digest(content)))
}

#[tokio::test]
async fn content_is_kept_until_it_is_taken_and_may_be_sent_again() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        let content = random_box(300_000);
        let first = person.upload(&house, &content).await;
        assert_eq!(first.status, 201);
        let upload: Upload = first.json();
        assert_eq!((upload.size, upload.expires_at), (300_000, house.now() + 3600));
        assert_eq!(std::fs::read(&house.blobs()[0]).unwrap(), content, "it is on the disk");

        house.pass(10);
        let again = person.upload(&house, &content).await;
        assert_eq!((again.status, again.json::<Upload>()), (200, upload));
        assert_eq!(house.blobs().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn content_that_is_not_what_it_should_be_is_refused_and_leaves_nothing() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        let nobody = Person::without_profile(&house, 2).await;
        let (good, other) = (random_box(100), random_box(100));
        let json = br#"{"given_name": "Ada", "family_name": "Lovelace", "a": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;
        let huge = random_box(16 * 1024 * 1024 + 1);
        let put = |person: &Person, path: &str, body: &[u8]| person.signed(&house, Method::PUT, path, body.to_vec());
        let mut swapped = put(&person, &path(&good), &good);
        *swapped.body_mut() = other.clone().into();
        let upper = path(&good).to_uppercase().replace("/V1/UPLOADS", "/v1/uploads");
        let table = [
            ("another digest in the path", put(&person, &path(&other), &good), (422, ErrorCode::DigestMismatch)),
            ("another body than signed", swapped, (422, ErrorCode::DigestMismatch)),
            ("text", put(&person, &path(json), json), (422, ErrorCode::NotABox)),
            ("too short for a box", put(&person, &path(&good[..39]), &good[..39]), (422, ErrorCode::NotABox)),
            ("too large", put(&person, &path(&huge), &huge), (413, ErrorCode::TooLarge)),
            ("a short digest", put(&person, "/v1/uploads/1234", &good), (400, ErrorCode::Malformed)),
            ("a digest in upper case", put(&person, &upper, &good), (400, ErrorCode::Malformed)),
            ("no body", put(&person, &path(&[]), &[]), (401, ErrorCode::Unauthenticated)),
            ("no profile", put(&nobody, &path(&good), &good), (403, ErrorCode::ProfileRequired)),
        ];
        for (name, request, error) in table {
            assert_eq!(house.ask(request).await.error(), error, "{name}");
        }
        assert_eq!(house.blobs().len(), 0);
        assert_eq!(person.upload(&house, &good).await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn content_of_the_largest_size_is_taken() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        let content = random_box(16 * 1024 * 1024);
        assert_eq!(person.upload(&house, &content).await.status, 201);
        let id = data_id();
        let new = Issuer::number(1).credential(sealed(id, &content, &person));
        assert_eq!(person.post(&house, "/v1/credentials", &new).await.status, 201);
        let answer = person.read(&house, id).await;
        assert_eq!(answer.header("content-length"), Some("16777216"));
        assert!(answer.body == content);
    })
    .await;
}

#[tokio::test]
async fn what_nothing_takes_is_dropped_in_time() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        let content = random_box(100);
        assert_eq!(person.upload(&house, &content).await.status, 201);
        house.pass(3599);
        house.housekeeping().await;
        assert_eq!(house.blobs().len(), 1);
        house.pass(1);
        house.housekeeping().await;
        assert_eq!(house.blobs().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn waiting_content_is_bounded_by_profile() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        for n in 0..64 {
            assert_eq!(person.upload(&house, &random_box(100)).await.status, 201, "{n}");
        }
        let one_more = random_box(100);
        assert_eq!(person.upload(&house, &one_more).await.error(), (429, ErrorCode::LimitReached));
        assert_eq!(house.blobs().len(), 64);
        let other = Person::new(&house, 2).await;
        assert_eq!(other.upload(&house, &one_more).await.status, 201);
    })
    .await;
}
