//! `DELETE /v1/credentials/{data_id}`

use ed25519_dalek::{Signature, Verifier};
use idos_api::{ErrorCode, audit::AuditPage, credentials::DeletionReceipt};
use idos_credentials::IssuerDid;
use idos_grants::{DataId, GrantChange};
use idos_testdb::each;

use crate::support::{House, Issuer, Person, data_id, grant, random_box, sealed};

async fn delete(house: &House, person: &Person, id: DataId) -> crate::support::Answer {
    person.delete(house, &format!("/v1/credentials/{id}")).await
}

#[tokio::test]
async fn what_is_deleted_is_gone_and_the_receipt_is_signed_and_repeated() {
    each(async |database| {
        let mut house = House::build(database).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let (original, _) = owner.store(&house, &Issuer::number(1)).await;
        let (copy, content) = owner.share(&house, original, &reader).await;
        let now = house.now();
        house.grants.create(now, owner.account, reader.account, copy, 0).await;
        assert_eq!(reader.read(&house, copy).await.status, 200);
        assert_eq!(delete(&house, &reader, copy).await.error(), (404, ErrorCode::NotFound), "by a grantee");

        let receipt: DeletionReceipt = delete(&house, &owner, copy).await.json();
        assert_eq!((receipt.receipt.data_id, receipt.receipt.deleted_at), (copy, now));
        let node: IssuerDid = receipt.node.parse().unwrap();
        assert_eq!(node.as_str(), house.vault.did());
        let signature: [u8; 64] = hex::decode(&receipt.signature[2..]).unwrap().try_into().unwrap();
        assert!(
            node.key().verify(receipt.receipt_text.as_bytes(), &Signature::from_bytes(&signature)).is_ok()
        );
        for part in [copy.to_string(), owner.profile_id.to_string(), receipt.receipt.content_sha256.clone()] {
            assert!(receipt.receipt_text.contains(&part));
        }

        assert_eq!(owner.read(&house, copy).await.error(), (404, ErrorCode::NotFound));
        assert_eq!(reader.read(&house, copy).await.error(), (404, ErrorCode::NotFound));
        assert_eq!(owner.read(&house, original).await.status, 200);
        house.reopen().await;
        house.pass_with_chain(5).await;
        assert_eq!(delete(&house, &owner, copy).await.json::<DeletionReceipt>(), receipt);
        assert_eq!(
            delete(&house, &reader, copy).await.error(),
            (404, ErrorCode::NotFound),
            "not her receipt"
        );

        // The grant still stands: it must not open what somebody stores under the id now.
        owner.upload(&house, &content).await;
        let again = Issuer::number(1).credential(sealed(copy, &content, &owner));
        assert_eq!(owner.post(&house, "/v1/credentials", &again).await.error(), (409, ErrorCode::Exists));
        assert_eq!(
            owner.get(&house, "/v1/audit").await.json::<AuditPage>().reads.len(),
            1,
            "who read it stays known"
        );
    })
    .await;
}

