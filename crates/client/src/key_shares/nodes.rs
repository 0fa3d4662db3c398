//! The nodes of a set, asked all at once.

use std::time::Duration;

use futures::{FutureExt, future::join_all};
use idos_api::key_shares::{KeyShareNodeInfo, node_statement};
use idos_keys::{EncryptionKey, EncryptionSecret};
use idos_wallets::{NodeSet, ShareNode, ShareOperation, ShareRequest, SharesOf, SignedShareRequest};
use rand_core::CryptoRngCore;
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

use super::{
    KeyOfProfile, KeySharesError,
    report::{NodeOutcome, NodeReport},
};
use crate::{ClientError, Node, Signer, node::Clock};

/// A node that takes longer is taken for silent: others answer in its place.
const NODE_TIMEOUT: Duration = Duration::from_secs(15);

/// The nodes among which a key is shared.
#[derive(Debug, Clone)]
pub struct KeyShareNodes {
    set: NodeSet,
    nodes: Vec<Node>,
}

/// What one node answered.
pub(super) type Answer<T> = (u8, Result<T, ClientError>);

impl KeyShareNodes {
    /// The nodes of `set`; nothing is asked yet.
    pub fn new(set: NodeSet, clock: &Clock) -> Result<Self, ClientError> {
        let node = |node: &ShareNode| {
            let url = node
                .url
                .as_str()
                .parse()
                .map_err(|_| ClientError::Input(format!("{:?} is no URL", node.url)))?;
            Node::new(url, clock.clone())
        };
        let nodes = set.nodes().iter().map(node).collect::<Result<_, _>>()?;
        Ok(Self { set, nodes })
    }

    /// The set of the nodes at `urls`, by the DIDs that they state themselves. For nodes that are trusted by their address, such as ones on
    /// this machine: whoever is behind these addresses will get shares of the key.
    pub async fn discover(threshold: u8, urls: &[Url], clock: &Clock) -> Result<NodeSet, ClientError> {
        let found = join_all(urls.iter().map(|url| async move {
            let node = Node::new(url.clone(), clock.clone())?;
            let info = info(&node).await?;
            let url = url.as_str().trim_end_matches('/').parse().map_err(input)?;
            Ok::<_, ClientError>(ShareNode { did: info.did, url })
        }));
        let nodes = found.await.into_iter().collect::<Result<_, _>>()?;
        NodeSet::new(threshold, nodes).map_err(input)
    }

    /// The same nodes, the first one last.
    pub(super) fn turned(&self) -> Result<Self, ClientError> {
        let (mut set, mut nodes) = (self.set.nodes().to_vec(), self.nodes.clone());
        set.rotate_left(1);
        nodes.rotate_left(1);
        Ok(Self { set: NodeSet::new(self.set.threshold(), set).map_err(input)?, nodes })
    }

    /// The set.
    pub fn set(&self) -> &NodeSet {
        &self.set
    }

    pub(super) fn indexed(&self) -> impl Iterator<Item = (u8, &Node)> {
        (1_u8..).zip(&self.nodes)
    }

    pub(super) fn now(&self) -> u64 {
        self.nodes.first().map_or(0, Node::now)
    }

    /// Whether the key is shared among these nodes.
    pub(super) fn check_set(&self, key: &KeyOfProfile) -> Result<(), ClientError> {
        if key.shared.is_among(&self.set) { Ok(()) } else { Err(KeySharesError::OtherNodes.into()) }
    }

    /// One request to all nodes, signed.
    pub(super) fn sign(
        &self,
        wallet: &impl Signer,
        operation: ShareOperation,
        shares: SharesOf,
        reply: &EncryptionSecret,
        rng: &mut impl CryptoRngCore,
    ) -> Result<SignedShareRequest, ClientError> {
        let reply_key = *reply.public().as_bytes();
        let request = ShareRequest::new(
            operation,
            shares,
            wallet.account(),
            self.set.clone(),
            reply_key,
            self.now(),
            rng,
        );
        let signature = wallet.sign(&request.signable().map_err(input)?)?;
        Ok(SignedShareRequest { request, signature })
    }

