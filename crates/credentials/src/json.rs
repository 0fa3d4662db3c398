//! JSON from outside: bounded, and only what all parsers read alike (I-JSON, [RFC 7493](https://www.rfc-editor.org/rfc/rfc7493)),
//! so that what was signed is what is read.

use std::{cell::Cell, fmt};

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Bytes of the longest credential.
pub const MAX_CREDENTIAL_LEN: usize = 16 << 20;

/// Levels of arrays and objects in a credential.
pub const MAX_DEPTH: usize = 32;

/// Values in a credential: strings, numbers, arrays, objects.
pub const MAX_VALUES: usize = 100_000;

/// The largest whole number that every parser reads exactly: 2^53 - 1.
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Parses one JSON object.
pub(crate) fn parse_object(bytes: &[u8], max_len: usize) -> Result<Map<String, Value>, JsonError> {
    if bytes.len() > max_len {
        return Err(JsonError::TooLong { max_len });
    }
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth_left: MAX_DEPTH, values_left: &Cell::new(MAX_VALUES) }
        .deserialize(&mut parser)
        .map_err(malformed)?;
    parser.end().map_err(malformed)?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(JsonError::NotAnObject),
    }
}

fn malformed(error: serde_json::Error) -> JsonError {
    JsonError::Malformed(error.to_string())
}

/// The number of values in a JSON value, itself included.
pub(crate) fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// Why bytes are not JSON that a credential may be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// More bytes than allowed.
    #[error("this JSON is longer than {max_len} bytes")]
    TooLong {
        /// How many are allowed.
        max_len: usize,
    },
    /// Not JSON, or JSON that parsers disagree about, or too deep, or too much of it.
    #[error("this is not JSON that can be signed: {0}")]
    Malformed(String),
    /// An array, a string, a number.
    #[error("this JSON is not an object")]
    NotAnObject,
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    depth_left: usize,
    values_left: &'a Cell<usize>,
}

impl Strict<'_> {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        match self.depth_left.checked_sub(1) {
            Some(depth_left) => Ok(Self { depth_left, ..self }),
            None => Err(E::custom(format_args!("it is nested deeper than {MAX_DEPTH} levels"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self.values_left.get().checked_sub(1) {
            Some(left) => self.values_left.set(left),
            None => return Err(de::Error::custom(format_args!("it has more than {MAX_VALUES} values"))),
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        if value > MAX_INTEGER {
            return Err(E::custom(format_args!(
                "the number {value} is beyond 2^53 - 1: write it as a string"
            )));
        }
        Ok(value.into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        if value.unsigned_abs() > MAX_INTEGER {
            return Err(E::custom(format_args!(
                "the number {value} is beyond 2^53 - 1: write it as a string"
            )));
        }
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(de::Error::custom(format_args!("the field {name:?} appears twice")));
            }
            let value = fields.next_value_seed(inner)?;
            object.insert(name, value);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn parse(text: &str) -> Result<Map<String, Value>, JsonError> {
        parse_object(text.as_bytes(), MAX_CREDENTIAL_LEN)
    }

    #[test]
    fn ordinary_json_is_read_as_it_is() {
        let text = r#"{"a":[1,-2,2.5,true,null,"\u00e9\n"],"b":{"c":{}},"n":9007199254740991}"#;
        assert_eq!(Value::Object(parse(text).unwrap()), serde_json::from_str::<Value>(text).unwrap());
        // Fails should any dependency switch on serde_json's arbitrary_precision, under which a number is seen as an object.
        assert_eq!(parse(r#"{"n":1}"#).unwrap()["n"], json!(1));
    }

    #[test]
    fn what_parsers_disagree_about_is_refused() {
        let deep = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        let many = |values: usize| format!("{{\"a\":[{}0]}}", "0,".repeat(values));
        let table = [
            ("a field twice", r#"{"a":1,"a":1}"#.to_owned(), "appears twice"),
            ("a field twice, escaped", r#"{"a":1,"\u0061":1}"#.to_owned(), "appears twice"),
            ("a field twice, deep inside", r#"{"a":[{"b":{"c":1,"c":2}}]}"#.to_owned(), "appears twice"),
            ("a large number", r#"{"a":9007199254740992}"#.to_owned(), "2^53"),
            ("a large negative number", r#"{"a":-9007199254740992}"#.to_owned(), "2^53"),
            ("half a surrogate pair", r#"{"a":"\ud800"}"#.to_owned(), "hex escape"),
            ("too deep", deep(MAX_DEPTH), "deeper"),
            ("far too deep", deep(1_000_000), ""),
            ("too many values", many(MAX_VALUES), "more than"),
            ("something behind it", "{} {}".to_owned(), "trailing"),
            ("nothing", String::new(), "EOF"),
        ];
        for (name, text, reason) in table {
            let error = parse(&text).unwrap_err();
            assert!(matches!(&error, JsonError::Malformed(why) if why.contains(reason)), "{name}: {error}");
        }
        assert!(parse(&deep(MAX_DEPTH - 1)).is_ok());
        assert_eq!(parse("[]"), Err(JsonError::NotAnObject));
        assert_eq!(parse_object(b"{\"a\":1}", 6), Err(JsonError::TooLong { max_len: 6 }));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_object(&bytes, MAX_CREDENTIAL_LEN);
        }
    }
}
