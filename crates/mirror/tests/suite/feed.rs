//! The feed: what it tells is what was written, in the chain's order; and lists in the order of time.

use idos_grants::{Account, Event, GrantChange, Purpose, status::Word};
use idos_mirror::{
    FeedEvent, FeedPosition, FeedWhat, MirrorReader, MirroredGrant, NewestFilter, PAGE_SIZE, Side,
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use sqlx::{AnyConnection, Connection, Row};

use crate::support::{
    Chain, created, data, extended, grants_contract, open, person, revoked, status_contract, word,
};

fn changes(events: &[FeedEvent]) -> Vec<(u64, u64, GrantChange, u64)> {
    events
        .iter()
        .map(|event| match event.what {
            FeedWhat::Grant { change, .. } => (event.position.block, event.position.log, change, event.at),
            FeedWhat::Status(_) => panic!("a status by a grants contract"),
        })
        .collect()
}

async fn feed(
    reader: &MirrorReader,
    contract: &Account,
    after: FeedPosition,
    upto: u64,
    limit: u32,
) -> Vec<FeedEvent> {
    let state = reader.contract(contract).await.unwrap().unwrap();
    reader.feed(&state, after, upto, None, limit).await.unwrap()
}

#[tokio::test]
async fn grants_are_told_as_they_were_created_extended_and_revoked_also_within_one_block() {
    use GrantChange::{Created, Extended, Revoked};
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        let mut chain = Chain::of(grants_contract());
        let first = [
            (11, created(1, 2, 3)),
            (11, extended(1, 2, 3, 115)),
            (12, created(4, 5, 6)),
            (13, revoked(1, 2, 3, 115)),
            (13, created(1, 2, 3)),
            (13, revoked(1, 2, 3, 0)),
        ];
        chain.extend(&writer, 13, &first).await;
        // A version that was stored by an earlier batch ends in a later one.
        chain.extend(&writer, 15, &[(14, revoked(4, 5, 6, 0)), (15, created(4, 5, 6))]).await;
        let contract = grants_contract().account;
        let reader = mirror.reader();
        let all = feed(&reader, &contract, FeedPosition::START, 15, 100).await;
        assert_eq!(
            changes(&all),
            [
                (11, 0, Created, 110),
                (11, 1, Extended, 110),
                (12, 0, Created, 120),
                (13, 0, Revoked, 130),
                (13, 1, Created, 130),
                (13, 2, Revoked, 130),
                (14, 0, Revoked, 140),
                (15, 0, Created, 150),
            ]
        );
        let below = feed(&reader, &contract, FeedPosition::START, 13, 100).await;
        assert_eq!(below, all[..6], "no block above the one that was asked for");
        let behind = feed(&reader, &contract, FeedPosition::after_block(13), 15, 100).await;
        assert_eq!(behind, all[6..], "nothing of a block that was told to its end");
        let state = reader.contract(&contract).await.unwrap().unwrap();
        for (who, expected) in
            [(person(5), vec![2, 6, 7]), (person(1), vec![0, 1, 3, 4, 5]), (person(9), vec![])]
        {
            let about = reader.feed(&state, FeedPosition::START, 15, Some(&[who]), 100).await.unwrap();
            let expected: Vec<_> = expected.into_iter().map(|index: usize| all[index].clone()).collect();
            assert_eq!(about, expected, "{who}");
        }
        let nobody = reader.feed(&state, FeedPosition::START, 15, Some(&[]), 100).await.unwrap();
        assert_eq!(nobody, []);

        writer.roll_back(&contract, Some(13)).await.unwrap();
        let rolled = feed(&reader, &contract, FeedPosition::START, 15, 100).await;
        assert_eq!(rolled, all[..6], "what a reorg undid is not told");
    })
    .await;
}

