//! `GET /v1/events`: what is told, to whom, when, and that a stream goes on where it was.

use std::time::Duration;

use axum::{body::BodyDataStream, http::Method};
use futures::StreamExt;
use idos_api::{
    ErrorCode,
    events::{ChainEvent, EndReason, GrantChanged, StreamEnd},
};
use idos_grants::{Account, DataId, Event, GrantChange, Purpose, StatusEvent, status::Word};
use idos_testdb::{TestDatabase, each};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use crate::support::{House, Person, data_id, grant, status_contract};

const WAIT: Duration = Duration::from_secs(10);
/// Long enough for what would come to have come.
const QUIET: Duration = Duration::from_millis(250);

async fn house(database: TestDatabase) -> House {
    House::build_with(database, quick).await
}

fn quick(config: &mut idos_storage::VaultConfig) {
    config.event_poll = Duration::from_millis(20);
    config.event_heartbeat = Duration::from_millis(60);
}

/// A stream as a client reads it.
struct Listener {
    body: BodyDataStream,
    text: String,
    cursor: String,
}

#[derive(Debug, PartialEq)]
enum Told {
    Event(Box<ChainEvent>),
    End(EndReason),
}

impl Listener {
    async fn open(house: &House, person: &Person, query: &str) -> Self {
        let request = person.signed(house, Method::GET, &format!("/v1/events{query}"), Vec::new());
        let response = house.respond(request).await;
        assert_eq!(response.status(), 200);
        let mut listener = Self {
            body: response.into_body().into_data_stream(),
            text: String::new(),
            cursor: String::new(),
        };
        if query.is_empty() || query.starts_with("?issuers") {
            listener.wait_for_cursor().await;
        }
        listener
    }

    /// A block of the stream, if one comes.
    async fn block(&mut self, within: Duration) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                if let Some(id) = block.lines().find_map(|line| line.strip_prefix("id: ")) {
                    self.cursor = id.to_owned();
                }
                return Some(block);
            }
            let bytes = tokio::time::timeout(within, self.body.next()).await.ok()??.unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    async fn wait_for_cursor(&mut self) {
        while self.cursor.is_empty() {
            self.block(WAIT).await.unwrap();
        }
    }

    async fn next(&mut self) -> Told {
        let deadline = tokio::time::Instant::now() + WAIT;
        while tokio::time::Instant::now() < deadline {
            let block = self.block(WAIT).await.unwrap();
            let Some(data) = block.lines().find_map(|line| line.strip_prefix("data: ")) else { continue };
            let name = block.lines().find_map(|line| line.strip_prefix("event: ")).unwrap();
            if name == "end" {
                return Told::End(serde_json::from_str::<StreamEnd>(data).unwrap().reason);
            }
            let event: ChainEvent = serde_json::from_str(data).unwrap();
            assert_eq!(event.name(), name);
            return Told::Event(Box::new(event));
        }
        panic!("nothing was told");
    }

    async fn quiet(&mut self) {
        let deadline = tokio::time::Instant::now() + QUIET;
        while tokio::time::Instant::now() < deadline {
            let Some(block) = self.block(QUIET).await else { return };
            assert!(!block.contains("data:"), "{block}");
        }
    }

    async fn events(&mut self, count: usize) -> Vec<ChainEvent> {
        let mut events = Vec::new();
        for _ in 0..count {
            match self.next().await {
                Told::Event(event) => events.push(*event),
                Told::End(reason) => panic!("{reason:?}"),
            }
        }
        events
    }
}

fn ids(events: &[ChainEvent]) -> Vec<(&'static str, DataId)> {
    events
        .iter()
        .map(|event| match event {
            ChainEvent::GrantCreated(GrantChanged { data_id, .. })
            | ChainEvent::GrantRevoked(GrantChanged { data_id, .. })
            | ChainEvent::TimelockExtended(GrantChanged { data_id, .. }) => (event.name(), *data_id),
            ChainEvent::StatusChanged(_) => panic!("a status"),
        })
        .collect()
}

fn status(issuer: Account, bits: &[u32]) -> Event {
    let word = bits.iter().fold(Word::default(), |word, bit| word.with_bit(*bit, true));
    let issuer = issuer.address();
    Event::Status(StatusEvent { issuer, list: 3, purpose: Purpose::Suspension, word_index: 1, word, at: 0 })
}

