//! `GET /v1/issuances`

use idos_api::{ErrorCode, credentials::IssuancePage, grants::GrantState};
use idos_testdb::each;

use crate::write_grants::Write;

#[tokio::test]
async fn an_issuer_sees_what_it_stored_and_how_its_grant_stands() {
    each(async |database| {
        let mut write = Write::prepare(database).await;
        let request = write.good();
        let terms = request.consent.as_ref().unwrap().write_grant.write_grant.clone();
        let list = async |write: &Write| {
            write.issuer.get(&write.house, "/v1/issuances").await.json::<IssuancePage>().issuances
        };
        assert!(list(&write).await.is_empty());
        assert_eq!(write.issuer.post(&write.house, "/v1/credentials", &request).await.status, 201);
        assert_eq!(write.issuer.post(&write.house, "/v1/credentials", &request).await.status, 200);
        let listed = list(&write).await;
        assert_eq!(listed.len(), 1, "once, however often it was sent");
        assert_eq!(
            (listed[0].data_id, listed[0].copy_data_id, listed[0].owner, listed[0].grantee, listed[0].grant),
            (terms.credential_id, Some(terms.data_id), Some(terms.owner), Some(terms.grantee), None)
        );

        let now = write.house.now();
        let (owner, grantee) = (terms.owner, terms.grantee);
        write.house.grants.create(now, grantee, owner, terms.data_id, 0).await;
        assert_eq!(list(&write).await[0].grant, None, "a grant the other way round is none");
        let event =
            crate::support::grant(idos_grants::GrantChange::Created, owner, grantee, terms.data_id, 0);
        write.house.grants.block(now, &[event], 1).await;
        assert_eq!(list(&write).await[0].grant, Some(GrantState::Pending));
        write.house.grants.block(now, &[], 0).await;
        assert_eq!(list(&write).await[0].grant, Some(GrantState::Final));
        write.house.grants.revoke(now, owner, grantee, terms.data_id).await;
        assert_eq!(list(&write).await[0].grant, Some(GrantState::Revoked));

        let path = format!("/v1/credentials/{}", terms.credential_id);
        assert_eq!(write.owner.delete(&write.house, &path).await.status, 200);
        assert_eq!(list(&write).await[0].grant, Some(GrantState::Revoked), "a deletion is not told");
        let others: IssuancePage = write.owner.get(&write.house, "/v1/issuances").await.json();
        assert!(others.issuances.is_empty(), "the list is the issuer's");
        for query in ["limit=0", "limit=101", "cursor=x", "page=2"] {
            let answer = write.issuer.get(&write.house, &format!("/v1/issuances?{query}")).await;
            assert_eq!(answer.error(), (400, ErrorCode::Malformed), "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_of_issuances_is_paged_newest_first() {
    each(async |database| {
        let write = Write::prepare(database).await;
        let mut stored = Vec::new();
        for _ in 0..3 {
            let mut request = write.good();
            let content = crate::support::random_box(200);
            write.issuer.upload(&write.house, &content).await;
            request.content = crate::support::sealed(request.content.data_id, &content, &write.owner);
            request.consent.as_mut().unwrap().issuer_copy = None;
            assert_eq!(write.issuer.post(&write.house, "/v1/credentials", &request).await.status, 201);
            stored.insert(0, request.content.data_id);
            write.house.pass(1);
        }
        let mut listed = Vec::new();
        let mut path = "/v1/issuances?limit=2".to_owned();
        loop {
            let page: IssuancePage = write.issuer.get(&write.house, &path).await.json();
            assert!(page.issuances.len() <= 2);
            listed.extend(page.issuances.iter().map(|issuance| issuance.data_id));
            let Some(cursor) = page.next_cursor else { break };
            path = format!("/v1/issuances?limit=2&cursor={cursor}");
        }
        assert_eq!(listed, stored);
    })
    .await;
}

#[tokio::test]
async fn a_write_that_was_stored_in_time_may_be_sent_again_after_its_window() {
    each(async |database| {
        let write = Write::prepare(database).await;
        let request = write.good();
        assert_eq!(write.issuer.post(&write.house, "/v1/credentials", &request).await.status, 201);
        write.house.pass(661);
        assert_eq!(write.issuer.post(&write.house, "/v1/credentials", &request).await.status, 200);
        let mut late = request.clone();
        late.content.content_sha256 = "00".repeat(32);
        let late = write.issuer.post(&write.house, "/v1/credentials", &late).await;
        assert_eq!(late.error(), (403, ErrorCode::Expired), "but nothing else");
    })
    .await;
}
