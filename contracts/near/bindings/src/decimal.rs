//! Numbers that JSON's doubles cannot hold: decimal digits in a string, and no number in JSON's own form.

use std::{fmt::Display, str::FromStr};

use serde::{Deserialize, Deserializer, Serializer, de};

pub(crate) fn serialize<T: Display, S: Serializer>(number: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display> + Display,
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    let number: T = text.parse().map_err(de::Error::custom)?;
    // "+1" and "01" parse too, but are not how a contract writes a number.
    if number.to_string() == text { Ok(number) } else { Err(de::Error::custom("not a plain decimal number")) }
}

/// The same for a number that may be absent.
pub(crate) mod option {
    use super::*;

    pub(crate) fn serialize<T: Display, S: Serializer>(
        number: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match number {
            Some(number) => serializer.collect_str(number),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr<Err: Display> + Display,
        D: Deserializer<'de>,
    {
        #[derive(Deserialize)]
        #[serde(bound = "T: FromStr<Err: Display> + Display")]
        struct Present<T>(#[serde(with = "super")] T);

        Ok(Option::<Present<T>>::deserialize(deserializer)?.map(|Present(number)| number))
    }
}
