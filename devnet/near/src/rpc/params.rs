//! Parameters of a request: an object, or for older clients an array.

use near_jsonrpc_primitives::errors::RpcParseError;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads parameters whole.
pub(super) fn parse<T: DeserializeOwned>(params: Value) -> Result<T, RpcParseError> {
    serde_json::from_value(params).map_err(|error| RpcParseError(format!("Failed parsing args: {error}")))
}

/// The only element of an array; else the parameters as they were.
pub(super) fn only(params: Value) -> Result<Value, Value> {
    array(params).map(|[element]| element)
}

/// Both elements of an array of two; else the parameters as they were.
pub(super) fn pair(params: Value) -> Result<(Value, Value), Value> {
    array(params).map(|[first, second]| (first, second))
}

fn array<const N: usize>(params: Value) -> Result<[Value; N], Value> {
    match params {
        Value::Array(elements) => elements.try_into().map_err(Value::Array),
        other => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arrays_of_the_right_length_are_taken_apart() {
        assert_eq!(only(json!([1])), Ok(json!(1)));
        assert_eq!(pair(json!([1, "a"])), Ok((json!(1), json!("a"))));
    }

    #[test]
    fn everything_else_comes_back_unchanged() {
        for params in [json!([]), json!([1, 2, 3]), json!({"block_id": 1}), json!(null), json!("x")] {
            assert_eq!(only(params.clone()), Err(params.clone()));
            assert_eq!(pair(params.clone()), Err(params));
        }
    }
}