#[tokio::test]
async fn statuses_are_told_with_the_word_before() {
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        let mut chain = Chain::of(status_contract());
        let bits = |bits: &[u32]| bits.iter().fold(Word::default(), |word, bit| word.with_bit(*bit, true));
        let set = |bits: &[u32]| word(1, 0, Purpose::Suspension, 3, bits_of(bits));
        fn bits_of(bits: &[u32]) -> Word {
            bits.iter().fold(Word::default(), |word, bit| word.with_bit(*bit, true))
        }
        chain.extend(&writer, 12, &[(11, set(&[1])), (12, set(&[1, 2])), (12, set(&[2]))]).await;
        chain
            .extend(&writer, 14, &[(13, word(2, 0, Purpose::Suspension, 3, bits(&[9]))), (14, set(&[]))])
            .await;
        let contract = status_contract().account;
        let state = mirror.reader().contract(&contract).await.unwrap().unwrap();
        let told =
            mirror.reader().feed(&state, FeedPosition::START, 14, Some(&[person(1)]), 100).await.unwrap();
        let told: Vec<_> = told
            .iter()
            .map(|event| match event.what {
                FeedWhat::Status(change) => {
                    (event.position.block, event.position.log, change.before, change.after)
                }
                FeedWhat::Grant { .. } => panic!("a grant by a status contract"),
            })
            .collect();
        let expected = [
            (11, 0, bits(&[]), bits(&[1])),
            (12, 0, bits(&[1]), bits(&[1, 2])),
            (12, 1, bits(&[1, 2]), bits(&[2])),
            (14, 0, bits(&[2]), bits(&[])),
        ];
        assert_eq!(told, expected);
    })
    .await;
}

/// Verbs that follow from one another, three to a block.
fn script(choices: &[(u8, u8)]) -> Vec<(u64, Event)> {
    let mut standing = std::collections::BTreeMap::new();
    let verbs = choices.iter().enumerate().map(|(index, (who, verb))| {
        let (key, block) = (who % 4, 11 + index as u64 / 3);
        let event = match (standing.get(&key).copied(), verb % 3) {
            (None, _) => {
                standing.insert(key, 0);
                created(1, 2, key)
            }
            // What is locked cannot be revoked in the same block, only in the next.
            (Some(lock), verb) if verb == 0 || lock >= 10 * block => {
                let lock = lock.max(10 * block) + 1;
                standing.insert(key, lock);
                extended(1, 2, key, lock)
            }
            (Some(lock), _) => {
                standing.remove(&key);
                revoked(1, 2, key, lock)
            }
        };
        (block, event)
    });
    verbs.collect()
}

#[test]
fn read_on_from_any_place_nothing_is_missed_and_nothing_repeated() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let choices = prop::collection::vec((0..4u8, 0..3u8), 1..60);
    runner
        .run(&(choices, 1..7u32, 1..9usize), |(choices, limit, merged)| {
            runtime.block_on(async {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite:{}", folder.path().join("mirror.db").display());
                let (mirror, writer) = open(&url).await;
                let mut chain = Chain::of(grants_contract());
                let events = script(&choices);
                for events in events.chunks(3 * merged) {
                    chain.extend(&writer, events.last().unwrap().0, events).await;
                }
                let last = events.last().unwrap().0;
                let (contract, reader) = (grants_contract().account, mirror.reader());
                let all = feed(&reader, &contract, FeedPosition::START, last, PAGE_SIZE).await;
                prop_assert_eq!(all.len(), events.len());
                let mut read = Vec::new();
                let mut after = FeedPosition::START;
                loop {
                    let page = feed(&reader, &contract, after, last, limit).await;
                    let Some(end) = page.last() else { break };
                    after = end.position;
                    read.extend(page);
                }
                prop_assert_eq!(read, all);
                Ok(())
            })
        })
        .unwrap();
}

async fn newest(reader: &MirrorReader, filter: &NewestFilter<'_>, limit: u32) -> Vec<MirroredGrant> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = reader.newest(filter, cursor.as_ref(), limit).await.unwrap();
        all.extend(page.items);
        match page.next {
            Some(next) => cursor = Some(next.to_string().parse().unwrap()),
            None => return all,
        }
    }
}

