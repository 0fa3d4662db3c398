//! Accounts: of the network, and bare public keys.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use stellar_xdr::{AccountId, Hash, PublicKey, ScAddress, ScVal, Uint256};

use crate::value::{Value, ValueError, variant, variant_of};

/// Who owns, is granted, or issues.
///
/// Printed as a strkey, or as the curve's name and the key in lower-case hex: `ed25519-…`, `secp256k1-…`, `secp256r1-…`. That is how texts to
/// be signed name it too. An account and a bare key with the same bytes are two.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Account {
    /// An account of the network (`G…`), by its master key.
    Account([u8; 32]),
    /// A contract (`C…`).
    Contract([u8; 32]),
    /// A bare Ed25519 key.
    Ed25519([u8; 32]),
    /// A bare secp256k1 key, compressed.
    Secp256k1([u8; 33]),
    /// A bare secp256r1 key, compressed: a passkey.
    Secp256r1([u8; 33]),
}

/// A contract's address, without the strkey around it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ContractId(pub [u8; 32]);

/// A text that names no [`Account`] or [`ContractId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// Not a strkey either.
    #[error(
        "an account is a strkey (G… or C…), or a key: ed25519-<64 hex digits>, secp256k1-<66>, secp256r1-<66>"
    )]
    Malformed,
    /// `M…`: several users of an exchange behind one account.
    #[error("a muxed account (M…) is not an account of its own: name the account (G…) that it stands for")]
    Muxed,
    /// A compressed key begins with 02 or 03.
    #[error("a compressed key begins with 02 or 03")]
    NotCompressed,
    /// Something else than a contract.
    #[error("a contract's address begins with C")]
    NotContract,
}

impl Account {
    /// Whether the contracts take it as grantee: a compressed key begins with 2 or 3.
    pub fn is_somebody(&self) -> bool {
        match self {
            Self::Account(_) | Self::Contract(_) | Self::Ed25519(_) => true,
            Self::Secp256k1(key) | Self::Secp256r1(key) => matches!(key[0], 2 | 3),
        }
    }

    /// Whether it needs no signature of its own in a call's arguments, but the network's authorization.
    pub fn is_native(&self) -> bool {
        matches!(self, Self::Account(_) | Self::Contract(_))
    }

    /// Kind, length and bytes, as history and storage keys have them.
    pub fn encode(&self) -> Vec<u8> {
        const STRKEY_ACCOUNT: u8 = 6 << 3;
        const STRKEY_CONTRACT: u8 = 2 << 3;
        match self {
            Self::Account(key) => [[0, 33, STRKEY_ACCOUNT].as_slice(), key].concat(),
            Self::Contract(id) => [[0, 33, STRKEY_CONTRACT].as_slice(), id].concat(),
            Self::Ed25519(key) => [[1, 32].as_slice(), key].concat(),
            Self::Secp256k1(key) => [[2, 33].as_slice(), key].concat(),
            Self::Secp256r1(key) => [[3, 33].as_slice(), key].concat(),
        }
    }

    /// The address, if the network has one for it.
    pub fn address(&self) -> Option<ScAddress> {
        match self {
            Self::Account(key) => {
                Some(ScAddress::Account(AccountId(PublicKey::PublicKeyTypeEd25519(Uint256(*key)))))
            }
            Self::Contract(id) => Some(ContractId(*id).address()),
            Self::Ed25519(_) | Self::Secp256k1(_) | Self::Secp256r1(_) => None,
        }
    }

    fn native(address: &ScAddress) -> Result<Self, ValueError> {
        match address {
            ScAddress::Account(AccountId(PublicKey::PublicKeyTypeEd25519(Uint256(key)))) => {
                Ok(Self::Account(*key))
            }
            ScAddress::Contract(stellar_xdr::ContractId(Hash(id))) => Ok(Self::Contract(*id)),
            _ => Err(ValueError::Unexpected("an account or a contract")),
        }
    }
}

impl Value for Account {
    fn to_val(&self) -> Result<ScVal, ValueError> {
        match self {
            Self::Account(_) | Self::Contract(_) => {
                variant("Native", self.address().map(ScVal::Address).into_iter().collect())
            }
            Self::Ed25519(key) => variant("Ed25519", vec![key.to_val()?]),
            Self::Secp256k1(key) => variant("Secp256k1", vec![key.to_val()?]),
            Self::Secp256r1(key) => variant("Secp256r1", vec![key.to_val()?]),
        }
    }

    fn from_val(val: &ScVal) -> Result<Self, ValueError> {
        match variant_of(val)? {
            (b"Native", [ScVal::Address(address)]) => Self::native(address),
            (b"Ed25519", [key]) => Value::from_val(key).map(Self::Ed25519),
            (b"Secp256k1", [key]) => Value::from_val(key).map(Self::Secp256k1),
            (b"Secp256r1", [key]) => Value::from_val(key).map(Self::Secp256r1),
            _ => Err(ValueError::Unexpected("an account")),
        }
    }
}

impl ContractId {
    /// As the network names it.
    pub fn address(&self) -> ScAddress {
        ScAddress::Contract(stellar_xdr::ContractId(Hash(self.0)))
    }
}

/// A plain address, as some arguments are; only of an account or a contract of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Native(pub Account);

