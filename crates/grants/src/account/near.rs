//! NEAR account ids.

use std::{fmt, str::FromStr};

use arrayvec::ArrayString;
use near_account_id::{AccountIdRef, AccountType};

use super::AccountError;
use crate::chain::Namespace;

/// The longest account id, in bytes.
const LENGTH_MAX: usize = 64;

/// A NEAR account id: 2 to 64 characters, by the rules of the
/// [protocol](https://nomicon.io/DataStructures/Account). Named like `alice.near`, or *implicit*: the 64 hex digits of an Ed25519 key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NearAccountId(ArrayString<LENGTH_MAX>);

impl NearAccountId {
    /// The implicit account of an Ed25519 public key.
    pub fn implicit(key: &[u8; 32]) -> Self {
        let mut text = ArrayString::new();
        // 32 bytes are 64 digits, which is all that fits.
        hex::encode(key).chars().for_each(|digit| text.push(digit));
        Self(text)
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The Ed25519 key that an implicit account is named by; `None` for every other account.
    pub fn implicit_key(&self) -> Option<[u8; 32]> {
        let id = AccountIdRef::new(&self.0).ok()?;
        if id.get_account_type() != AccountType::NearImplicitAccount {
            return None;
        }
        let mut key = [0; 32];
        hex::decode_to_slice(self.as_str(), &mut key).ok()?;
        Some(key)
    }
}

impl FromStr for NearAccountId {
    type Err = AccountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = AccountError::MalformedAddress(Namespace::Near);
        AccountIdRef::new(text).map_err(|_| malformed)?;
        ArrayString::from(text).map(Self).map_err(|_| malformed)
    }
}

impl fmt::Display for NearAccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for NearAccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_follows_the_rules_of_the_protocol() {
        let longest = "a".repeat(LENGTH_MAX);
        for id in ["alice.near", "a-b_c.d", "00", &longest] {
            assert_eq!(id.parse::<NearAccountId>().map(|id| id.to_string()), Ok(id.to_owned()));
        }
        let too_long = "a".repeat(LENGTH_MAX + 1);
        for id in
            ["", "a", "Alice.near", "a..near", ".near", "near.", "a b", "a:b", "é.near", "a--b", &too_long]
        {
            let refused = Err(AccountError::MalformedAddress(Namespace::Near));
            assert_eq!(id.parse::<NearAccountId>(), refused, "{id}");
        }
    }

    #[test]
    fn an_implicit_account_is_named_by_its_key() {
        let id = NearAccountId::implicit(&[0xab; 32]);
        assert_eq!(id.as_str(), "ab".repeat(32));
        assert_eq!(id.implicit_key(), Some([0xab; 32]));
        assert_eq!("alice.near".parse::<NearAccountId>().unwrap().implicit_key(), None);
        let nearly = format!("{}g", "a".repeat(63));
        assert_eq!(nearly.parse::<NearAccountId>().unwrap().implicit_key(), None);
    }
}