#[tokio::test]
async fn both_sides_of_a_grant_are_told_once_it_is_final() {
    each(async |database| {
        let mut house = house(database).await;
        let (owner, reader, other) =
            (Person::new(&house, 1).await, Person::new(&house, 2).await, Person::new(&house, 3).await);
        let mut of_owner = Listener::open(&house, &owner, "").await;
        let mut of_reader = Listener::open(&house, &reader, "").await;
        let mut of_other = Listener::open(&house, &other, "").await;
        let (now, id) = (house.now(), data_id());
        let created = grant(GrantChange::Created, owner.account, reader.account, id, now + 50);
        house.grants.block(now, &[created], 1).await;
        of_reader.quiet().await;
        let extended = grant(GrantChange::Extended, owner.account, reader.account, id, now + 90);
        house.grants.block(now + 1, &[extended], 0).await;
        let revoked = grant(GrantChange::Revoked, owner.account, reader.account, id, now + 90);
        house.grants.block(now + 100, &[revoked], 0).await;
        let changed = |block, at, locked_until| GrantChanged {
            contract: crate::support::grants_contract(),
            block,
            at,
            owner: owner.account,
            grantee: reader.account,
            data_id: id,
            locked_until,
        };
        let expected = [
            ChainEvent::GrantCreated(changed(2, now, now + 50)),
            ChainEvent::TimelockExtended(changed(3, now + 1, now + 90)),
            ChainEvent::GrantRevoked(changed(4, now + 100, now + 90)),
        ];
        assert_eq!(of_owner.events(3).await, expected);
        assert_eq!(of_reader.events(3).await, expected);
        of_other.quiet().await;
    })
    .await;
}

