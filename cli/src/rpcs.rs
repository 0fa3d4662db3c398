//! Which RPC is asked for which chain.

use std::str::FromStr;

use anyhow::{Context, Result};
use idos_client::ClientError;
use idos_grants::{ChainId, Namespace};
use url::Url;

/// `URL`, `NAMESPACE=URL` or `CHAIN=URL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainRpc {
    of: Which,
    url: Url,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Any,
    Namespace(Namespace),
    Chain(ChainId),
}

impl Which {
    /// How closely it fits; `None` if it does not.
    fn fit(self, namespace: Namespace, chain: Option<ChainId>) -> Option<u8> {
        match self {
            Self::Any => Some(0),
            Self::Namespace(own) if own == namespace => Some(1),
            Self::Chain(own) if chain == Some(own) => Some(2),
            _ => None,
        }
    }
}

impl FromStr for ChainRpc {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        // A URL has a '=' in its query at most, which comes after "://".
        let (which, url) = match text.split_once('=') {
            Some((which, url)) if !which.contains('/') => (Some(which), url),
            _ => (None, text),
        };
        let of = match which {
            None => Which::Any,
            Some(name) if name.contains(':') => Which::Chain(name.parse()?),
            Some(name) => Which::Namespace(name.parse()?),
        };
        let url = url.parse().with_context(|| format!("{url:?} is not a URL"))?;
        Ok(Self { of, url })
    }
}

/// The RPC that was named for the chain, or the port of `idos dev`.
pub fn rpc_of(named: &[ChainRpc], namespace: Namespace, chain: Option<ChainId>) -> Result<Url, ClientError> {
    let fitting = named.iter().filter_map(|rpc| Some((rpc.of.fit(namespace, chain)?, &rpc.url)));
    if let Some((_, url)) = fitting.max_by_key(|(fit, _)| *fit) {
        return Ok(url.clone());
    }
    let port = match namespace {
        Namespace::Eip155 => 8545,
        Namespace::Near => 3030,
        Namespace::Stellar => 8000,
        Namespace::Xrpl => {
            return Err(ClientError::Input(
                "nothing is asked of XRPL: its accounts act on Stellar, by their keys; name the contract there with --contract"
                    .into(),
            ));
        }
    };
    Url::parse(&format!("http://localhost:{port}")).map_err(|error| ClientError::Input(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_wins() {
        let named = ["http://any", "near=http://near", "eip155:1=http://mainnet/?key=x"]
            .map(|text| text.parse::<ChainRpc>().unwrap());
        let near: ChainId = "near:testnet".parse().unwrap();
        let table = [
            (Namespace::Near, Some(near), "http://near/"),
            (Namespace::Near, None, "http://near/"),
            (Namespace::Eip155, Some(ChainId::Eip155(1)), "http://mainnet/?key=x"),
            (Namespace::Eip155, Some(ChainId::Eip155(2)), "http://any/"),
        ];
        for (namespace, chain, url) in table {
            assert_eq!(rpc_of(&named, namespace, chain).unwrap().as_str(), url);
        }
        assert_eq!(rpc_of(&[], Namespace::Near, None).unwrap().as_str(), "http://localhost:3030/");
        assert_eq!("http://x/?a=b".parse::<ChainRpc>().unwrap().of, Which::Any);
        for wrong in ["solana=http://x", "near=", "eip155:x=http://x", ""] {
            assert!(wrong.parse::<ChainRpc>().is_err(), "{wrong}");
        }
    }
}
