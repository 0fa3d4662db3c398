//! How a key statement says that the key is shared among nodes.

use std::{fmt, str::FromStr};

use crate::{
    node_set::{MAX_NODES, MIN_THRESHOLD, NodeSet},
    text::{KdfText, TextError},
};

/// `mpc v1 t=3 n=5 set=<64 hex digits>`, in the place of a key derivation: which nodes hold shares of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedKey {
    threshold: u8,
    nodes: u8,
    set: [u8; 32],
}

impl SharedKey {
    /// A key that is shared among the nodes of `set`.
    pub fn among(set: &NodeSet) -> Self {
        Self { threshold: set.threshold(), nodes: set.node_count(), set: set.digest() }
    }

    /// Whether these are the nodes.
    pub fn is_among(&self, set: &NodeSet) -> bool {
        *self == Self::among(set)
    }

    /// How many nodes are required.
    pub fn threshold(&self) -> u8 {
        self.threshold
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> u8 {
        self.nodes
    }

    /// SHA-256 of the set, as [`NodeSet::digest`] has it.
    pub fn set(&self) -> &[u8; 32] {
        &self.set
    }

    /// The text for the key statement.
    ///
    /// # Errors
    /// None: it is always short enough.
    pub fn kdf_text(&self) -> Result<KdfText, TextError> {
        self.to_string().parse()
    }
}

impl fmt::Display for SharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mpc v1 t={} n={} set={}", self.threshold, self.nodes, hex::encode(self.set))
    }
}

impl FromStr for SharedKey {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (threshold, rest) = text.strip_prefix("mpc v1 t=")?.split_once(" n=")?;
            let (nodes, digits) = rest.split_once(" set=")?;
            let (threshold, nodes) = (threshold.parse().ok()?, nodes.parse().ok()?);
            let mut set = [0; 32];
            hex::decode_to_slice(digits, &mut set).ok()?;
            Some(Self { threshold, nodes, set })
        };
        let in_bounds = |key: &Self| {
            key.threshold >= MIN_THRESHOLD
                && key.threshold <= key.nodes
                && usize::from(key.nodes) <= MAX_NODES
        };
        // One key has one text.
        read().filter(in_bounds).filter(|key| key.to_string() == text).ok_or(TextError::SharedKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_key_has_one_text_and_fits_a_key_statement() {
        let text = format!("mpc v1 t=3 n=16 set={}", "ab".repeat(32));
        let key: SharedKey = text.parse().unwrap();
        assert_eq!((key.threshold(), key.nodes(), key.set()), (3, 16, &[0xab; 32]));
        assert_eq!(key.to_string(), text);
        assert_eq!(key.kdf_text().unwrap().as_str(), text);
    }

    #[test]
    fn other_texts_are_refused() {
        let good = format!("mpc v1 t=3 n=5 set={}", "ab".repeat(32));
        let table = [
            ("empty", String::new()),
            ("a password's", "scrypt n=131072 r=8 p=1".into()),
            ("another version", good.replace("v1", "v2")),
            ("upper case", good.replace("ab", "AB")),
            ("a leading zero", good.replace("t=3", "t=03")),
            ("a plus", good.replace("t=3", "t=+3")),
            ("a threshold of one", good.replace("t=3", "t=1")),
            ("more than all", good.replace("t=3", "t=6")),
            ("too many", good.replace("n=5", "n=17")),
            ("a short digest", good[..good.len() - 2].into()),
            ("a space more", good.replace(" n=", "  n=")),
            ("something after it", format!("{good} x")),
        ];
        for (name, text) in table {
            assert_eq!(text.parse::<SharedKey>(), Err(TextError::SharedKey), "{name}");
        }
    }
}
