//! XDR in answers: as base64, or as JSON where a request says so.

use serde::Serialize;
use serde_json::{Map, Value};
use stellar_xdr::{Limits, ReadXdr, WriteXdr};

use super::{error::RpcError, params::Params};

/// How deeply XDR may be nested, here as in Soroban's host.
const DEPTH_MAX: u32 = 500;

/// How XDR is written in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum XdrFormat {
    #[default]
    Base64,
    Json,
}

impl XdrFormat {
    /// The parameter `xdrFormat`.
    pub fn take(params: &mut Params) -> Result<Self, String> {
        let asked: Option<String> = params.optional("xdrFormat").map_err(|error| error.message)?;
        match asked.as_deref() {
            None | Some("" | "base64") => Ok(Self::Base64),
            Some("json") => Ok(Self::Json),
            Some(other) => {
                let other: String = other.chars().take(20).collect();
                Err(format!("got '{other}': expected base64, json for optional 'xdrFormat'"))
            }
        }
    }
}

/// An object of an answer, in which XDR stands under one name or, as JSON, under another.
pub(super) struct XdrFields {
    format: XdrFormat,
    fields: Map<String, Value>,
}

impl XdrFields {
    pub fn new(format: XdrFormat) -> Self {
        Self { format, fields: Map::new() }
    }

    pub fn add(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
    }

    /// One value: under `xdr` in base64, or under `json`.
    pub fn add_xdr<T: WriteXdr + Serialize>(
        &mut self,
        (xdr, json): (&str, &str),
        value: &T,
    ) -> Result<(), RpcError> {
        let (name, value) = match self.format {
            XdrFormat::Base64 => (xdr, Value::String(base64(value)?)),
            XdrFormat::Json => (json, as_json(value)?),
        };
        self.add(name, value);
        Ok(())
    }

    /// A list.
    pub fn add_list<'a, T: WriteXdr + Serialize + 'a>(
        &mut self,
        (xdr, json): (&str, &str),
        values: impl IntoIterator<Item = &'a T>,
    ) -> Result<(), RpcError> {
        let list = list(self.format, values)?;
        self.add(if self.format == XdrFormat::Base64 { xdr } else { json }, list);
        Ok(())
    }

    /// A list of lists.
    pub fn add_lists<'a, T: WriteXdr + Serialize + 'a, L: IntoIterator<Item = &'a T>>(
        &mut self,
        (xdr, json): (&str, &str),
        values: impl IntoIterator<Item = L>,
    ) -> Result<(), RpcError> {
        let lists: Result<Vec<Value>, RpcError> =
            values.into_iter().map(|values| list(self.format, values)).collect();
        self.add(if self.format == XdrFormat::Base64 { xdr } else { json }, lists?);
        Ok(())
    }

    pub fn into_value(self) -> Value {
        Value::Object(self.fields)
    }
}

fn list<'a, T: WriteXdr + Serialize + 'a>(
    format: XdrFormat,
    values: impl IntoIterator<Item = &'a T>,
) -> Result<Value, RpcError> {
    let one = |value: &T| match format {
        XdrFormat::Base64 => Ok(Value::String(base64(value)?)),
        XdrFormat::Json => as_json(value),
    };
    values.into_iter().map(one).collect::<Result<Vec<Value>, RpcError>>().map(Value::Array)
}

/// XDR of our own, in base64.
pub(super) fn base64(value: &impl WriteXdr) -> Result<String, RpcError> {
    value.to_xdr_base64(Limits::none()).map_err(|error| RpcError::internal(error.to_string()))
}

/// XDR as JSON, as `stellar-xdr` has it.
pub(super) fn as_json(value: &impl Serialize) -> Result<Value, RpcError> {
    serde_json::to_value(value).map_err(|error| RpcError::internal(error.to_string()))
}

/// XDR from outside: nothing may follow it, and it holds no more than its text is long.
pub(super) fn decode<T: ReadXdr>(text: &str) -> Result<T, stellar_xdr::Error> {
    T::from_xdr_base64(text, Limits { depth: DEPTH_MAX, len: text.len() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use stellar_xdr::{ScVal, VecM};

    use super::*;

    #[test]
    fn xdr_stands_under_the_name_of_its_format() {
        for (format, expected) in [
            (XdrFormat::Base64, json!({ "valueXdr": "AAAAAwAAAAc=", "allXdr": ["AAAAAQ=="] })),
            (XdrFormat::Json, json!({ "valueJson": { "u32": 7 }, "allJson": ["void"] })),
        ] {
            let mut fields = XdrFields::new(format);
            fields.add_xdr(("valueXdr", "valueJson"), &ScVal::U32(7)).unwrap();
            fields.add_list(("allXdr", "allJson"), [&ScVal::Void]).unwrap();
            assert_eq!(fields.into_value(), expected);
        }
    }

    #[test]
    fn xdr_from_outside_is_read_whole_or_not_at_all() {
        assert_eq!(decode::<ScVal>("AAAAAQ==").unwrap(), ScVal::Void);
        for (name, text) in [
            ("empty", String::new()),
            ("not base64", "AAAA!AQ==".to_owned()),
            ("something after it", "AAAAAQAAAAE=".to_owned()),
            ("cut short", "AAAAAw==".to_owned()),
            ("bytes that it claims but does not have", "AAAADX////8=".to_owned()),
            ("nested too deeply", nested(400)),
        ] {
            assert!(decode::<ScVal>(&text).is_err(), "{name}");
        }
        assert!(decode::<ScVal>(&nested(50)).is_ok());
    }

    fn nested(levels: usize) -> String {
        let wrap = |inner| ScVal::Vec(Some(stellar_xdr::ScVec(VecM::try_from(vec![inner]).unwrap())));
        let value = (0..levels).fold(ScVal::Void, |inner, _| wrap(inner));
        base64(&value).unwrap()
    }
}
