//! Another network instead of this one, named by variables of the environment.

use std::env;

use url::Url;

/// The variable that names the Stellar RPC to use instead of a devnet.
pub const STELLAR_RPC_URL: &str = "STELLAR_RPC_URL";

/// The variable that names that network's passphrase; stellar-cli reads it too.
pub const STELLAR_NETWORK_PASSPHRASE: &str = "STELLAR_NETWORK_PASSPHRASE";

/// The variable that names that network's friendbot, if its RPC does not say where it is.
pub const STELLAR_FRIENDBOT_URL: &str = "STELLAR_FRIENDBOT_URL";

/// Where a network is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicNetwork {
    /// Its Stellar RPC.
    pub rpc: Url,
    /// Its passphrase. An RPC that answers for another network is refused.
    pub passphrase: String,
    /// Its friendbot; without it, the one that the RPC names.
    pub friendbot: Option<Url>,
}

/// The network that [`STELLAR_RPC_URL`] and [`STELLAR_NETWORK_PASSPHRASE`] name, if they do.
///
/// # Errors
/// One is set without the other, or a URL is none.
pub fn public_network() -> Result<Option<PublicNetwork>, PublicNetworkError> {
    PublicNetwork::named_by(|name| env::var(name).ok())
}

impl PublicNetwork {
    fn named_by(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, PublicNetworkError> {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let (rpc, passphrase) = match (set(STELLAR_RPC_URL), set(STELLAR_NETWORK_PASSPHRASE)) {
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(PublicNetworkError::Missing(STELLAR_NETWORK_PASSPHRASE)),
            (None, Some(_)) => return Err(PublicNetworkError::Missing(STELLAR_RPC_URL)),
            (Some(rpc), Some(passphrase)) => (rpc, passphrase),
        };
        let friendbot =
            set(STELLAR_FRIENDBOT_URL).map(|text| url(STELLAR_FRIENDBOT_URL, &text)).transpose()?;
        Ok(Some(Self { rpc: url(STELLAR_RPC_URL, &rpc)?, passphrase, friendbot }))
    }
}

fn url(variable: &'static str, text: &str) -> Result<Url, PublicNetworkError> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.ok_or(PublicNetworkError::Url(variable))
}

/// Why another network cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PublicNetworkError {
    /// One variable is set and the other is not.
    #[error("{STELLAR_RPC_URL} and {STELLAR_NETWORK_PASSPHRASE} belong together: set {0}, or neither")]
    Missing(&'static str),
    /// A variable holds no URL.
    #[error("{0} is no http or https URL")]
    Url(&'static str),
    /// The RPC is another network's.
    #[error(
        "the RPC answers for the network {answered:?}, not for {expected:?}: \
         correct {STELLAR_RPC_URL} or {STELLAR_NETWORK_PASSPHRASE}"
    )]
    OtherNetwork {
        /// The passphrase that was configured.
        expected: String,
        /// The passphrase that the RPC told.
        answered: String,
    },
    /// Nobody funds accounts there.
    #[error("the network names no friendbot: set {STELLAR_FRIENDBOT_URL}, or use a network that has one")]
    NoFriendbot,
    /// Not an account.
    #[error("{0}")]
    Address(String),
    /// It does not answer.
    #[error("{STELLAR_RPC_URL} or its friendbot does not answer: {0}")]
    Http(reqwest::Error),
    /// It answers something else.
    #[error("{STELLAR_RPC_URL} did not do {method}: {why}")]
    Answer {
        /// What it was asked.
        method: &'static str,
        /// What it said.
        why: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(variables: &[(&str, &str)]) -> Result<Option<PublicNetwork>, PublicNetworkError> {
        let value =
            |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).into());
        PublicNetwork::named_by(value)
    }

    #[test]
    fn variables_name_a_network_together_or_not_at_all() {
        let (rpc, phrase) = ((STELLAR_RPC_URL, "https://rpc.example"), (STELLAR_NETWORK_PASSPHRASE, "Mine"));
        assert_eq!(named(&[]).unwrap(), None);
        assert_eq!(named(&[(STELLAR_RPC_URL, ""), (STELLAR_NETWORK_PASSPHRASE, "")]).unwrap(), None);
        let network = named(&[rpc, phrase]).unwrap().unwrap();
        assert_eq!((network.rpc.as_str(), network.passphrase.as_str()), ("https://rpc.example/", "Mine"));
        assert_eq!(network.friendbot, None);
        let rows = [
            (vec![rpc], STELLAR_NETWORK_PASSPHRASE),
            (vec![phrase], STELLAR_RPC_URL),
            (vec![(STELLAR_RPC_URL, "file:///etc"), phrase], STELLAR_RPC_URL),
            (vec![rpc, phrase, (STELLAR_FRIENDBOT_URL, "x")], STELLAR_FRIENDBOT_URL),
        ];
        for (variables, blamed) in rows {
            let error = named(&variables).unwrap_err().to_string();
            assert!(error.contains(blamed), "{error}");
        }
    }
}
