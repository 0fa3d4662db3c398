//! A block in the shape of NEAR Lake, and what is kept of it. The protocol may add to that shape at any time, so only what is needed is named.

use std::fmt;

use idos_grants::account::NearAccountId;
use idos_mirror::{BlockHash, BlockRef};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, Visitor},
};

use super::events;
use crate::source::SourceError;

const NANOS_PER_SEC: u64 = 1_000_000_000;

const MALFORMED: SourceError = SourceError::Invalid("a block that is not in the shape of NEAR Lake");

/// What a block says that matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) at: BlockRef,
    /// The block before it.
    pub(super) parent: BlockHash,
    /// That block's height; `None`: this is the chain's first block.
    pub(super) parent_height: Option<u64>,
    /// The newest block that the chain will not undo, as of this one.
    pub(super) last_final: BlockHash,
    /// Receipts that succeeded and may have logged events of ours, in the order in which they ran.
    pub(super) receipts: Vec<Receipt>,
}

/// A receipt that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Receipt {
    /// The account whose contract ran.
    pub(super) executor: NearAccountId,
    /// Its logs, as far as they may be events of ours.
    pub(super) logs: Vec<Box<str>>,
}

impl Block {
    /// Whether it is the next one after `parent`.
    pub(super) fn follows(&self, parent: &Self) -> bool {
        self.parent == parent.at.hash && self.parent_height == Some(parent.at.number)
    }

    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        let logs = self.receipts.iter().flat_map(|receipt| &receipt.logs);
        size_of::<Self>()
            + self.receipts.len() * size_of::<Receipt>()
            + logs.map(|log| log.len() + size_of::<Box<str>>()).sum::<usize>()
    }
}

/// The block of an answer; `None`: `null`, there is no block at the height that was asked for.
pub(super) fn parse(json: &[u8]) -> Result<Option<Block>, SourceError> {
    let message: Option<Message> = serde_json::from_slice(json).map_err(|_| MALFORMED)?;
    message.map(block).transpose()
}

fn block(message: Message) -> Result<Block, SourceError> {
    let header = message.block.header;
    let parent_height = match (header.prev_height, header.prev_hash) {
        // The first block names 32 zero bytes as the one before it.
        (_, Hash([0, ..])) if header.prev_hash.0 == [0; 32] => None,
        (Some(height), _) if height < header.height => Some(height),
        _ => {
            return Err(SourceError::Invalid(
                "a block that does not say which one it follows, as none did before 2021: is start_block where the contract was deployed?",
            ));
        }
    };
    let nanos: u64 = header.timestamp_nanosec.parse().map_err(|_| MALFORMED)?;
    let hash = BlockHash(header.hash.0);
    let executed = message.shards.into_iter().flat_map(|shard| shard.receipt_execution_outcomes);
    let receipts = executed.filter_map(|executed| receipt(executed, header.hash).transpose());
    Ok(Block {
        at: BlockRef { number: header.height, hash, time: nanos / NANOS_PER_SEC },
        parent: BlockHash(header.prev_hash.0),
        parent_height,
        last_final: BlockHash(header.last_final_block.0),
        receipts: receipts.collect::<Result<_, _>>()?,
    })
}

fn receipt(executed: Executed, block: Hash) -> Result<Option<Receipt>, SourceError> {
    let Executed { execution_outcome: Execution { block_hash, outcome }, receipt } = executed;
    let logs: Vec<_> = outcome.logs.into_iter().filter_map(|log| log.0).collect();
    if !outcome.status.is_success || logs.is_empty() {
        return Ok(None);
    }
    if block_hash != block || outcome.executor_id != receipt.receiver_id {
        return Err(SourceError::Invalid("a receipt that ran in another place"));
    }
    let executor = outcome.executor_id.parse().map_err(|_| MALFORMED)?;
    Ok(Some(Receipt { executor, logs }))
}