#[tokio::test]
async fn grants_of_several_wallets_are_listed_newest_first_by_page_side_and_time() {
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        let mut chain = Chain::of(grants_contract());
        let events: Vec<_> = (0..30u8)
            .map(|n| (11 + u64::from(n), created(1 + n % 3, 20 + n % 2, n)))
            .chain([(41, revoked(1, 20, 0, 0)), (41, extended(2, 21, 1, 5000))])
            .collect();
        chain.extend(&writer, 41, &events).await;
        let reader = mirror.reader();
        let grantees = [person(20), person(21), person(22)];
        let received =
            NewestFilter { side: Side::Grantee, accounts: &grantees, other: None, since: None, until: None };
        let owners = [person(1), person(2)];
        let table = [
            ("received", received, (0..30).collect::<Vec<u8>>()),
            (
                "by one owner",
                NewestFilter { other: Some(person(2)), ..received },
                (0..30).filter(|n| n % 3 == 1).collect(),
            ),
            ("since", NewestFilter { since: Some(310), ..received }, (20..30).collect()),
            ("until", NewestFilter { until: Some(310), ..received }, (0..21).collect()),
            (
                "between, by one owner",
                NewestFilter { since: Some(200), until: Some(300), other: Some(person(3)), ..received },
                (9..20).filter(|n| n % 3 == 2).collect(),
            ),
            (
                "given",
                NewestFilter { side: Side::Owner, accounts: &owners, ..received },
                (0..30).filter(|n| n % 3 < 2).collect(),
            ),
            (
                "given to one",
                NewestFilter { side: Side::Owner, accounts: &owners, other: Some(person(21)), ..received },
                (0..30).filter(|n| n % 3 < 2 && n % 2 == 1).collect(),
            ),
            ("of nobody", NewestFilter { accounts: &[], ..received }, vec![]),
        ];
        for (name, filter, expected) in table {
            for limit in [1, 4, 100] {
                let found = newest(&reader, &filter, limit).await;
                let ids: Vec<_> = found.iter().map(|grant| grant.data_id).collect();
                let expected: Vec<_> = expected.iter().rev().map(|n| data(*n)).collect();
                assert_eq!(ids, expected, "{name}, {limit} at a time");
            }
        }
        let standing = reader.standing(&data(1), &owners).await.unwrap();
        assert_eq!(standing.iter().map(|grant| grant.locked_until).collect::<Vec<_>>(), [5000]);
        assert_eq!(reader.standing(&data(0), &owners).await.unwrap(), [], "revoked");
        assert_eq!(reader.standing(&data(1), &[person(1)]).await.unwrap(), [], "another owner's");
    })
    .await;
}

/// Without statistics, as in production: each page is read from an index, in order, never from the whole table.
#[tokio::test]
async fn lists_and_the_feed_are_read_from_indexes_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("mirror.db").display());
    drop(open(&url).await);
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    let list = "SELECT g.data_id FROM mirror_grants g JOIN mirror_contracts c ON c.id = g.contract_id \
                WHERE g.grantee_key = 1 AND g.grantee = 'x' AND g.state <> 'extended' \
                ORDER BY g.created_at DESC, g.contract_id DESC, g.from_block DESC, g.from_log DESC LIMIT 9";
    let begun = "SELECT g.data_id FROM mirror_grants g WHERE g.contract_id = 1 AND (g.from_block, g.from_log) > (1, 2) \
                 AND g.from_block <= 9 AND (g.grantee_key + 0 IN (1) OR g.owner_key + 0 IN (1)) \
                 ORDER BY g.from_block, g.from_log LIMIT 9";
    let ended = "SELECT g.data_id FROM mirror_grants g WHERE g.contract_id = 1 AND g.to_block IS NOT NULL \
                 AND (g.to_block, g.to_log) > (1, 2) AND g.to_block <= 9 AND g.state = 'revoked' \
                 ORDER BY g.to_block, g.to_log LIMIT 9";
    for (sql, index) in [
        (list, "mirror_grants_to"),
        (begun, "sqlite_autoindex_mirror_grants_1"),
        (ended, "mirror_grants_ended"),
    ] {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let rows = sqlx::query(explain).fetch_all(&mut connection).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(3)).collect();
        let plan = plan.join("; ");
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
