//! Stellar addresses.

use std::{fmt, str::FromStr};

use stellar_strkey::{Contract, Strkey, ed25519};

use super::{AccountError, public_key::PublicKey};
use crate::chain::Namespace;

/// Who can hold a grant on Stellar. Accounts and contracts print as [strkeys](https://github.com/stellar/stellar-protocol/blob/master/ecosystem/sep-0023.md).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StellarAddress {
    /// An account, `G…`, named by the Ed25519 key it was made with.
    Account([u8; 32]),
    /// A contract, `C…`.
    Contract([u8; 32]),
    /// A key without an account, of a passkey or of an XRPL account.
    Key(PublicKey),
}

/// What a strkey of an account begins with.
const ACCOUNT_VERSION: u8 = 6 << 3;
/// What a strkey of a contract begins with.
const CONTRACT_VERSION: u8 = 2 << 3;
const NATIVE: u8 = 0;

impl StellarAddress {
    /// Hands the kind and the bytes of the canonical encoding to `write`.
    pub(super) fn encode(&self, write: impl FnOnce(u8, &[&[u8]])) {
        match self {
            Self::Account(key) => write(NATIVE, &[&[ACCOUNT_VERSION], key]),
            Self::Contract(hash) => write(NATIVE, &[&[CONTRACT_VERSION], hash]),
            Self::Key(key) => write(key.kind(), &[key.as_bytes()]),
        }
    }
}

impl FromStr for StellarAddress {
    type Err = AccountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('-') {
            return text.parse().map(Self::Key);
        }
        match Strkey::from_string(text) {
            Ok(Strkey::PublicKeyEd25519(ed25519::PublicKey(key))) => Ok(Self::Account(key)),
            Ok(Strkey::Contract(Contract(hash))) => Ok(Self::Contract(hash)),
            Ok(_) | Err(_) => Err(AccountError::MalformedAddress(Namespace::Stellar)),
        }
    }
}

impl fmt::Display for StellarAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(key) => f.write_str(&ed25519::PublicKey(*key).to_string()),
            Self::Contract(hash) => f.write_str(&Contract(*hash).to_string()),
            Self::Key(key) => fmt::Display::fmt(key, f),
        }
    }
}

impl fmt::Debug for StellarAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The account of SEP-23's first test vector, its muxed form, and a contract.
    const ACCOUNT: &str = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ";
    const MUXED: &str = "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUQ";
    const CONTRACT: &str = "CA3D5KRYM6CB7OWQ6TWYRR3Z4T7GNZLKERYNZGGA5SOAOPIFY6YQGAXE";
    const KEY: &str = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

    #[test]
    fn accounts_contracts_and_bare_keys_are_addresses() {
        let keys = [format!("ed25519-{KEY}"), format!("secp256k1-02{KEY}"), format!("secp256r1-03{KEY}")];
        for text in [ACCOUNT, CONTRACT].into_iter().chain(keys.iter().map(String::as_str)) {
            assert_eq!(text.parse::<StellarAddress>().map(|address| address.to_string()), Ok(text.into()));
        }
    }

    #[test]
    fn muxed_and_mistyped_addresses_are_refused() {
        let table = [
            ("muxed", MUXED.to_owned()),
            ("secret", "SBU2RRGLXH3E5CQHTD3ODLDF2BWDCYUSSBLLZ5GNW7JXHDIYKXZWHOKR".into()),
            ("last letter", format!("{}A", &ACCOUNT[..55])),
            ("lower case", ACCOUNT.to_lowercase()),
            ("short", ACCOUNT[..55].into()),
            ("empty", String::new()),
            ("a key's curve", format!("p256-02{KEY}")),
            ("an uncompressed key", format!("secp256k1-04{KEY}")),
            ("a short key", format!("secp256k1-{KEY}")),
            ("a key in upper case", format!("ed25519-{}", KEY.to_uppercase())),
        ];
        for (name, text) in table {
            let refused = Err(AccountError::MalformedAddress(Namespace::Stellar));
            assert_eq!(text.parse::<StellarAddress>(), refused, "{name}");
        }
    }
}