#[derive(Deserialize)]
struct Message {
    block: BlockJson,
    shards: Vec<Shard>,
}

#[derive(Deserialize)]
struct BlockJson {
    header: Header,
}

#[derive(Deserialize)]
struct Header {
    height: u64,
    #[serde(default)]
    prev_height: Option<u64>,
    hash: Hash,
    prev_hash: Hash,
    last_final_block: Hash,
    timestamp_nanosec: String,
}

#[derive(Deserialize)]
struct Shard {
    receipt_execution_outcomes: Vec<Executed>,
}

#[derive(Deserialize)]
struct Executed {
    execution_outcome: Execution,
    receipt: ReceiptJson,
}

#[derive(Deserialize)]
struct Execution {
    block_hash: Hash,
    outcome: Outcome,
}

#[derive(Deserialize)]
struct Outcome {
    executor_id: String,
    logs: Vec<Log>,
    status: Status,
}

#[derive(Deserialize)]
struct ReceiptJson {
    receiver_id: String,
}

/// 32 bytes in base58.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Hash(pub(super) [u8; 32]);

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(HashVisitor)
    }
}

struct HashVisitor;

impl Visitor<'_> for HashVisitor {
    type Value = Hash;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("32 bytes in base58")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Hash, E> {
        let mut bytes = [0; 32];
        match bs58::decode(text).onto(&mut bytes) {
            Ok(32) => Ok(Hash(bytes)),
            _ => Err(E::custom("not 32 bytes in base58")),
        }
    }
}

/// A log, if it may be an event of ours. All others, which are nearly all, are passed over without a copy.
struct Log(Option<Box<str>>);

impl<'de> Deserialize<'de> for Log {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(LogVisitor)
    }
}

struct LogVisitor;

impl Visitor<'_> for LogVisitor {
    type Value = Log;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a log")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Log, E> {
        Ok(Log(events::may_be(text).then(|| text.into())))
    }
}

/// How a receipt ended. Only the two ways that keep what it did count as success, whatever else the protocol may name one day.
struct Status {
    is_success: bool,
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StatusVisitor)
    }
}

struct StatusVisitor;

