//! Parameters of a request: an object, from which each is taken by name, so that an error names the wrong one.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::RpcError;

/// Parameters by name. As in Stellar RPC, a `null` is as good as nothing, and names that nobody knows are ignored.
pub(super) struct Params {
    /// Where these are within the request: empty, or ending in a dot.
    within: String,
    fields: Map<String, Value>,
}

impl Params {
    pub fn read(params: Value) -> Result<Self, RpcError> {
        Self::of(String::new(), params).ok_or_else(|| {
            RpcError::invalid_params("invalid parameters: send an object with named parameters")
        })
    }

    fn of(within: String, value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(Self { within, fields: Map::new() }),
            Value::Object(fields) => Some(Self { within, fields }),
            _ => None,
        }
    }

    /// A parameter that may be left out.
    pub fn optional<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, RpcError> {
        match self.fields.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value).map(Some).map_err(|error| self.wrong(name, &error)),
        }
    }

    /// A parameter that must be there.
    pub fn required<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, RpcError> {
        self.optional(name)?.ok_or_else(|| self.wrong(name, &"it is missing"))
    }

    /// An object of parameters; without one, an empty one.
    pub fn group(&mut self, name: &str) -> Result<Self, RpcError> {
        let value = self.fields.remove(name).unwrap_or(Value::Null);
        Self::of(format!("{}{name}.", self.within), value).ok_or_else(|| self.wrong(name, &"it is no object"))
    }

    /// A list of objects of parameters; without one, an empty one.
    pub fn groups(&mut self, name: &str) -> Result<Vec<Self>, RpcError> {
        let values: Vec<Value> = self.optional(name)?.unwrap_or_default();
        let group = |(index, value)| {
            let name = format!("{name}[{index}]");
            Self::of(format!("{}{name}.", self.within), value)
                .ok_or_else(|| self.wrong(&name, &"it is no object"))
        };
        values.into_iter().enumerate().map(group).collect()
    }

    /// The error for a parameter of these.
    pub fn wrong(&self, name: &str, why: &impl ToString) -> RpcError {
        RpcError::invalid_params(format!("invalid parameters: {}{name}: {}", self.within, why.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_wrong_parameter_is_named_where_it_is() {
        let mut params = Params::read(json!({ "pagination": { "limit": -1 }, "list": [{}, 3] })).unwrap();
        let limit = params.group("pagination").unwrap().optional::<u32>("limit").unwrap_err();
        assert!(limit.message.starts_with("invalid parameters: pagination.limit: "), "{}", limit.message);
        let list = params.groups("list").err().unwrap();
        assert!(list.message.starts_with("invalid parameters: list[1]: "), "{}", list.message);
        let missing = params.required::<String>("hash").unwrap_err();
        assert_eq!(missing.message, "invalid parameters: hash: it is missing");
    }

    #[test]
    fn null_is_as_good_as_nothing() {
        let mut params = Params::read(json!({ "startLedger": null, "pagination": null })).unwrap();
        assert_eq!(params.optional::<u32>("startLedger"), Ok(None));
        assert_eq!(params.group("pagination").unwrap().optional::<u32>("limit"), Ok(None));
        assert!(Params::read(Value::Null).is_ok());
    }

    #[test]
    fn positional_parameters_are_refused() {
        for params in [json!([]), json!([1]), json!("x"), json!(1)] {
            assert!(Params::read(params).is_err());
        }
    }
}
