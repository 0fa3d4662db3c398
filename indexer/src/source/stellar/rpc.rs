//! Questions to the RPC, and the ledgers that it has.

use std::fmt;

use idos_grants::ChainId;
use reqwest::{Client, redirect::Policy};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::{Value, json};
use tokio::time::timeout;
use url::Url;

use super::ledger::{Ledger, LedgerJson};
use crate::source::{
    SourceError,
    http::{self, ANSWER_TIMEOUT},
};

/// Bytes of any answer: a ledger comes with all that happened in it, and anybody can fill ledgers.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// What JSON-RPC calls an invalid request; the RPC says so of ledgers that it does not have.
const INVALID_REQUEST: i64 = -32_600;

/// One RPC.
pub(super) struct Rpc {
    client: Client,
    url: Url,
    name: String,
}

/// The ledgers that an RPC has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Window {
    #[serde(rename = "oldestLedger")]
    pub(super) oldest: u32,
    #[serde(rename = "latestLedger")]
    pub(super) latest: u32,
    /// Not told by every version; by some as a number, by others as its digits.
    #[serde(default, deserialize_with = "number_or_digits")]
    pub(super) latest_ledger_close_time: Option<u64>,
}

impl Window {
    /// Whether the newest ledger is the same one.
    pub(super) fn is_at(&self, other: &Self) -> bool {
        (self.latest, self.latest_ledger_close_time) == (other.latest, other.latest_ledger_close_time)
    }
}

/// Why a question has no result.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The RPC says that it does not have the ledgers that the question is about.
    NotHere(String),
    Other(SourceError),
}

impl From<SourceError> for Refusal {
    fn from(error: SourceError) -> Self {
        Self::Other(error)
    }
}

impl From<Refusal> for SourceError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotHere(message) => unavailable(&message),
            Refusal::Other(error) => error,
        }
    }
}

impl Rpc {
    pub(super) fn new(url: &Url) -> Self {
        Self { client: http::client(Policy::default()), url: url.clone(), name: http::host(url) }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Which network it is of, by the passphrase.
    pub(super) async fn chain(&self) -> Result<ChainId, SourceError> {
        let network: Network = self.ask("getNetwork", json!({})).await?;
        Ok(ChainId::stellar(&network.passphrase))
    }

    /// Which ledgers it has. Of all questions this one has the smallest answer.
    pub(super) async fn window(&self) -> Result<Window, SourceError> {
        let window: Window = self.ask("getHealth", json!({})).await?;
        if window.latest == 0 || window.oldest > window.latest {
            return Err(SourceError::Invalid("an oldest ledger after the latest one"));
        }
        Ok(window)
    }

    /// The first ledger of at least this number that the RPC has; `None`: the chain has not got so far.
    pub(super) async fn ledger_from(&self, sequence: u32) -> Result<Option<Ledger>, SourceError> {
        let params = json!({ "startLedger": sequence, "pagination": { "limit": 1 } });
        let answer: Ledgers = match self.ask("getLedgers", params).await {
            Ok(answer) => answer,
            Err(Refusal::NotHere(message)) => {
                return match self.why_not_here(sequence, message).await {
                    SourceError::Lags => Ok(None),
                    error => Err(error),
                };
            }
            Err(Refusal::Other(error)) => return Err(error),
        };
        match answer.ledgers.first() {
            Some(ledger) => ledger.check(sequence).map(Some),
            // A server that has not got so far may answer with nothing.
            None if answer.latest_ledger < sequence => Ok(None),
            None => Err(SourceError::Invalid("no ledger where there is one")),
        }
    }

    /// Why the RPC does not have a ledger that was asked for.
    pub(super) async fn why_not_here(&self, sequence: u32, message: String) -> SourceError {
        match self.window().await {
            Ok(window) if sequence > window.latest => SourceError::Lags,
            Ok(window) if sequence < window.oldest => {
                SourceError::BlocksMissing { from: sequence.into(), to: u64::from(window.oldest) - 1 }
            }
            Ok(_) => unavailable(&message),
            Err(error) => error,
        }
    }

    pub(super) async fn ask<T: DeserializeOwned>(&self, method: &str, params: Value) -> Result<T, Refusal> {
        let question = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        match timeout(ANSWER_TIMEOUT, self.post(&question)).await {
            Ok(answer) => read(&answer?),
            Err(_) => Err(SourceError::TimedOut { secs: ANSWER_TIMEOUT.as_secs() }.into()),
        }
    }

    async fn post(&self, question: &Value) -> Result<Vec<u8>, SourceError> {
        let failed = |error: reqwest::Error| unavailable(&error.without_url().to_string());
        let response = self.client.post(self.url.clone()).json(question).send().await.map_err(failed)?;
        let status = response.status();
        let body = http::body(response, ANSWER_BYTES_MAX).await.map_err(failed)?;
        let body = body.ok_or(SourceError::Invalid("an answer longer than any that was asked for"))?;
        // Some errors come with a status, and say more in the body.
        if status.is_success()
            || serde_json::from_slice::<Answer<IgnoredAny>>(&body).is_ok_and(|answer| answer.error.is_some())
        {
            return Ok(body);
        }
        Err(unavailable(&format!("it answers with status {status}")))
    }
}

impl fmt::Debug for Rpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rpc").field("name", &self.name).finish_non_exhaustive()
    }
}

