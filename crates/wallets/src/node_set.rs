//! The nodes among which a key is shared.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    node_did::NodeDid,
    text::{Domain, Uri},
};

/// The most nodes of a set.
pub const MAX_NODES: usize = 16;

/// The fewest that may be required: a single one would hold the key.
pub const MIN_THRESHOLD: u8 = 2;

/// One node of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareNode {
    /// Its identity.
    pub did: NodeDid,
    /// Where it is: `https://host` or `https://host:port`, without a path. `http` is for nodes on this machine.
    pub url: Uri,
}

impl ShareNode {
    /// Its host, as a person reads it.
    pub fn host(&self) -> Option<Domain> {
        let (scheme, host) = self.url.as_str().split_once("://")?;
        let is_trusted_way = scheme == "https" || scheme == "http" && is_on_this_machine(host);
        if is_trusted_way { host.parse().ok() } else { None }
    }
}

/// Whether a host, with or without a port, is reached without a network.
fn is_on_this_machine(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|c| c.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name);
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// `threshold` of these nodes rebuild a key. The index of a node is its place, counted from 1.
///
/// As JSON: `{"threshold":3,"nodes":[{"did":"did:key:z6Mk…","url":"https://one.example"},…]}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct NodeSet {
    threshold: u8,
    nodes: Vec<ShareNode>,
    hosts: Vec<Domain>,
}

impl NodeSet {
    /// `threshold` of `nodes`.
    ///
    /// # Errors
    /// If there are too few or too many, two have one identity or one address, or an address is not a host's.
    pub fn new(threshold: u8, nodes: Vec<ShareNode>) -> Result<Self, NodeSetError> {
        if nodes.len() > MAX_NODES || threshold < MIN_THRESHOLD || usize::from(threshold) > nodes.len() {
            return Err(NodeSetError::Threshold);
        }
        let hosts: Option<Vec<Domain>> = nodes.iter().map(ShareNode::host).collect();
        let hosts = hosts.ok_or(NodeSetError::Url)?;
        let dids: HashSet<_> = nodes.iter().map(|node| node.did.key()).collect();
        if dids.len() < nodes.len() || hosts.iter().collect::<HashSet<_>>().len() < nodes.len() {
            return Err(NodeSetError::Twice);
        }
        Ok(Self { threshold, nodes, hosts })
    }

    /// How many of them rebuild a key.
    pub fn threshold(&self) -> u8 {
        self.threshold
    }

    /// The nodes, in the order of their indices.
    pub fn nodes(&self) -> &[ShareNode] {
        &self.nodes
    }

    /// Their hosts, in the same order.
    pub fn hosts(&self) -> &[Domain] {
        &self.hosts
    }

    /// How many nodes there are.
    pub fn node_count(&self) -> u8 {
        // There are no more than MAX_NODES.
        u8::try_from(self.nodes.len()).unwrap_or(u8::MAX)
    }

    /// The nodes with their indices, from 1.
    pub fn indexed(&self) -> impl Iterator<Item = (u8, &ShareNode)> {
        (1u8..).zip(&self.nodes)
    }

    /// The index of a node.
    pub fn index_of(&self, did: &NodeDid) -> Option<u8> {
        self.indexed().find(|(_, node)| node.did == *did).map(|(index, _)| index)
    }

    /// SHA-256 of its canonical JSON ([RFC 8785](https://www.rfc-editor.org/rfc/rfc8785)).
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        // Strings and small integers are always written, and writing into a hash does not fail.
        serde_json_canonicalizer::to_writer(self, &mut hasher).ok();
        hasher.finalize().into()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    threshold: u8,
    nodes: Vec<ShareNode>,
}

impl From<NodeSet> for Written {
    fn from(NodeSet { threshold, nodes, .. }: NodeSet) -> Self {
        Self { threshold, nodes }
    }
}

impl TryFrom<Written> for NodeSet {
    type Error = NodeSetError;

    fn try_from(Written { threshold, nodes }: Written) -> Result<Self, Self::Error> {
        Self::new(threshold, nodes)
    }
}

