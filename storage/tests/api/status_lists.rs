//! Status lists: what the node signs of its mirror.

use axum::{body::Body, http::Request};
use idos_api::ErrorCode;
use idos_credentials::{IssuerDid, ListReference, StatusList, StatusListError, verify_status_list};
use idos_grants::{Account, Purpose, Status};
use idos_testdb::each;

use crate::support::{Answer, CHAIN, House, grants_contract, status_contract};

const MAX_AGE_SECS: u64 = 600;

fn issuer() -> Account {
    Account::evm(CHAIN, [0x11; 20])
}

fn reference(purpose: Purpose) -> ListReference {
    ListReference { contract: status_contract(), issuer: issuer().address(), list: 3, purpose }
}

fn path(reference: &ListReference) -> String {
    format!("/v1/status-lists/{reference}")
}

#[track_caller]
fn read(house: &House, answer: &Answer, reference: &ListReference) -> Result<StatusList, StatusListError> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let node: IssuerDid = house.vault.did().parse().unwrap();
    verify_status_list(&answer.body, reference, &node, house.now(), MAX_AGE_SECS)
}

async fn is_set(house: &House, purpose: Purpose, index: u32) -> bool {
    let reference = reference(purpose);
    read(house, &house.get(&path(&reference)).await, &reference).unwrap().is_set(index)
}

#[tokio::test]
async fn a_list_is_what_the_contract_says_and_changes_with_it() {
    each(async |database| {
        let mut house = House::build(database).await;
        let (revocation, suspension) = (Purpose::Revocation, Purpose::Suspension);
        assert!(!is_set(&house, revocation, 522).await, "nothing was ever written");
        let now = house.now();
        house.statuses.set_status(now, issuer(), 3, 522, Status::Suspended).await;
        assert!(is_set(&house, suspension, 522).await && !is_set(&house, revocation, 522).await);
        house.statuses.set_status(now, issuer(), 3, 522, Status::Valid).await;
        assert!(!is_set(&house, suspension, 522).await, "reinstated");
        house.statuses.set_status(now, issuer(), 3, 522, Status::Revoked).await;
        assert!(is_set(&house, revocation, 522).await && !is_set(&house, revocation, 521).await);

        let other = ListReference { list: 4, ..reference(revocation) };
        let answer = house.get(&path(&other)).await;
        assert!(!read(&house, &answer, &other).unwrap().is_set(522));
        assert_eq!(
            read(&house, &answer, &reference(revocation)),
            Err(StatusListError::OtherList),
            "no list passes for another"
        );
        let list =
            read(&house, &house.get(&path(&reference(revocation))).await, &reference(revocation)).unwrap();
        assert_eq!((list.seen_block, list.seen_at), (4, now), "it names the block that it takes in");
    })
    .await;
}

#[tokio::test]
async fn a_list_is_kept_while_nothing_changes_and_made_anew_when_something_does() {
    each(async |database| {
        let mut house = House::build(database).await;
        let path = path(&reference(Purpose::Revocation));
        let first = house.get(&path).await;
        assert_eq!(first.header("cache-control"), Some("public, max-age=30"));
        assert_eq!(first.header("content-type"), Some("application/vc"));
        let etag = first.header("etag").unwrap().to_owned();
        assert_eq!(house.get(&path).await.body, first.body);

        let conditional = async |house: &House| {
            let request = Request::get(&path).header("if-none-match", &etag).body(Body::empty()).unwrap();
            house.ask(request).await
        };
        let same = conditional(&house).await;
        assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, Some(etag.as_str())));
        let now = house.now();
        house.statuses.set_status(now, issuer(), 3, 7, Status::Revoked).await;
        assert_eq!(conditional(&house).await.status, 200);

        house.pass_with_chain(31).await;
        let later = house.get(&path).await;
        house.pass_with_chain(31).await;
        assert_ne!(house.get(&path).await.body, later.body, "its times go on");
    })
    .await;
}

#[tokio::test]
async fn no_list_is_served_by_a_mirror_that_is_not_to_be_relied_on() {
    each(async |database| {
        let mut house = House::build(database).await;
        let good = path(&reference(Purpose::Revocation));
        assert_eq!(house.get(&good).await.status, 200);
        house.pass(61);
        assert_eq!(house.get(&good).await.error(), (503, ErrorCode::MirrorStale), "not from memory either");
        house.pass_with_chain(0).await;
        assert_eq!(house.get(&good).await.status, 200);
        house.statuses.break_it().await;
        assert_eq!(house.get(&good).await.error(), (503, ErrorCode::MirrorInconsistent));
    })
    .await;
}

#[tokio::test]
async fn what_names_no_list_is_refused() {
    each(async |database| {
        let house = House::build(database).await;
        let good = path(&reference(Purpose::Revocation));
        let malformed = (400, ErrorCode::Malformed);
        let unknown = (422, ErrorCode::UnknownContract);
        let table = [
            ("another purpose", good.replace("revocation", "refresh"), malformed),
            ("a number spelled otherwise", good.replace("/3/", "/03/"), malformed),
            ("a number too large", good.replace("/3/", "/4294967296/"), malformed),
            ("a negative number", good.replace("/3/", "/-3/"), malformed),
            ("an issuer of another family", good.replace("0x1111", "alice.1111"), malformed),
            ("an address in other letters", good.replace("0xdd", "0xDD"), malformed),
            ("no UTF-8", good.replace("/3/", "/%ff/"), malformed),
            ("a contract that is not followed", good.replace("dddd", "eeee"), unknown),
            (
                "a contract of another kind",
                good.replace(&status_contract().to_string(), &grants_contract().to_string()),
                unknown,
            ),
        ];
        for (name, path, error) in table {
            assert_eq!(house.get(&path).await.error(), error, "{name}: {path}");
        }
        assert_eq!(house.get(&good.replace("/revocation", "")).await.error(), (404, ErrorCode::NoSuchRoute));
    })
    .await;
}
