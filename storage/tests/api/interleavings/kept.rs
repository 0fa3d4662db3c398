//! What a node keeps beside its answers.

use std::collections::BTreeSet;

use idos_api::audit::AuditPage;

use crate::support::{House, Person};

/// How many reads are in a person's log.
pub async fn logged(house: &House, person: &Person) -> u64 {
    person.get(house, "/v1/audit?limit=1").await.json::<AuditPage>().head.head.reads
}

/// Content that no row names, and rows whose content is not there; what is to be removed must be removed already.
pub async fn strays(house: &House) -> BTreeSet<String> {
    const TABLES: [(&str, &str); 3] =
        [("store_credentials", "1"), ("store_uploads", "1"), ("store_garbage", "1")];
    let rows = idos_testdb::dump(house.store_url(), &TABLES).await;
    let blob = |row: &String| row.split(' ').find_map(|cell| cell.strip_prefix("blob=")).unwrap().to_owned();
    let garbage = rows.iter().filter(|row| row.starts_with("store_garbage")).cloned();
    let named: BTreeSet<_> = rows.iter().filter(|row| !row.starts_with("store_garbage")).map(blob).collect();
    let there: BTreeSet<_> = house
        .blobs()
        .iter()
        .map(|file| {
            let part = |path: &std::path::Path| path.file_name().unwrap().to_string_lossy().into_owned();
            part(file.parent().unwrap()) + &part(file)
        })
        .collect();
    named.symmetric_difference(&there).cloned().chain(garbage).collect()
}