impl<'de> Visitor<'de> for StatusVisitor {
    type Value = Status;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an execution status")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Status, E> {
        Ok(Status { is_success: false })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Status, A::Error> {
        let (mut entries, mut is_success) = (0, true);
        while let Some((name, _)) = map.next_entry::<String, IgnoredAny>()? {
            entries += 1;
            is_success &= ["SuccessValue", "SuccessReceiptId"].contains(&name.as_str());
        }
        Ok(Status { is_success: is_success && entries == 1 })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Told with fields that nobody needs here, as the protocol adds them.
    fn message() -> Value {
        json!({
            "block": {
                "author": "node0",
                "header": {
                    "height": 7,
                    "prev_height": 5,
                    "hash": bs58::encode([7; 32]).into_string(),
                    "prev_hash": bs58::encode([5; 32]).into_string(),
                    "last_final_block": bs58::encode([4; 32]).into_string(),
                    "timestamp": 1_800_000_000_999_999_999_u64,
                    "timestamp_nanosec": "1800000000999999999",
                    "a_field_of_tomorrow": {"version": 9},
                },
                "chunks": [],
            },
            "shards": [
                {"shard_id": 0, "chunk": null, "receipt_execution_outcomes": [], "state_changes": []},
                {"shard_id": 3, "receipt_execution_outcomes": [receipt(json!({"SuccessValue": "AA=="}))]},
            ],
        })
    }

    const EVENT: &str = "EVENT_JSON:{\"standard\":\"idos-access-grants\"}";

    fn receipt(status: Value) -> Value {
        let logs = ["a log", "EVENT_JSON:{\"standard\":\"nep141\"}", EVENT];
        json!({
            "execution_outcome": {
                "block_hash": bs58::encode([7; 32]).into_string(),
                "outcome": {"executor_id": "grants.near", "logs": logs, "status": status, "gas_burnt": 1},
            },
            "receipt": {"receiver_id": "grants.near", "priority": 0},
        })
    }

    fn parsed(message: &Value) -> Result<Option<Block>, SourceError> {
        parse(message.to_string().as_bytes())
    }

    #[test]
    fn what_matters_of_a_block_is_kept_and_the_rest_is_not_needed() {
        let block = parsed(&message()).unwrap().unwrap();
        let at = BlockRef { number: 7, hash: BlockHash([7; 32]), time: 1_800_000_000 };
        assert_eq!(block.at, at);
        assert_eq!((block.parent, block.parent_height), (BlockHash([5; 32]), Some(5)));
        assert_eq!(block.last_final, BlockHash([4; 32]));
        let kept = Receipt { executor: "grants.near".parse().unwrap(), logs: vec![EVENT.into()] };
        assert_eq!(block.receipts, [kept]);
    }

    #[test]
    fn only_receipts_that_succeeded_are_kept() {
        let table = [
            (json!({"SuccessValue": ""}), true),
            (json!({"SuccessReceiptId": bs58::encode([1; 32]).into_string()}), true),
            (json!({"Failure": {"ActionError": {"index": 0}}}), false),
            (json!("Unknown"), false),
            (json!({"Unknown": null}), false),
            (json!({"ADayTomorrow": {"SuccessValue": ""}}), false),
            (json!({"SuccessValue": "", "Failure": {}}), false),
            (json!({}), false),
        ];
        for (status, is_kept) in table {
            let mut message = message();
            message["shards"][1]["receipt_execution_outcomes"] = json!([receipt(status.clone())]);
            let block = parsed(&message).unwrap().unwrap();
            assert_eq!(!block.receipts.is_empty(), is_kept, "{status}");
        }
    }

    #[test]
    fn null_is_no_block_and_the_first_block_follows_none() {
        assert_eq!(parse(b"null"), Ok(None));
        for prev_height in [Value::Null, json!(0)] {
            let mut first = message();
            first["block"]["header"]["prev_hash"] = json!("1".repeat(32));
            first["block"]["header"]["prev_height"] = prev_height;
            assert_eq!(parsed(&first).unwrap().unwrap().parent_height, None);
        }
    }

    #[test]
    fn what_is_not_a_block_is_invalid() {
        let changed = |pointer: &str, value: Value| {
            let mut message = message();
            *message.pointer_mut(pointer).unwrap() = value;
            message.to_string()
        };
        let outcome = "/shards/1/receipt_execution_outcomes/0/execution_outcome";
        let table = [
            ("nothing", String::new()),
            ("half", message().to_string()[..200].to_owned()),
            ("a list", "[]".to_owned()),
            ("an error", json!({"error": "no", "type": "BLOCK_DOES_NOT_EXIST"}).to_string()),
            ("no parent", changed("/block/header/prev_height", Value::Null)),
            ("its own parent", changed("/block/header/prev_height", json!(7))),
            ("a short hash", changed("/block/header/hash", json!("1111"))),
            ("a time in words", changed("/block/header/timestamp_nanosec", json!("now"))),
            ("a time below zero", changed("/block/header/timestamp_nanosec", json!("-1"))),
            ("no shards", changed("/shards", Value::Null)),
            ("no outcomes", changed("/shards/1/receipt_execution_outcomes", Value::Null)),
            ("logs that are no texts", changed(&format!("{outcome}/outcome/logs"), json!([1]))),
            ("an outcome of another block", changed(&format!("{outcome}/block_hash"), json!("5".repeat(43)))),
            (
                "an executor that is no account",
                changed(&format!("{outcome}/outcome/executor_id"), json!("A")),
            ),
        ];
        for (name, json) in table {
            assert!(matches!(parse(json.as_bytes()), Err(SourceError::Invalid(_))), "{name}");
        }
    }
}
