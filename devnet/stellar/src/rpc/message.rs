//! JSON-RPC 2.0: from bytes to requests, from answers to bytes.

use serde_json::{Map, Value, json};

use super::error::RpcError;

/// Requests of one batch.
const BATCH_MAX: usize = 100;

/// What one HTTP request asks.
#[derive(Debug)]
pub(super) enum Message {
    One(Result<Call, Refused>),
    Batch(Vec<Result<Call, Refused>>),
}

/// A request.
#[derive(Debug, PartialEq)]
pub(super) struct Call {
    /// None: a notification, which nobody wants an answer to.
    pub id: Option<Value>,
    pub method: String,
    pub params: Value,
}

/// What is no request, and the id of its answer.
#[derive(Debug, PartialEq)]
pub(super) struct Refused {
    pub id: Value,
    pub error: RpcError,
}

/// Reads a body.
pub(super) fn parse(body: &[u8]) -> Result<Message, RpcError> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| RpcError::parse_error(format!("the body is no JSON: {error}")))?;
    match value {
        Value::Array(elements) if elements.is_empty() => {
            Err(RpcError::invalid_request("empty request batch"))
        }
        Value::Array(elements) if elements.len() > BATCH_MAX => {
            let many = elements.len();
            Err(RpcError::invalid_request(format!("a batch of {many} requests: send at most {BATCH_MAX}")))
        }
        Value::Array(elements) => Ok(Message::Batch(elements.into_iter().map(call).collect())),
        one => Ok(Message::One(call(one))),
    }
}

fn call(value: Value) -> Result<Call, Refused> {
    let Value::Object(mut fields) = value else {
        return Err(refused(Value::Null, "a request is an object"));
    };
    let id = id(&mut fields)?;
    let answer_to = || id.clone().unwrap_or(Value::Null);
    if fields.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err(refused(answer_to(), "incorrect version marker: jsonrpc must be \"2.0\""));
    }
    let Some(Value::String(method)) = fields.remove("method") else {
        return Err(refused(answer_to(), "method must be the name of a method"));
    };
    Ok(Call { method, params: fields.remove("params").unwrap_or(Value::Null), id })
}

fn id(fields: &mut Map<String, Value>) -> Result<Option<Value>, Refused> {
    match fields.remove("id") {
        id @ (None | Some(Value::String(_) | Value::Number(_) | Value::Null)) => Ok(id),
        Some(_) => Err(refused(Value::Null, "id must be a string or a number")),
    }
}

fn refused(id: Value, why: &str) -> Refused {
    Refused { id, error: RpcError::invalid_request(why) }
}

/// The answer to a request.
pub(super) fn answer(id: Value, result: Result<Value, RpcError>) -> Value {
    match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(error) => json!({ "jsonrpc": "2.0", "id": id, "error": error.to_json() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read() {
        let Ok(Message::One(Ok(call))) = parse(br#"{"jsonrpc":"2.0","id":7,"method":"getHealth"}"#) else {
            panic!("it is not read");
        };
        assert_eq!(call, Call { id: Some(json!(7)), method: "getHealth".into(), params: Value::Null });
    }

    #[test]
    fn a_request_without_id_is_a_notification() {
        let Ok(Message::One(Ok(call))) = parse(br#"{"jsonrpc":"2.0","method":"getHealth"}"#) else {
            panic!("it is not read");
        };
        assert_eq!(call.id, None);
    }

    #[test]
    fn a_batch_of_too_many_is_refused() {
        let batch = Value::Array(vec![json!({}); BATCH_MAX + 1]).to_string();
        let error = parse(batch.as_bytes()).unwrap_err();
        assert!(error.message.contains("101") && error.message.contains("100"), "{}", error.message);
    }
}
