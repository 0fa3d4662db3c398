//! `POST /v1/credentials/{data_id}/rescind`.

use idos_api::{
    ErrorCode,
    grants::{OwnGrantPage, Rescinded},
};
use idos_grants::{DataId, GrantChange};
use idos_testdb::{TestDatabase, each};
use serde_json::json;

use crate::support::{Answer, House, Issuer, Person, data_id, grant};

struct Scene {
    house: House,
    owner: Person,
    reader: Person,
    other: Person,
    original: DataId,
    copy: DataId,
}

impl Scene {
    async fn set(database: TestDatabase, lock: u64) -> Self {
        let mut house = House::build(database).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let other = Person::new(&house, 3).await;
        let (original, _) = owner.store(&house, &Issuer::number(1)).await;
        let (copy, _) = owner.share(&house, original, &reader).await;
        let now = house.now();
        let locked_until = if lock == 0 { 0 } else { now + lock };
        house.grants.create(now, owner.account, reader.account, copy, locked_until).await;
        Self { house, owner, reader, other, original, copy }
    }

    async fn rescind(&self, person: &Person, id: DataId) -> Answer {
        person.post(&self.house, &format!("/v1/credentials/{id}/rescind"), &json!({})).await
    }
}

const NOT_FOUND: (u16, ErrorCode) = (404, ErrorCode::NotFound);
const RESCINDED: (u16, ErrorCode) = (403, ErrorCode::GrantRescinded);