fn unavailable(message: &str) -> SourceError {
    SourceError::Unavailable(http::excerpt(message))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    const NOT_JSON_RPC: SourceError = SourceError::Invalid("an answer that is not JSON-RPC");
    const ANOTHER_SHAPE: SourceError =
        SourceError::Invalid("a result in another shape than the RPC documents");
    // What a ledger's answer is long by is passed over without a copy.
    let answer = serde_json::from_slice::<Answer<T>>(body).map_err(|_| {
        let is_json_rpc =
            serde_json::from_slice::<Answer<IgnoredAny>>(body).is_ok_and(|answer| answer.result.is_some());
        if is_json_rpc { ANOTHER_SHAPE } else { NOT_JSON_RPC }
    })?;
    match answer {
        Answer { error: Some(ErrorJson { code: INVALID_REQUEST, message }), .. } => {
            Err(Refusal::NotHere(message))
        }
        Answer { error: Some(error), .. } => {
            Err(unavailable(&format!("{} ({})", error.message, error.code)).into())
        }
        Answer { result: Some(result), .. } => Ok(result),
        Answer { result: None, error: None } => Err(NOT_JSON_RPC.into()),
    }
}

fn number_or_digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Told {
        Number(u64),
        Digits(String),
    }
    Ok(match Option::deserialize(deserializer)? {
        Some(Told::Number(number)) => Some(number),
        Some(Told::Digits(digits)) => digits.parse().ok(),
        None => None,
    })
}

#[derive(Deserialize)]
struct Answer<T> {
    result: Option<T>,
    error: Option<ErrorJson>,
}

#[derive(Deserialize)]
struct ErrorJson {
    code: i64,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Network {
    passphrase: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ledgers {
    ledgers: Vec<LedgerJson>,
    latest_ledger: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(error: &Value) -> Refusal {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "error": error }).to_string();
        match read::<Window>(body.as_bytes()) {
            Err(refusal) => refusal,
            Ok(window) => panic!("{window:?}"),
        }
    }

    #[test]
    fn ledgers_that_are_not_here_are_told_from_other_refusals() {
        let message = "startLedger must be within the ledger range: 100 - 200";
        assert!(
            matches!(refused(&json!({"code": -32600, "message": message})), Refusal::NotHere(said) if said == message)
        );
        for code in [-32601, -32602, -32603, 0] {
            let Refusal::Other(error) = refused(&json!({"code": code, "message": "no"})) else {
                panic!("{code}")
            };
            assert_eq!(error.to_string(), format!("the RPC does not answer: no ({code})"));
        }
        let long = SourceError::from(refused(&json!({"code": -32603, "message": "x".repeat(5_000)})));
        assert!(long.to_string().len() < 400);
    }

    #[test]
    fn what_is_not_json_rpc_is_invalid() {
        let wrong = [
            "",
            "null",
            "<html>",
            "{}",
            r#"{"result":{}}"#,
            r#"{"result":null}"#,
            r#"{"result":{"oldestLedger":1,"latest"#,
        ];
        for body in wrong {
            assert!(
                matches!(read::<Window>(body.as_bytes()), Err(Refusal::Other(SourceError::Invalid(_)))),
                "{body}"
            );
        }
    }

    #[test]
    fn a_window_is_read_with_and_without_its_time() {
        let read = |body: &str| read::<Window>(body.as_bytes()).ok();
        let window = Window { oldest: 2, latest: 9, latest_ledger_close_time: None };
        assert_eq!(
            read(
                r#"{"result":{"status":"healthy","latestLedger":9,"oldestLedger":2,"ledgerRetentionWindow":8}}"#
            ),
            Some(window)
        );
        let with_time = Some(Window { latest_ledger_close_time: Some(5), ..window });
        for time in ["5", "\"5\""] {
            let body = format!(
                r#"{{"result":{{"latestLedger":9,"oldestLedger":2,"latestLedgerCloseTime":{time}}}}}"#
            );
            assert_eq!(read(&body), with_time, "{time}");
        }
    }
}
