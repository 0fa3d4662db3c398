//! 32 bytes in JSON.

use std::fmt;

use near_sdk::{
    borsh::{BorshDeserialize, BorshSerialize},
    serde::{self, Deserialize, Deserializer, Serialize, Serializer, de},
};

/// 32 bytes: 64 lower-case hex digits in JSON. Upper case is refused, so that a value has one text only.
#[derive(Clone, Copy, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
#[borsh(crate = "near_sdk::borsh")]
#[cfg_attr(not(target_arch = "wasm32"), derive(near_sdk::borsh::BorshSchema))]
pub struct Bytes32(pub [u8; 32]);

impl Bytes32 {
    /// 64 lower-case hex digits, and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let lower = !text.bytes().any(|digit| digit.is_ascii_uppercase());
        (lower && hex::decode_to_slice(text, &mut bytes).is_ok()).then_some(Self(bytes))
    }

    /// Whether every bit is 0.
    pub fn is_zero(&self) -> bool {
        self.0 == [0; 32]
    }
}

impl fmt::Display for Bytes32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Bytes32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Bytes32 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes32 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;

        impl de::Visitor<'_> for Digits {
            type Value = Bytes32;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("64 lower-case hex digits")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Bytes32, E> {
                Bytes32::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_str(Digits)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl near_sdk::schemars::JsonSchema for Bytes32 {
    fn schema_name() -> String {
        "Bytes32".to_owned()
    }

    fn json_schema(
        generator: &mut near_sdk::schemars::r#gen::SchemaGenerator,
    ) -> near_sdk::schemars::schema::Schema {
        let mut schema = String::json_schema(generator).into_object();
        schema.string().pattern = Some("^[0-9a-f]{64}$".to_owned());
        schema.metadata().description = Some("32 bytes as 64 lower-case hex digits.".to_owned());
        schema.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_64_lower_case_hex_digits_are_32_bytes() {
        let digits = "0123456789abcdef".repeat(4);
        let value: Bytes32 = serde_json::from_value(digits.clone().into()).unwrap();
        assert_eq!(serde_json::to_value(value).unwrap(), digits);
        let table = [
            ("63 digits", digits[1..].to_owned()),
            ("65 digits", format!("{digits}0")),
            ("66 digits", format!("{digits}00")),
            ("upper case", digits.to_uppercase()),
            ("one capital", digits.replacen('a', "A", 1)),
            ("0x", format!("0x{}", &digits[2..])),
            ("not hex", digits.replacen('a', "g", 1)),
            ("empty", String::new()),
        ];
        for (name, text) in table {
            let refusal = serde_json::from_value::<Bytes32>(text.into()).unwrap_err().to_string();
            assert!(refusal.contains("expected 64 lower-case hex digits"), "{name}: {refusal}");
        }
        assert!(serde_json::from_str::<Bytes32>("7").is_err());
    }
}
