//! XRPL classic addresses: [accounts](https://xrpl.org/docs/concepts/accounts/addresses).

use std::{fmt, str::FromStr};

use bs58::Alphabet;
use ripemd::Ripemd160;
use sha2::{Digest, Sha256};

use super::{AccountError, public_key::PublicKey};
use crate::chain::Namespace;

/// What the bytes of an address begin with.
const ACCOUNT_VERSION: u8 = 0;
/// What the bytes of an Ed25519 key begin with.
const ED25519_PREFIX: u8 = 0xed;

/// An XRPL account, by the hash of its master key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct XrplAddress([u8; 20]);

impl XrplAddress {
    /// The account of a master key; `None` for keys of a curve that the ledger does not know.
    pub fn of_key(key: &PublicKey) -> Option<Self> {
        let hash = match key {
            PublicKey::Ed25519(key) => Sha256::new().chain_update([ED25519_PREFIX]).chain_update(key),
            PublicKey::Secp256k1(key) => Sha256::new().chain_update(key),
            PublicKey::Secp256r1(_) => return None,
        };
        Some(Self(Ripemd160::digest(hash.finalize()).into()))
    }

    pub(super) fn account_id(&self) -> &[u8; 20] {
        &self.0
    }
}

impl FromStr for XrplAddress {
    type Err = AccountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = AccountError::MalformedAddress(Namespace::Xrpl);
        let bytes = bs58::decode(text)
            .with_alphabet(Alphabet::RIPPLE)
            .with_check(Some(ACCOUNT_VERSION))
            .into_vec()
            .map_err(|_| malformed)?;
        match bytes.split_first() {
            Some((_, account_id)) => account_id.try_into().map(Self).map_err(|_| malformed),
            None => Err(malformed),
        }
    }
}

impl fmt::Display for XrplAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = bs58::encode(&self.0)
            .with_alphabet(Alphabet::RIPPLE)
            .with_check_version(ACCOUNT_VERSION)
            .into_string();
        f.write_str(&text)
    }
}

impl fmt::Debug for XrplAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The genesis account, of the passphrase "masterpassphrase".
    const GENESIS: &str = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh";

    #[test]
    fn a_key_names_its_account() {
        let table = [
            // The genesis account's key.
            ("secp256k1-0330e7fc9d56bb25d6893ba3f317ae5bcf33b3291bd63db32654a313222f7fd020", GENESIS),
            // From the reference's page on cryptographic keys.
            (
                "ed25519-01fa53fa5a7e77798f882ece20b1abc00bb358a9e55a202d0d0676bd0ce37a63",
                "rLUEXYuLiQptky37CqLcm9USQpPiz5rkpD",
            ),
        ];
        for (key, address) in table {
            let key = key.parse().unwrap();
            assert_eq!(
                XrplAddress::of_key(&key).map(|address| address.to_string()).as_deref(),
                Some(address)
            );
        }
        assert_eq!(XrplAddress::of_key(&PublicKey::Secp256r1([2; 33])), None);
    }

    #[test]
    fn mistyped_addresses_are_refused() {
        assert_eq!(GENESIS.parse::<XrplAddress>().unwrap().to_string(), GENESIS);
        let table = [
            ("last letter", "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTi"),
            ("short", "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyT"),
            ("a letter that is none", "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyT0"),
            ("an X-address", "XVLhHMPHU98es4dbozjVtdWzVrDjtV18pX8yuPT7y4xaEHi"),
            ("a seed", "sn3nxiW7v8KXzPzAqzyHXbSSKNuN9"),
            ("empty", ""),
        ];
        for (name, text) in table {
            let refused = Err(AccountError::MalformedAddress(Namespace::Xrpl));
            assert_eq!(text.parse::<XrplAddress>(), refused, "{name}");
        }
    }
}