    /// Asks all nodes the same, of a key that is stored.
    pub(super) async fn ask_all<T: DeserializeOwned>(
        &self,
        path: &'static str,
        signed: &SignedShareRequest,
    ) -> Vec<Answer<T>> {
        join_all(
            self.indexed().map(|(index, node)| post(node, path, signed).map(move |answer| (index, answer))),
        )
        .await
    }

    /// The keys that shares are sealed to on their way to the nodes, in the order of their indices.
    ///
    /// # Errors
    /// If one does not state its key under the DID that the set names.
    pub(super) async fn encryption_keys(
        &self,
        what: &'static str,
    ) -> Result<Vec<EncryptionKey>, ClientError> {
        let expected = self.set.nodes().iter().map(|node| node.did);
        let asked = self.indexed().zip(expected).map(|((index, node), did)| async move {
            let key = info(node).await.and_then(|info| {
                if info.did == did {
                    Ok(info.encryption_key)
                } else {
                    Err(ClientError::Forged("another node answers at its address than the set names"))
                }
            });
            (index, key)
        });
        let answers = join_all(asked).await;
        self.all(what, answers)
    }

    /// What all nodes answered, or what each did.
    pub(super) fn all<T>(&self, what: &'static str, answers: Vec<Answer<T>>) -> Result<Vec<T>, ClientError> {
        if answers.iter().all(|(_, answer)| answer.is_ok()) {
            return Ok(answers.into_iter().filter_map(|(_, answer)| answer.ok()).collect());
        }
        if let Some(refusal) = refused_by_all(&answers) {
            return Err(refusal);
        }
        Err(KeySharesError::Incomplete { what, nodes: self.report(&answers) }.into())
    }

    pub(super) fn report<T>(&self, answers: &[Answer<T>]) -> Vec<NodeReport> {
        let outcome = |answer: &Result<T, ClientError>| match answer {
            Ok(_) => NodeOutcome::Done,
            Err(error) => NodeOutcome::of_error(error),
        };
        answers.iter().map(|(index, answer)| self.line(*index, outcome(answer))).collect()
    }

    pub(super) fn line(&self, index: u8, outcome: NodeOutcome) -> NodeReport {
        let host = self.set.hosts().get(usize::from(index).saturating_sub(1));
        NodeReport { index, host: host.map(ToString::to_string).unwrap_or_default(), outcome }
    }
}

/// The refusal that every node gave: nothing was done half.
fn refused_by_all<T>(answers: &[Answer<T>]) -> Option<ClientError> {
    let refusal = |answer: &Answer<T>| match &answer.1 {
        Err(ClientError::Node { status, detail }) => Some((*status, detail.clone())),
        _ => None,
    };
    let (status, detail) = refusal(answers.first()?)?;
    let is_same = |answer| refusal(answer).is_some_and(|(_, other)| other.code == detail.code);
    answers.iter().all(is_same).then_some(ClientError::Node { status, detail })
}

/// What a node says of itself, if it signed that.
async fn info(node: &Node) -> Result<KeyShareNodeInfo, ClientError> {
    let request = node.http().get(node.at("/v1/node")?).timeout(NODE_TIMEOUT);
    let info: KeyShareNodeInfo = node.json(request).await?;
    let mut signature = [0; 64];
    let digits = info.signature.strip_prefix("0x").unwrap_or_default();
    let is_signed = hex::decode_to_slice(digits, &mut signature).is_ok()
        && info.did.verifies(node_statement(&info.did, &info.encryption_key).as_bytes(), &signature);
    if is_signed { Ok(info) } else { Err(ClientError::Forged("its encryption key is not signed by it")) }
}

pub(super) async fn post<T: DeserializeOwned>(
    node: &Node,
    path: &str,
    body: &impl Serialize,
) -> Result<T, ClientError> {
    node.json(node.http().post(node.at(path)?).timeout(NODE_TIMEOUT).json(body)).await
}

pub(super) fn input(error: impl ToString) -> ClientError {
    ClientError::Input(error.to_string())
}
