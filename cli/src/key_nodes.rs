//! Which nodes share the owner's key. They are hers to choose: a set comes from her file or her folder, never from a node.

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, Result, bail};
use idos_api::profiles::SignedKeyStatement;
use idos_client::{
    ClientError, Signer, encryption,
    key_shares::{KeyOfProfile, KeyShareNodes, KeySharesError, Listen, RecoveredKey},
};
use idos_grants::Account;
use idos_wallets::{NodeSet, SharedKey};
use url::Url;

use crate::{
    clock,
    context::{Context, SignedIn},
    mpc::DEV_PORTS,
};

/// Nodes of `idos dev` that bring a key back.
const DEV_THRESHOLD: u8 = 3;

impl Context<'_> {
    /// The nodes for a new key: the named ones, those that this folder remembers, or those of `idos dev`.
    pub async fn key_nodes(&self) -> Result<KeyShareNodes> {
        let set = match self.named_set()? {
            Some(set) => set,
            None => match self.home.node_sets()?.pop() {
                Some(set) => set,
                None => self.dev_set().await?,
            },
        };
        nodes(set)
    }

    /// The nodes that a key is shared among: whoever knows them, they are those that its statement names.
    pub async fn key_nodes_of(&self, shared: &SharedKey, beside: Option<&NodeSet>) -> Result<KeyShareNodes> {
        let known = self.named_set()?.into_iter().chain(self.home.node_sets()?).chain(beside.cloned());
        if let Some(set) = known.into_iter().find(|set| shared.is_among(set)) {
            return nodes(set);
        }
        match self.dev_set().await {
            Ok(set) if shared.is_among(&set) => nodes(set),
            _ => Err(KeySharesError::OtherNodes).context(
                "name the set of nodes that your key is shared among with --key-nodes FILE (it is in key-nodes.json of the folder that made the key, and in `idos profile show --json`)",
            ),
        }
    }

    fn named_set(&self) -> Result<Option<NodeSet>> {
        self.named_key_nodes().map(read_set).transpose()
    }

    /// Addresses on this machine are trusted by themselves.
    async fn dev_set(&self) -> Result<NodeSet> {
        let host = self.node()?.url().host_str().unwrap_or_default().to_owned();
        if !matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]") {
            bail!("name the nodes that shall share your key with --key-nodes FILE");
        }
        let urls = DEV_PORTS.iter().map(|port| format!("http://localhost:{port}").parse());
        let urls = urls.collect::<Result<Vec<Url>, _>>()?;
        let found = KeyShareNodes::discover(DEV_THRESHOLD, &urls, &clock()).await;
        found
            .context("no key-share nodes are named (--key-nodes FILE), and those of `idos dev` do not answer")
    }
}

impl SignedIn {
    /// The profile's key, brought back from its nodes by this wallet. A wallet of this folder has to have stated it, or one of `also_hers`.
    pub async fn recover(
        &self,
        also_hers: &[Account],
        listen: Listen,
        context: &Context<'_>,
    ) -> Result<RecoveredKey> {
        let signed = self.profile()?.key_statement.as_ref().ok_or(ClientError::NoEncryptionKey)?;
        self.believe(signed, also_hers, context).await?;
        let (recovered, set) = self.brought_back(signed, listen, context).await?;
        context.home.remember_node_set(&set)?;
        Ok(recovered)
    }

    /// Believes a statement of this profile if a wallet of this folder made it, or one of `also_hers`, or if it was believed before.
    pub async fn believe(
        &self,
        signed: &SignedKeyStatement,
        also_hers: &[Account],
        context: &Context<'_>,
    ) -> Result<()> {
        let wallets = context.home.wallets()?;
        let hers: Vec<_> = wallets.iter().map(Signer::account).chain(also_hers.iter().copied()).collect();
        Ok(encryption::believe_own(self.session.node().memory(), signed, &hers, context).await?)
    }

    /// The key of any statement, brought back from its nodes by this wallet: to open what is sealed for it, never to seal for it, and never to share anything
    /// among those nodes.
    pub async fn bring_back(
        &self,
        signed: &SignedKeyStatement,
        listen: Listen,
        context: &Context<'_>,
    ) -> Result<RecoveredKey> {
        Ok(self.brought_back(signed, listen, context).await?.0)
    }

    async fn brought_back(
        &self,
        signed: &SignedKeyStatement,
        listen: Listen,
        context: &Context<'_>,
    ) -> Result<(RecoveredKey, NodeSet)> {
        let key = KeyOfProfile::stated(&signed.statement)?;
        let nodes = context.key_nodes_of(&key.shared, signed.node_set.as_ref()).await?;
        let bar = context.output.waiting("asking the nodes for your key");
        let mut rng = context.rng;
        let recovered = nodes.recover(&self.wallet, &key, listen, &mut rng).await;
        bar.finish_and_clear();
        Ok((recovered?, nodes.set().clone()))
    }
}

fn clock() -> idos_client::node::Clock {
    Arc::new(clock::now)
}

/// A client of the nodes of a set.
pub fn nodes(set: NodeSet) -> Result<KeyShareNodes> {
    Ok(KeyShareNodes::new(set, &clock())?)
}

fn read_set(path: &Path) -> Result<NodeSet> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| {
        format!(
            r#"{} is no set of nodes, such as {{"threshold":3,"nodes":[{{"did":…,"url":…}},…]}}"#,
            path.display()
        )
    })
}
