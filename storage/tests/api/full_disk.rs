//! A disk that is full.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use futures::stream::BoxStream;
use idos_api::ErrorCode;
use idos_storage::BlobLocation;
use idos_testdb::{each, fill_up, make_room};
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, memory::InMemory, path::Path,
};

use crate::{
    audit::{check, whole_log},
    support::{House, Issuer, Person, random_box},
};

/// Memory that is full at times.
#[derive(Debug, Default)]
struct Disk {
    memory: InMemory,
    full: AtomicBool,
}

impl std::fmt::Display for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Disk")
    }
}

#[async_trait]
impl ObjectStore for Disk {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        if self.full.load(Ordering::SeqCst) {
            let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
            return Err(object_store::Error::Generic { store: "disk", source: Box::new(source) });
        }
        self.memory.put_opts(path, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.memory.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        self.memory.get_opts(path, options).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.memory.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.memory.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.memory.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.memory.copy_opts(from, to, options).await
    }
}

/// So small that a few writes fill it.
const BYTES_MAX: u64 = 1024 * 1024;

#[tokio::test]
async fn a_full_database_refuses_what_it_cannot_write_down_and_goes_on_with_room() {
    each(async |database| {
        let url = database.url().to_owned();
        let mut house =
            House::build_with(database, |config| config.database_bytes_max = Some(BYTES_MAX)).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let (original, stored) = owner.store(&house, &Issuer::number(1)).await;
        let (copy, _) = owner.share(&house, original, &reader).await;
        house.grants.create(house.now(), owner.account, reader.account, copy, 0).await;
        let tables =
            ["store_uploads", "store_credentials", "store_garbage", "store_audit_log", "store_nonces"];
        fill_up(house.store_url(), BYTES_MAX, &tables).await;
        let full = (507, ErrorCode::StorageFull);
        let mut taken = 0;
        let refused = loop {
            let content = random_box(100 + taken);
            let answer = owner.upload(&house, &content).await;
            if answer.status != 201 {
                assert_eq!(answer.error(), full);
                break content;
            }
            taken += 1;
            assert!(taken < 60, "{url}");
        };
        let mut reads = 0;
        while reads < 200 {
            let answer = reader.read(&house, copy).await;
            if answer.status != 200 {
                assert_eq!(answer.error(), full, "it cannot be logged, so it is not answered");
                break;
            }
            reads += 1;
        }
        assert!(reads < 200, "{url}");
        assert_eq!(owner.read(&house, original).await.body, stored, "her own is not logged");

        make_room(house.store_url(), &tables).await;
        assert_eq!(owner.upload(&house, &refused).await.status, 201, "without a restart");
        assert_eq!(reader.read(&house, copy).await.status, 200);
        let (log, head) = whole_log(&house, &owner).await;
        check(&owner, &log, &head);
        assert_eq!(log.len(), reads + 1, "what was answered, and nothing else");
    })
    .await;
}

#[tokio::test]
async fn an_upload_to_a_full_disk_is_refused_and_loses_nothing() {
    each(async |database| {
        let disk = Arc::new(Disk::default());
        let location = BlobLocation::Store(disk.clone());
        let house = House::build_with(database, |config| config.blobs = location).await;
        let person = Person::new(&house, 1).await;
        let (id, stored) = person.store(&house, &Issuer::number(1)).await;
        let content = random_box(100);
        disk.full.store(true, Ordering::SeqCst);
        assert_eq!(person.upload(&house, &content).await.error(), (507, ErrorCode::StorageFull));
        assert_eq!(person.read(&house, id).await.body, stored);
        disk.full.store(false, Ordering::SeqCst);
        assert_eq!(person.upload(&house, &content).await.status, 201);
    })
    .await;
}
