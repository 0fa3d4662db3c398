//! Lists, page by page.

use idos_mirror::{GrantFilter, GrantState, MirrorReader, MirroredGrant, PAGE_SIZE};

use crate::support::*;

#[tokio::test]
async fn lists_are_paged_and_bounded() {
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        let mut chain = Chain::of(grants_contract());
        let many: Vec<_> = (0..=249).map(|id| (11, created(1, 2 + id % 2, id))).collect();
        chain.extend(&writer, 11, &many).await;
        chain
            .extend(
                &writer,
                12,
                &[(12, extended(1, 2, 0, 900)), (12, revoked(1, 3, 1, 0)), (12, created(5, 6, 0))],
            )
            .await;
        let table = [
            ("owner", GrantFilter { owner: Some(person(1)), ..Default::default() }, 250),
            ("grantee", GrantFilter { grantee: Some(person(3)), ..Default::default() }, 125),
            (
                "both",
                GrantFilter { owner: Some(person(1)), grantee: Some(person(2)), ..Default::default() },
                125,
            ),
            ("data id", GrantFilter { data_id: Some(data(0)), ..Default::default() }, 2),
            (
                "all three",
                GrantFilter { owner: Some(person(1)), grantee: Some(person(2)), data_id: Some(data(0)) },
                1,
            ),
            ("nobody", GrantFilter { owner: Some(person(99)), ..Default::default() }, 0),
            ("everything", GrantFilter::default(), 251),
        ];
        for (name, filter, expected) in table {
            for limit in [7, 1_000] {
                let listed = list(&mirror.reader(), &filter, limit).await;
                assert_eq!(listed.len(), expected, "{name}");
                let mut ids: Vec<_> =
                    listed.iter().map(|grant| (grant.owner, grant.grantee, grant.data_id)).collect();
                ids.sort();
                ids.dedup();
                assert_eq!(ids.len(), expected, "{name}: none twice");
            }
        }
        let revoked =
            list(&mirror.reader(), &GrantFilter { data_id: Some(data(1)), ..Default::default() }, 9).await;
        assert_eq!(states(&revoked), [GrantState::Revoked { block: 12 }]);
    })
    .await;
}

async fn list(reader: &MirrorReader, filter: &GrantFilter, limit: u32) -> Vec<MirroredGrant> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = reader.grants(filter, cursor.as_ref(), limit).await.unwrap();
        assert!(page.items.len() <= limit.min(PAGE_SIZE) as usize);
        all.extend(page.items);
        match page.next {
            Some(next) => cursor = Some(next.to_string().parse().unwrap()),
            None => return all,
        }
    }
}
