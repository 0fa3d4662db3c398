//! Random blocks and forks: whatever was undone, what stays is what a fresh mirror of the last fork would hold.

use crate::support::*;
use idos_grants::{Event, GrantKey, Ledger};
use idos_mirror::{Mirror, MirrorWriter};
use proptest::{prelude::*, test_runner::TestRunner};

/// What happens in a block, before it is known whether the contract would allow it.
#[derive(Debug, Clone)]
enum Verb {
    Create(u8, u8, u8, u64),
    Extend(u8, u8, u8, u64),
    Revoke(u8, u8, u8),
}

#[derive(Debug, Clone)]
enum Step {
    /// Blocks with verbs, written as one batch.
    Blocks(Vec<Vec<Verb>>),
    /// Back by up to so many batches, and on as another fork.
    Fork(usize),
}

fn a_verb() -> impl Strategy<Value = Verb> {
    let (person, id, lock) = (1..4u8, 1..4u8, prop_oneof![Just(0), 1..40u64]);
    prop_oneof![
        3 => (person.clone(), person.clone(), id.clone(), lock.clone()).prop_map(|(a, b, c, d)| Verb::Create(a, b, c, d)),
        1 => (person.clone(), person.clone(), id.clone(), lock).prop_map(|(a, b, c, d)| Verb::Extend(a, b, c, d)),
        2 => (person.clone(), person, id).prop_map(|(a, b, c)| Verb::Revoke(a, b, c)),
    ]
}

fn a_step() -> impl Strategy<Value = Step> {
    let blocks = prop::collection::vec(prop::collection::vec(a_verb(), 0..5), 1..4);
    prop_oneof![4 => blocks.prop_map(Step::Blocks), 1 => (1..4usize).prop_map(Step::Fork)]
}

/// A batch's last block, its fork and its events.
type Written = (u64, u8, Vec<(u64, Event)>);

/// The model: what each batch on the present fork wrote, and the contract's ledger after it.
struct Model {
    batches: Vec<(Written, Ledger)>,
    fork: u8,
}

impl Model {
    fn ledger(&self) -> Ledger {
        self.batches.last().map(|(_, ledger)| ledger.clone()).unwrap_or_default()
    }

    fn height(&self) -> u64 {
        self.batches.last().map_or(START - 1, |((upto, ..), _)| *upto)
    }

    fn blocks(&mut self, blocks: &[Vec<Verb>]) -> Written {
        let (mut ledger, mut events, mut height) = (self.ledger(), Vec::new(), self.height());
        for verbs in blocks {
            height += 1;
            events.extend(
                verbs
                    .iter()
                    .filter_map(|verb| decide(&mut ledger, height, verb))
                    .map(|event| (height, event)),
            );
        }
        let written = (height, self.fork, events);
        self.batches.push((written.clone(), ledger));
        written
    }
}

fn decide(ledger: &mut Ledger, height: u64, verb: &Verb) -> Option<Event> {
    let now = height * 10;
    let key =
        |owner, grantee, id| GrantKey { owner: person(owner), grantee: person(grantee), data_id: data(id) };
    let ahead = |secs| if secs == 0 { 0 } else { now + secs };
    let event = match *verb {
        Verb::Create(owner, grantee, id, secs) => {
            ledger.create_grant(now, key(owner, grantee, id), ahead(secs))
        }
        Verb::Extend(owner, grantee, id, secs) => {
            ledger.extend_timelock(now, key(owner, grantee, id), ahead(secs))
        }
        Verb::Revoke(owner, grantee, id) => ledger.revoke_grant(now, key(owner, grantee, id)),
    };
    event.ok().map(Event::Grant)
}

async fn write(writer: &MirrorWriter, after: Option<(u64, u8)>, (upto, fork, events): &Written) {
    let after = after.map(|(number, fork)| block(number, fork));
    let mut chain = Chain { after, fork: *fork, ..Chain::of(grants_contract()) };
    chain.extend(writer, *upto, events).await;
}