#[tokio::test]
async fn statuses_of_the_issuers_named_are_told() {
    each(async |database| {
        let mut house = house(database).await;
        let (person, issuer, other) =
            (Person::new(&house, 1).await, Person::new(&house, 2).await, Person::new(&house, 3).await);
        let mut listener = Listener::open(&house, &person, &format!("?issuers={}", issuer.account)).await;
        let mut deaf = Listener::open(&house, &person, "").await;
        let now = house.now();
        house.statuses.block(now, &[status(issuer.account, &[5, 7]), status(other.account, &[1])], 0).await;
        house.statuses.block(now, &[status(issuer.account, &[7, 9])], 0).await;
        let told: Vec<_> = listener
            .events(2)
            .await
            .into_iter()
            .map(|event| match event {
                ChainEvent::StatusChanged(change) => {
                    assert_eq!(
                        (change.contract, change.issuer, change.list),
                        (status_contract(), issuer.account, 3)
                    );
                    (change.purpose, change.set, change.cleared)
                }
                other => panic!("{other:?}"),
            })
            .collect();
        let suspension = Purpose::Suspension;
        assert_eq!(told, [(suspension, vec![261, 263], vec![]), (suspension, vec![265], vec![261])]);
        deaf.quiet().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_reorg_undoes_is_never_told() {
    each(async |database| {
        let mut house = house(database).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let mut listener = Listener::open(&house, &reader, "").await;
        let now = house.now();
        let (undone, kept) = (data_id(), data_id());
        let before = house.grants.place();
        let event = |id| grant(GrantChange::Created, owner.account, reader.account, id, 0);
        house.grants.block(now, &[event(undone)], 1).await;
        listener.quiet().await;
        house.grants.reorg(before).await;
        house.grants.block(now, &[event(kept)], 0).await;
        assert_eq!(ids(&listener.events(1).await), [("grant_created", kept)]);
        listener.quiet().await;
    })
    .await;
}

#[tokio::test]
async fn a_contract_that_does_not_match_its_history_tells_nothing_until_it_does() {
    each(async |database| {
        let mut house = house(database).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let mut listener = Listener::open(&house, &reader, "").await;
        house.grants.break_it().await;
        let id = data_id();
        let event = grant(GrantChange::Created, owner.account, reader.account, id, 0);
        house.grants.block_unverified(house.now(), &[event], 0).await;
        listener.quiet().await;
        house.grants.verify().await;
        assert_eq!(ids(&listener.events(1).await), [("grant_created", id)]);
    })
    .await;
}

#[tokio::test]
async fn a_stream_ends_with_its_session_and_goes_on_with_another_one() {
    each(async |database| {
        let mut house = house(database).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let mut listener = Listener::open(&house, &reader, "").await;
        assert_eq!(reader.delete(&house, "/v1/session").await.status, 204);
        assert_eq!(listener.next().await, Told::End(EndReason::SessionEnded));
        let cursor = listener.cursor.clone();

        let (now, id) = (house.now(), data_id());
        house.grants.create(now, owner.account, reader.account, id, 0).await;
        house.reopen().await;
        let again = Person::without_profile(&house, 2).await;
        let mut listener = Listener::open(&house, &again, &format!("?cursor={cursor}")).await;
        assert_eq!(
            ids(&listener.events(1).await),
            [("grant_created", id)],
            "also by a node that was started anew"
        );
        // The header of a browser goes before the address it was given at first.
        let mut request =
            again.signed(&house, Method::GET, &format!("/v1/events?cursor={cursor}"), Vec::new());
        request.headers_mut().insert("last-event-id", listener.cursor.parse().unwrap());
        let response = house.respond(request).await;
        let mut latest = Listener {
            body: response.into_body().into_data_stream(),
            text: String::new(),
            cursor: String::new(),
        };
        latest.quiet().await;
        house.pass(3600);
        assert_eq!(latest.next().await, Told::End(EndReason::SessionEnded), "when its time is over");
    })
    .await;
}

#[tokio::test]
async fn a_node_that_stops_says_so() {
    each(async |database| {
        let house = house(database).await;
        let person = Person::new(&house, 1).await;
        let mut listener = Listener::open(&house, &person, "").await;
        house.vault.end_streams();
        assert_eq!(listener.next().await, Told::End(EndReason::NodeStops));
        assert_eq!(listener.block(WAIT).await, None, "and the body ends");
    })
    .await;
}

#[tokio::test]
async fn streams_are_refused_where_they_are_malformed_or_too_many() {
    each(async |database| {
        let house = House::build_with(database, |config| {
            quick(config);
            config.event_streams_max = 9;
        })
        .await;
        let (person, other) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let guest = Person::without_profile(&house, 3).await;
        let many = vec![person.account.to_string(); 21].join(",");
        let table = [
            ("no cursor", "cursor=x".to_owned()),
            ("a cursor of a list", "cursor=1-2-3-4".to_owned()),
            ("no account", "issuers=alice".to_owned()),
            ("an account and nothing", format!("issuers={},", person.account)),
            ("too many issuers", format!("issuers={many}")),
            ("an unknown field", "since=1".to_owned()),
        ];
        for (name, query) in table {
            let answer = person.get(&house, &format!("/v1/events?{query}")).await;
            assert_eq!(answer.error(), (400, ErrorCode::Malformed), "{name}");
        }
        assert_eq!(guest.get(&house, "/v1/events").await.error(), (403, ErrorCode::ProfileRequired));
        assert_eq!(house.get("/v1/events").await.error(), (401, ErrorCode::Unauthenticated));

        let mut streams = Vec::new();
        for _ in 0..8 {
            streams.push(Listener::open(&house, &person, "").await);
        }
        assert_eq!(
            person.get(&house, "/v1/events").await.error(),
            (429, ErrorCode::LimitReached),
            "of one's own"
        );
        streams.push(Listener::open(&house, &other, "").await);
        assert_eq!(
            other.get(&house, "/v1/events").await.error(),
            (503, ErrorCode::LimitReached),
            "of the node"
        );
        drop(streams);
        for _ in 0..100 {
            let answer = other.get(&house, "/v1/events").await;
            if answer.status == 200 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("streams whose readers have gone make no room");
    })
    .await;
}

/// Whatever happens while nobody listens, and wherever a stream is cut: read on from each cursor, each event is told once, in order.
#[test]
fn cut_anywhere_and_read_on_nothing_is_missed_and_nothing_repeated() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 6, failure_persistence: None, ..Config::default() });
    // Blocks of so many events each; how many are read before the stream is cut.
    let script = (prop::collection::vec(0..4usize, 1..12), prop::collection::vec(0..5usize, 1..8));
    runner
        .run(&script, |(blocks, cuts)| {
            runtime.block_on(async {
                let mut house = House::build_at(None, quick).await;
                let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
                let first = Listener::open(&house, &reader, "").await;
                let mut cursor = first.cursor.clone();
                drop(first);
                let (mut expected, mut told) = (Vec::new(), Vec::new());
                let mut cuts = cuts.into_iter();
                for count in blocks {
                    let now = house.now();
                    let events: Vec<_> = (0..count)
                        .map(|_| {
                            let id = data_id();
                            expected.push(id);
                            grant(GrantChange::Created, owner.account, reader.account, id, 0)
                        })
                        .collect();
                    house.grants.block(now, &events, 0).await;
                    let left = expected.len() - told.len();
                    let read = cuts.next().unwrap_or_default().min(left);
                    let mut listener = Listener::open(&house, &reader, &format!("?cursor={cursor}")).await;
                    told.extend(ids(&listener.events(read).await).into_iter().map(|(_, id)| id));
                    if read > 0 {
                        cursor = listener.cursor.clone();
                    }
                }
                let mut listener = Listener::open(&house, &reader, &format!("?cursor={cursor}")).await;
                let left = expected.len() - told.len();
                told.extend(ids(&listener.events(left).await).into_iter().map(|(_, id)| id));
                listener.quiet().await;
                prop_assert_eq!(told, expected);
                Ok(())
            })
        })
        .unwrap();
}