impl Value for Native {
    fn to_val(&self) -> Result<ScVal, ValueError> {
        let address = self.0.address().ok_or(ValueError::Unexpected("an account or a contract"))?;
        Ok(ScVal::Address(address))
    }

    fn from_val(val: &ScVal) -> Result<Self, ValueError> {
        match val {
            ScVal::Address(address) => Account::native(address).map(Self),
            _ => Err(ValueError::Unexpected("an address")),
        }
    }
}

impl Value for ContractId {
    fn to_val(&self) -> Result<ScVal, ValueError> {
        Ok(ScVal::Address(self.address()))
    }

    fn from_val(val: &ScVal) -> Result<Self, ValueError> {
        match Native::from_val(val)?.0 {
            Account::Contract(id) => Ok(Self(id)),
            _ => Err(ValueError::Unexpected("a contract")),
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(key) => f.write_str(&stellar_strkey::ed25519::PublicKey(*key).to_string()),
            Self::Contract(id) => fmt::Display::fmt(&ContractId(*id), f),
            Self::Ed25519(key) => write!(f, "ed25519-{}", hex::encode(key)),
            Self::Secp256k1(key) => write!(f, "secp256k1-{}", hex::encode(key)),
            Self::Secp256r1(key) => write!(f, "secp256r1-{}", hex::encode(key)),
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Account {
    type Err = AccountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let account = match text.split_once('-') {
            Some(("ed25519", key)) => Self::Ed25519(from_hex(key)?),
            Some(("secp256k1", key)) => Self::Secp256k1(from_hex(key)?),
            Some(("secp256r1", key)) => Self::Secp256r1(from_hex(key)?),
            Some(_) => return Err(AccountError::Malformed),
            None => from_strkey(text)?,
        };
        if account.is_somebody() { Ok(account) } else { Err(AccountError::NotCompressed) }
    }
}

impl From<Account> for String {
    fn from(account: Account) -> Self {
        account.to_string()
    }
}

impl TryFrom<String> for Account {
    type Error = AccountError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for ContractId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&stellar_strkey::Contract(self.0).to_string())
    }
}

impl fmt::Debug for ContractId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ContractId {
    type Err = AccountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse()? {
            Account::Contract(id) => Ok(Self(id)),
            _ => Err(AccountError::NotContract),
        }
    }
}

impl From<ContractId> for String {
    fn from(contract: ContractId) -> Self {
        contract.to_string()
    }
}

impl TryFrom<String> for ContractId {
    type Error = AccountError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

fn from_strkey(text: &str) -> Result<Account, AccountError> {
    use stellar_strkey::Strkey;
    match Strkey::from_string(text).map_err(|_| AccountError::Malformed)? {
        Strkey::PublicKeyEd25519(key) => Ok(Account::Account(key.0)),
        Strkey::Contract(id) => Ok(Account::Contract(id.0)),
        Strkey::MuxedAccountEd25519(_) => Err(AccountError::Muxed),
        _ => Err(AccountError::Malformed),
    }
}

fn from_hex<const N: usize>(text: &str) -> Result<[u8; N], AccountError> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| AccountError::Malformed)?;
    // Hex is read in either case, but there is one text for a key.
    if hex::encode(bytes) == text { Ok(bytes) } else { Err(AccountError::Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: &str = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7";

    #[test]
    fn an_account_prints_as_it_parses_and_crosses_the_border_unchanged() {
        let texts = [
            Account::Account([1; 32]).to_string(),
            Account::Contract([2; 32]).to_string(),
            ALICE.to_owned(),
            format!("ed25519-{}", "ab".repeat(32)),
            format!("secp256k1-02{}", "ab".repeat(32)),
            format!("secp256r1-03{}", "ab".repeat(32)),
        ];
        for text in texts {
            let account: Account = text.parse().unwrap();
            assert_eq!(account.to_string(), text);
            assert_eq!(Account::from_val(&account.to_val().unwrap()), Ok(account), "{text}");
        }
    }

    #[test]
    fn malformed_accounts_are_refused() {
        let wrong_checksum = format!("{}A", &ALICE[..55]);
        let muxed = "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVAAAAAAAAAAAAAJLK";
        let table = [
            ("nothing", "", AccountError::Malformed),
            ("wrong checksum", &wrong_checksum, AccountError::Malformed),
            (
                "a secret seed",
                "SBU2RRGLXH3E5CQHTD3ODLDF2BWDCYUSSBLLZ5GNW7JXHDIYKXZWHOKR",
                AccountError::Malformed,
            ),
            ("muxed", muxed, AccountError::Muxed),
            ("unknown curve", &format!("bls-{}", "ab".repeat(32)), AccountError::Malformed),
            ("a short key", "ed25519-ab", AccountError::Malformed),
            ("upper case", &format!("ed25519-{}", "AB".repeat(32)), AccountError::Malformed),
            ("not compressed", &format!("secp256k1-04{}", "ab".repeat(32)), AccountError::NotCompressed),
        ];
        for (name, text, error) in table {
            assert_eq!(text.parse::<Account>(), Err(error), "{name}");
        }
        assert_eq!(ALICE.parse::<ContractId>(), Err(AccountError::NotContract));
    }
}