async fn run(url: &str, steps: &[Step]) -> Model {
    let (mirror, writer) = open(url).await;
    let mut model = Model { batches: Vec::new(), fork: 0 };
    for step in steps {
        let last = model.batches.last().map(|((upto, fork, _), _)| (*upto, *fork));
        match step {
            Step::Blocks(blocks) => write(&writer, last, &model.blocks(blocks)).await,
            Step::Fork(depth) => {
                let kept = model.batches.len().saturating_sub(*depth);
                model.batches.truncate(kept);
                model.fork += 1;
                let to = model.batches.last().map(|((upto, ..), _)| *upto);
                writer.roll_back(&grants_contract().account, to).await.unwrap();
            }
        }
    }
    mirror.close().await;
    model
}

/// The same batches on an empty mirror.
async fn replay(url: &str, model: &Model) -> Mirror {
    let (mirror, writer) = open(url).await;
    let mut last = None;
    for (written, _) in &model.batches {
        write(&writer, last, written).await;
        last = Some((written.0, written.1));
    }
    mirror
}

/// All that the last fork said, in one batch.
async fn replay_at_once(url: &str, model: &Model) -> Mirror {
    let (mirror, writer) = open(url).await;
    if let Some(((upto, fork, _), _)) = model.batches.last() {
        let events: Vec<_> = model.batches.iter().flat_map(|((.., events), _)| events.clone()).collect();
        write(&writer, None, &(*upto, *fork, events)).await;
    }
    mirror
}

async fn same_grants(mirror: &Mirror, model: &Model) {
    let ledger = model.ledger();
    for (owner, grantee, id) in (0..64u8).map(|n| (n & 3, (n >> 2) & 3, (n >> 4) & 3)) {
        let found = mirror.reader().access(&data(id), &[person(owner)], &[person(grantee)]).await.unwrap();
        let standing = found
            .iter()
            .find(|grant| grant.is_standing())
            .map(|grant| (grant.created_at, grant.locked_until));
        let key = GrantKey { owner: person(owner), grantee: person(grantee), data_id: data(id) };
        let expected = ledger.grant_of(&key).map(|grant| (grant.created_at, grant.locked_until));
        assert_eq!(standing, expected, "{key:?}");
    }
    let seen = mirror.writer().progress(&grants_contract().account).await.unwrap().seen;
    assert_eq!(seen.map(|seen| seen.head), model.batches.last().map(|_| ledger.history_head()));
}

async fn check(urls: &[String; 3], steps: &[Step]) {
    let model = run(&urls[0], steps).await;
    let mirror = replay(&urls[1], &model).await;
    same_grants(&mirror, &model).await;
    mirror.close().await;
    replay_at_once(&urls[2], &model).await.close().await;
    let [left, replayed, at_once] = [rows(&urls[0]).await, rows(&urls[1]).await, rows(&urls[2]).await];
    assert_eq!(left, replayed);
    assert_eq!(left, at_once);
}

fn scripts() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(a_step(), 1..14)
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() })
}

#[test]
fn what_stays_after_forks_is_what_a_fresh_mirror_holds_in_sqlite() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runner(60)
        .run(&scripts(), |steps| {
            let directory = tempfile::tempdir().unwrap();
            let urls = ["a", "b", "c"].map(|name| format!("sqlite:{}/{name}.db", directory.path().display()));
            runtime.block_on(check(&urls, &steps));
            Ok(())
        })
        .unwrap();
}

#[test]
fn what_stays_after_forks_is_what_a_fresh_mirror_holds_in_postgres() {
    let Some(server) = idos_testdb::Postgres::start() else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let case = std::sync::atomic::AtomicU32::new(0);
    runner(12)
        .run(&scripts(), |steps| {
            let case = case.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            runtime.block_on(async {
                let mut urls = [const { String::new() }; 3];
                for (n, url) in urls.iter_mut().enumerate() {
                    *url = server.create_database(&format!("case_{case}_{n}")).await;
                }
                check(&urls, &steps).await;
            });
            Ok(())
        })
        .unwrap();
}