#[tokio::test]
async fn nothing_is_deleted_under_a_timelock_on_either_clock() {
    each(async |database| {
        let mut house = House::build(database).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let (id, content) = owner.store(&house, &Issuer::number(1)).await;
        let (begin, until) = (house.now(), house.now() + 100);
        let locked = grant(GrantChange::Created, owner.account, reader.account, id, until);
        house.grants.block(begin, &[locked], 1).await;
        let refused = delete(&house, &owner, id).await;
        assert_eq!(refused.error(), (409, ErrorCode::Timelocked), "locked, though not final");
        assert!(refused.text().contains(&format!("\"locked_until\":{until}")));

        house.pass(101);
        assert_eq!(
            delete(&house, &owner, id).await.error(),
            (503, ErrorCode::MirrorStale),
            "the chain is not heard"
        );
        house.pass_with_chain(0).await;
        house.grants.break_it().await;
        assert_eq!(
            delete(&house, &owner, id).await.error(),
            (503, ErrorCode::MirrorInconsistent),
            "nor trusted"
        );
        house.grants.verify().await;
        assert_eq!(owner.read(&house, id).await.body, content);
        assert_eq!(delete(&house, &owner, id).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_lock_holds_until_the_chains_clock_has_passed_it_too() {
    each(async |database| {
        let mut house = House::build_with(database, |config| config.mirror_stale_after_secs = 1000).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let (id, _) = owner.store(&house, &Issuer::number(1)).await;
        house.grants.create(house.now(), owner.account, reader.account, id, house.now() + 100).await;
        house.pass(101);
        assert_eq!(
            delete(&house, &owner, id).await.error(),
            (409, ErrorCode::Timelocked),
            "the chain is behind"
        );
        let at_the_last_second = house.now() - 1;
        house.grants.block(at_the_last_second, &[], 0).await;
        assert_eq!(delete(&house, &owner, id).await.error(), (409, ErrorCode::Timelocked));
        house.grants.block(at_the_last_second + 1, &[], 0).await;
        assert_eq!(delete(&house, &owner, id).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_strangers_lock_holds_nothing() {
    each(async |database| {
        let mut house = House::build(database).await;
        let (owner, stranger) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let (id, _) = owner.store(&house, &Issuer::number(1)).await;
        let now = house.now();
        house.grants.create(now, stranger.account, owner.account, id, now + 1000).await;
        assert_eq!(delete(&house, &owner, id).await.status, 200);
    })
    .await;
}

/// Many rows come and go, in an order that makes the database rearrange its pages; not one leaves a trace.
#[tokio::test]
async fn no_byte_of_content_or_metadata_stays_in_the_data_directory() {
    each(async |database| {
        // PostgreSQL's files are its operator's; the blobs are looked at all the same.
        let rows = if database.name() == "sqlite" { 60 } else { 5 };
        let in_files = database.name() == "sqlite";
        let house = House::build(database).await;
        let (owner, issuer) = (Person::new(&house, 1).await, Issuer::number(1));
        let mut stored = Vec::new();
        for n in 0..rows {
            let content = random_box(200 + 37 * n);
            owner.upload(&house, &content).await;
            let level = format!("MARKER-{n:03}-{}", "x".repeat(n * 29 % 1500));
            let new = issuer.credential_with(sealed(data_id(), &content, &owner), &issuer.notes(&level));
            assert_eq!(owner.post(&house, "/v1/credentials", &new).await.status, 201);
            stored.push((n, new, content));
        }
        // As they lie in the index, which is the order that empties pages.
        stored.sort_by_key(|(_, new, _)| new.content.data_id);
        for (n, new, content) in &stored {
            let marker = format!("MARKER-{n:03}-");
            if in_files {
                assert!(found(&house, marker.as_bytes()), "the search finds what is there");
            }
            assert_eq!(delete(&house, &owner, new.content.data_id).await.status, 200);
            let traces = [
                ("notes", marker.as_bytes()),
                ("signature", new.notes_signature.as_bytes()),
                ("sender key", &new.content.sender_key.to_string().into_bytes()),
                ("first bytes of the content", &content[..24]),
                ("last bytes of the content", &content[content.len() - 24..]),
            ];
            for (name, trace) in traces {
                assert!(!found(&house, trace), "{name} of {n}");
            }
        }
        assert_eq!(house.blobs().len(), 0);
    })
    .await;
}

fn found(house: &House, trace: &[u8]) -> bool {
    let mut store = house.files().into_iter().filter(|path| !path.to_string_lossy().contains("mirror"));
    store.any(|path| std::fs::read(path).unwrap().windows(trace.len()).any(|window| window == trace))
}

#[tokio::test]
async fn deletions_at_once_all_come_to_their_end() {
    each(async |database| {
        let house = House::build(database).await;
        let owner = Person::new(&house, 1).await;
        let mut ids = Vec::new();
        for _ in 0..8 {
            ids.push(owner.store(&house, &Issuer::number(1)).await.0);
        }
        let answers = futures::future::join_all(ids.iter().map(|id| delete(&house, &owner, *id))).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        assert_eq!(house.blobs().len(), 0);
    })
    .await;
}