/// Why nodes are no set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NodeSetError {
    /// Out of bounds.
    #[error(
        "a set has at most {MAX_NODES} nodes, of which at least {MIN_THRESHOLD} and at most all are required"
    )]
    Threshold,
    /// Not an origin.
    #[error(
        "a node's URL is https://host or https://host:port, in lower case and without a path or a final slash"
    )]
    Url,
    /// One node would hold two shares.
    #[error("a node is twice in the set: each needs a DID and a host of its own")]
    Twice,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(number: u8) -> ShareNode {
        let key = ed25519_dalek::SigningKey::from_bytes(&[number; 32]).verifying_key();
        let url = format!("https://n{number}.example").parse().unwrap();
        ShareNode { did: NodeDid::from_key(key.as_bytes()).unwrap(), url }
    }

    fn nodes(count: u8) -> Vec<ShareNode> {
        (1..=count).map(node).collect()
    }

    fn at(url: &str) -> Vec<ShareNode> {
        let moved = ShareNode { url: url.parse().unwrap(), ..node(9) };
        vec![node(1), node(2), moved]
    }

    #[test]
    fn a_set_is_bounded_and_each_node_in_it_once() {
        use NodeSetError::*;
        let same_did = ShareNode { url: "https://else.example".parse().unwrap(), ..node(1) };
        let same_host = ShareNode { url: node(1).url, ..node(2) };
        let here = |url: &str, number| ShareNode { url: url.parse().unwrap(), ..node(number) };
        let two_schemes = vec![here("http://localhost:1", 1), here("https://localhost:1", 2)];
        let table = [
            ("3 of 5", 3, nodes(5), Ok(())),
            ("2 of 2", 2, nodes(2), Ok(())),
            ("16 of 16", 16, nodes(16), Ok(())),
            ("of 17", 3, nodes(17), Err(Threshold)),
            ("1 of 5", 1, nodes(5), Err(Threshold)),
            ("0 of 5", 0, nodes(5), Err(Threshold)),
            ("6 of 5", 6, nodes(5), Err(Threshold)),
            ("2 of none", 2, vec![], Err(Threshold)),
            ("a DID twice", 2, vec![node(1), node(2), same_did], Err(Twice)),
            ("a host twice", 2, vec![node(1), same_host], Err(Twice)),
            ("a host by two schemes", 2, two_schemes, Err(Twice)),
            ("a port", 2, at("https://n9.example:4001"), Ok(())),
            ("this machine by address", 2, at("http://127.0.0.1:4001"), Ok(())),
            ("this machine by name", 2, at("http://localhost:4001"), Ok(())),
            ("a network without TLS", 2, at("http://n9.example"), Err(Url)),
            ("an address without TLS", 2, at("http://10.0.0.1:4001"), Err(Url)),
            ("a name that begins like this machine's", 2, at("http://localhost.example"), Err(Url)),
            ("a name that begins like its address", 2, at("http://127.0.0.1.example"), Err(Url)),
            ("a path", 2, at("https://n9.example/shares"), Err(Url)),
            ("a final slash", 2, at("https://n9.example/"), Err(Url)),
            ("a user", 2, at("https://me@n9.example"), Err(Url)),
            ("a query", 2, at("https://n9.example?x"), Err(Url)),
            ("another scheme", 2, at("ftp://n9.example"), Err(Url)),
            ("no authority", 2, at("urn:n9"), Err(Url)),
        ];
        for (name, threshold, nodes, expected) in table {
            assert_eq!(NodeSet::new(threshold, nodes).map(|_| ()), expected, "{name}");
        }
    }

    #[test]
    fn the_digest_binds_threshold_nodes_and_order() {
        let set = NodeSet::new(2, nodes(3)).unwrap();
        let mut turned = nodes(3);
        turned.swap(0, 1);
        let moved =
            vec![node(1), node(2), ShareNode { url: "https://n4.example".parse().unwrap(), ..node(3) }];
        let others = [(3, nodes(3)), (2, nodes(4)), (2, turned), (2, moved)];
        for (threshold, nodes) in others {
            assert_ne!(NodeSet::new(threshold, nodes).unwrap().digest(), set.digest());
        }
        assert_eq!(set.index_of(&node(3).did), Some(3));
        assert_eq!(set.index_of(&node(4).did), None);
    }

    #[test]
    fn json_is_checked_as_it_is_read() {
        let set = NodeSet::new(2, nodes(3)).unwrap();
        let json = serde_json::to_value(&set).unwrap();
        assert_eq!(serde_json::from_value::<NodeSet>(json.clone()).unwrap(), set);
        let mut unknown = json.clone();
        unknown["extra"] = 1.into();
        let mut outvoted = json;
        outvoted["threshold"] = 4.into();
        for bad in [unknown, outvoted] {
            assert!(serde_json::from_value::<NodeSet>(bad).is_err());
        }
    }
}
