//! A disk that is full.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use futures::stream::BoxStream;
use idos_api::ErrorCode;
use idos_storage::BlobLocation;
use idos_testdb::each;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, memory::InMemory, path::Path,
};

use crate::support::{House, Issuer, Person, random_box};

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
