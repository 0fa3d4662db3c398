//! JSON-RPC errors, with the codes and the words of Stellar RPC.

use serde_json::{Value, json};

use super::node::EngineGone;
use crate::chain::ChainError;

/// A JSON-RPC error.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RpcError {
    pub code: i32,
    pub message: String,
    pub data: Option<Value>,
}

impl RpcError {
    const PARSE_ERROR: i32 = -32700;
    const INVALID_REQUEST: i32 = -32600;
    const METHOD_NOT_FOUND: i32 = -32601;
    const INVALID_PARAMS: i32 = -32602;
    const INTERNAL_ERROR: i32 = -32603;

    fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    pub fn parse_error(message: impl Into<String>) -> Self {
        Self::new(Self::PARSE_ERROR, message)
    }

    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(Self::INVALID_REQUEST, message)
    }

    pub fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(Self::INVALID_PARAMS, message)
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Self::INTERNAL_ERROR, message)
    }

    pub fn method_not_found(method: &str) -> Self {
        // The name comes from outside: an answer repeats only as much of it as names a method.
        let method: String = method.chars().take(METHOD_NAME_MAX).collect();
        let why = format!("{method}: this devnet does not do it; its README lists what it does");
        Self { data: Some(Value::String(why)), ..Self::new(Self::METHOD_NOT_FOUND, "method not found") }
    }

    pub fn to_json(&self) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(data) = &self.data {
            error["data"] = data.clone();
        }
        error
    }
}

/// Characters of an unknown method's name that an answer repeats.
const METHOD_NAME_MAX: usize = 100;

impl From<EngineGone> for RpcError {
    fn from(error: EngineGone) -> Self {
        Self::internal(error.to_string())
    }
}

impl From<ChainError> for RpcError {
    fn from(error: ChainError) -> Self {
        Self::internal(error.to_string())
    }
}
