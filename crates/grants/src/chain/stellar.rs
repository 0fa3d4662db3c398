//! What Stellar networks are called: [CAIP-28](https://namespaces.chainagnostic.org/stellar/caip2) names two of them; a network proves which one it
//! is by its passphrase.

use arrayvec::ArrayString;
use sha2::{Digest, Sha256};

use super::{ChainIdError, Reference};

/// The networks that have a name.
const NAMED: [(&str, &str); 4] = [
    ("pubnet", "Public Global Stellar Network ; September 2015"),
    ("testnet", "Test SDF Network ; September 2015"),
    ("futurenet", "Test SDF Future Network ; October 2022"),
    ("local", "Standalone Network ; February 2017"),
];
/// As many digits of a network id as fit into a reference.
const ID_DIGITS: usize = 32;

/// The passphrase of a network that has a name.
pub(super) fn passphrase(reference: &Reference) -> Option<&'static str> {
    NAMED.iter().find(|(name, _)| *name == reference.as_str()).map(|(_, passphrase)| *passphrase)
}

pub(super) fn reference(passphrase: &str) -> Reference {
    let named = NAMED.iter().find(|(_, known)| *known == passphrase).map(|(name, _)| (*name).to_owned());
    let text = named.unwrap_or_else(|| {
        let mut id = hex::encode(Sha256::digest(passphrase.as_bytes()));
        id.truncate(ID_DIGITS);
        id
    });
    let mut reference = ArrayString::new();
    // A name or 32 digits, which is all that fits.
    text.chars().for_each(|c| reference.push(c));
    Reference(reference)
}

pub(super) fn parse(text: &str) -> Result<Reference, ChainIdError> {
    let is_digit = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    let is_id = text.len() == ID_DIGITS && text.chars().all(is_digit);
    if is_id || NAMED.iter().any(|(name, _)| *name == text) {
        return text.parse();
    }
    Err(ChainIdError::Malformed)
}

#[cfg(test)]
mod tests {
    use crate::ChainId;

    #[test]
    fn a_passphrase_names_its_network() {
        let table = [
            ("Public Global Stellar Network ; September 2015", "stellar:pubnet"),
            ("Test SDF Network ; September 2015", "stellar:testnet"),
            ("Standalone Network ; February 2017", "stellar:local"),
            ("Public Global Stellar Network ; September 2016", "stellar:8420ed5156442b0adb24b115e7c1b945"),
        ];
        for (passphrase, chain) in table {
            assert_eq!(ChainId::stellar(passphrase).to_string(), chain, "{passphrase}");
            assert_eq!(chain.parse(), Ok(ChainId::stellar(passphrase)), "{passphrase}");
        }
    }
}