#[tokio::test]
async fn a_locked_copy_is_given_up_by_its_reader_and_is_gone() {
    each(async |database| {
        let scene = Scene::set(database, 500).await;
        let Scene { house, owner, reader, original, copy, .. } = &scene;
        assert_eq!(reader.read(house, *copy).await.status, 200);
        let path = format!("/v1/credentials/{copy}");
        assert_eq!(
            owner.delete(house, &path).await.error(),
            (409, ErrorCode::Timelocked),
            "not by its owner"
        );
        let blobs = house.blobs().len();
        let given_up: Rescinded = scene.rescind(reader, *copy).await.json();
        assert_eq!(given_up, Rescinded { data_id: *copy, rescinded_at: house.now(), deleted: true });
        assert_eq!(house.blobs().len(), blobs - 1);
        assert_eq!(reader.read(house, *copy).await.error(), RESCINDED);
        assert_eq!(owner.read(house, *copy).await.error(), NOT_FOUND);
        assert_eq!(owner.read(house, *original).await.status, 200, "the original stays");
        house.pass(5);
        assert_eq!(scene.rescind(reader, *copy).await.json::<Rescinded>(), given_up, "the same answer again");
        for (person, list) in [(owner, "given"), (reader, "received")] {
            let page: OwnGrantPage = person.get(house, &format!("/v1/grants/{list}")).await.json();
            let shown: Vec<_> = page.grants.iter().map(|own| (own.stored, own.rescinded_at)).collect();
            assert_eq!(shown, [(false, Some(given_up.rescinded_at))], "{list}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_others_may_read_stays_and_who_gave_it_up_reads_it_no_more() {
    each(async |database| {
        let mut scene = Scene::set(database, 0).await;
        let now = scene.house.now();
        let (owner, other, copy) = (scene.owner.account, scene.other.account, scene.copy);
        // Not final yet, and all the same somebody else's.
        let pending = grant(GrantChange::Created, owner, other, copy, 0);
        scene.house.grants.block(now, &[pending], 1).await;
        let given_up: Rescinded = scene.rescind(&scene.reader, copy).await.json();
        assert!(!given_up.deleted);
        assert_eq!(scene.reader.read(&scene.house, copy).await.error(), RESCINDED);
        let path = format!("/v1/credentials/{copy}");
        assert_eq!(scene.reader.get(&scene.house, &path).await.error(), RESCINDED, "nor what is known of it");
        scene.house.grants.block(now, &[], 0).await;
        assert_eq!(scene.other.read(&scene.house, copy).await.status, 200);
        assert_eq!(scene.owner.read(&scene.house, copy).await.status, 200);

        // Granted anew, it stays given up.
        let reader = scene.reader.account;
        scene.house.grants.revoke(now, owner, reader, copy).await;
        scene.house.grants.create(now, owner, reader, copy, 0).await;
        assert_eq!(scene.reader.read(&scene.house, copy).await.error(), RESCINDED);
        scene.house.reopen().await;
        assert_eq!(scene.reader.read(&scene.house, copy).await.error(), RESCINDED, "after a restart too");

        // It goes when no grant on it is left but that of the one who gives it up.
        assert!(!scene.rescind(&scene.other, copy).await.json::<Rescinded>().deleted);
        scene.house.grants.revoke(now, owner, reader, copy).await;
        assert!(scene.rescind(&scene.other, copy).await.json::<Rescinded>().deleted);
        assert_eq!(scene.owner.read(&scene.house, copy).await.error(), NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn an_original_stays_and_a_mirror_that_is_behind_deletes_nothing() {
    each(async |database| {
        let mut scene = Scene::set(database, 0).await;
        let now = scene.house.now();
        let (owner, reader, original) = (scene.owner.account, scene.reader.account, scene.original);
        scene.house.grants.create(now, owner, reader, original, 0).await;
        assert!(!scene.rescind(&scene.reader, original).await.json::<Rescinded>().deleted);
        assert_eq!(scene.owner.read(&scene.house, original).await.status, 200);

        scene.house.pass(61);
        assert!(
            !scene.rescind(&scene.reader, scene.copy).await.json::<Rescinded>().deleted,
            "it may hide grants"
        );
        scene.house.pass_with_chain(0).await;
        assert!(scene.rescind(&scene.reader, scene.copy).await.json::<Rescinded>().deleted, "asked again");
    })
    .await;
}

#[tokio::test]
async fn what_somebody_may_read_again_after_a_reorg_is_not_deleted() {
    each(async |database| {
        let mut scene = Scene::set(database, 0).await;
        let now = scene.house.now();
        let (owner, other, copy) = (scene.owner.account, scene.other.account, scene.copy);
        scene.house.grants.create(now, owner, other, copy, 0).await;
        let revoked = grant(GrantChange::Revoked, owner, other, copy, 0);
        scene.house.grants.block(now, &[revoked], 1).await;
        assert!(!scene.rescind(&scene.reader, copy).await.json::<Rescinded>().deleted);
        scene.house.grants.undo_last_block(now).await;
        assert_eq!(scene.other.read(&scene.house, copy).await.status, 200, "its revocation was undone");

        scene.house.grants.revoke(now, owner, other, copy).await;
        assert!(scene.rescind(&scene.reader, copy).await.json::<Rescinded>().deleted, "for good this time");
    })
    .await;
}

#[tokio::test]
async fn who_was_never_granted_gives_nothing_up() {
    each(async |database| {
        let mut scene = Scene::set(database, 0).await;
        let guest = Person::without_profile(&scene.house, 9).await;
        assert_eq!(scene.rescind(&guest, scene.copy).await.error(), (403, ErrorCode::ProfileRequired));
        assert_eq!(scene.rescind(&scene.owner, scene.copy).await.error(), NOT_FOUND, "the owner deletes");
        let (strange, missing) =
            (scene.rescind(&scene.other, scene.copy).await, scene.rescind(&scene.other, data_id()).await);
        assert_eq!(strange.error(), NOT_FOUND);
        assert_eq!(strange.comparable(), missing.comparable(), "a stranger cannot tell");
        // A grant by somebody who does not own it is none.
        let now = scene.house.now();
        let (other, copy) = (scene.other.account, scene.copy);
        scene.house.grants.create(now, scene.reader.account, other, copy, 0).await;
        assert_eq!(scene.rescind(&scene.other, copy).await.error(), NOT_FOUND);
        let malformed = scene.reader.post(&scene.house, "/v1/credentials/x/rescind", &json!({})).await;
        assert_eq!(malformed.error(), (400, ErrorCode::Malformed));
        let audit = scene.owner.get(&scene.house, "/v1/audit").await;
        assert!(!audit.text().contains(&copy.to_string()), "asking is no read");
        // Revoked ones may be given up too.
        scene.house.grants.revoke(now, scene.owner.account, scene.reader.account, copy).await;
        assert!(scene.rescind(&scene.reader, copy).await.json::<Rescinded>().deleted);
        assert_eq!(scene.reader.read(&scene.house, copy).await.error(), RESCINDED);
    })
    .await;
}
