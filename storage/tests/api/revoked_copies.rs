//! Copies whose grants were revoked are purged by housekeeping, and `GET /v1/receipts` says so.

use idos_api::{
    ErrorCode,
    credentials::{CredentialPage, DeletionReason, ReceiptPage},
};
use idos_grants::{DataId, GrantChange};
use idos_testdb::{TestDatabase, each};

use crate::support::{House, Issuer, Person, grant};

struct Scene {
    house: House,
    owner: Person,
    reader: Person,
    original: DataId,
    copy: DataId,
}

impl Scene {
    async fn set(database: TestDatabase) -> Self {
        let house = House::build(database).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let (original, _) = owner.store(&house, &Issuer::number(1)).await;
        let (copy, _) = owner.share(&house, original, &reader).await;
        Self { house, owner, reader, original, copy }
    }

    /// One more block with a grant's creation or revocation, and `pending` blocks that are not final.
    async fn block(&mut self, change: GrantChange, pending: u64) {
        let event = grant(change, self.owner.account, self.reader.account, self.copy, 0);
        let now = self.house.now();
        self.house.grants.block(now, &[event], pending).await;
    }

    /// Whether the copy is there after a round of housekeeping.
    async fn stays(&self) -> bool {
        self.house.housekeeping().await;
        let listed: CredentialPage = self.owner.get(&self.house, "/v1/credentials").await.json();
        let is_there = listed.credentials.iter().any(|credential| credential.data_id == self.copy);
        assert_eq!(self.house.blobs().len(), if is_there { 2 } else { 1 }, "blob and row go together");
        assert!(listed.credentials.iter().any(|credential| credential.data_id == self.original));
        is_there
    }
}

#[tokio::test]
async fn a_copy_goes_once_its_revocation_is_final_and_its_reader_is_told_the_same() {
    each(async |database| {
        let mut scene = Scene::set(database).await;
        assert!(scene.stays().await, "it was not granted yet");
        scene.block(GrantChange::Created, 0).await;
        assert!(scene.stays().await, "granted");
        scene.block(GrantChange::Revoked, 1).await;
        assert!(scene.stays().await, "revoked, but not finally");
        let revoked = (403, ErrorCode::GrantRevoked);
        assert_eq!(scene.reader.read(&scene.house, scene.copy).await.error(), revoked);
        scene.house.pass_with_chain(1).await;
        assert!(!scene.stays().await, "finally");

        let (house, copy) = (&scene.house, scene.copy);
        let stranger = Person::new(house, 3).await;
        assert_eq!(scene.reader.read(house, copy).await.error(), revoked, "as before");
        let path = format!("/v1/credentials/{copy}");
        assert_eq!(scene.reader.get(house, &path).await.error(), revoked);
        let not_found = (404, ErrorCode::NotFound);
        assert_eq!(stranger.read(house, copy).await.error(), not_found);
        assert_eq!(scene.owner.read(house, copy).await.error(), not_found);
        let receipts: ReceiptPage = scene.owner.get(house, "/v1/receipts").await.json();
        let [kept] = &receipts.receipts[..] else { panic!("{receipts:?}") };
        assert_eq!((kept.receipt.receipt.data_id, kept.reason), (copy, DeletionReason::GrantsRevoked));
        assert_eq!(kept.receipt.receipt.deleted_at, house.now());
        let theirs: ReceiptPage = scene.reader.get(house, "/v1/receipts").await.json();
        assert!(theirs.receipts.is_empty());
        assert_eq!(
            scene.owner.delete(house, &path).await.json::<idos_api::credentials::DeletionReceipt>(),
            kept.receipt
        );

        // A grant on what is gone opens nothing.
        scene.block(GrantChange::Created, 0).await;
        assert_eq!(scene.reader.read(&scene.house, copy).await.error(), not_found);
        scene.house.reopen().await;
        assert_eq!(scene.owner.read(&scene.house, scene.original).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_revocation_that_a_reorg_undoes_takes_nothing() {
    each(async |database| {
        let mut scene = Scene::set(database).await;
        scene.block(GrantChange::Created, 0).await;
        scene.block(GrantChange::Revoked, 1).await;
        assert!(scene.stays().await);
        let now = scene.house.now();
        scene.house.grants.undo_last_block(now).await;
        scene.house.pass_with_chain(1).await;
        assert!(scene.stays().await);
        assert_eq!(scene.reader.read(&scene.house, scene.copy).await.status, 200, "the grant stands again");
    })
    .await;
}

#[tokio::test]
async fn a_copy_stays_while_anything_speaks_for_it() {
    each(async |database| {
        let mut scene = Scene::set(database).await;
        let (owner, copy) = (scene.owner.account, scene.copy);
        let other = Person::new(&scene.house, 3).await;
        let now = scene.house.now();
        scene.block(GrantChange::Created, 0).await;
        let to_another = grant(GrantChange::Created, owner, other.account, copy, 0);
        scene.house.grants.block(now, &[to_another], 0).await;
        scene.block(GrantChange::Revoked, 0).await;
        assert!(scene.stays().await, "another grant stands");
        scene.house.grants.revoke(now, owner, other.account, copy).await;
        scene.house.pass(61);
        assert!(scene.stays().await, "the mirror is behind: it could be hiding a grant");
        scene.house.pass_with_chain(0).await;
        scene.house.grants.break_it().await;
        assert!(scene.stays().await, "nor can it be trusted");
        scene.house.grants.verify().await;
        scene.block(GrantChange::Created, 1).await;
        assert!(scene.stays().await, "granted anew, though not finally");
        scene.block(GrantChange::Revoked, 0).await;
        assert!(!scene.stays().await);
    })
    .await;
}

#[tokio::test]
async fn what_strangers_grant_and_revoke_takes_nothing() {
    each(async |database| {
        let mut scene = Scene::set(database).await;
        let (stranger, reader, copy) = (Person::new(&scene.house, 3).await, scene.reader.account, scene.copy);
        let now = scene.house.now();
        scene.house.grants.create(now, stranger.account, reader, copy, 0).await;
        scene.house.grants.revoke(now, stranger.account, reader, copy).await;
        assert!(scene.stays().await);
        scene.house.grants.create(now, scene.owner.account, reader, scene.original, 0).await;
        scene.house.grants.revoke(now, scene.owner.account, reader, scene.original).await;
        assert!(scene.stays().await, "an original is never purged");
    })
    .await;
}
