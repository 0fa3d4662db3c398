//! A store and five key-share nodes, of which three bring a key back.

use std::{path::PathBuf, time::Duration};

use idos_devnet_evm::BlockTime;
use idos_grants::Namespace;
use idos_tests::{
    key_nodes::{KeyNodes, Numbers},
    role::Role,
    stage::{Stage, StageChain},
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Where the commands are run.
pub struct Scene {
    /// The store, and roles.
    pub stage: Stage,
    /// The nodes.
    pub nodes: KeyNodes,
    _folder: TempDir,
}

impl Scene {
    /// Everything runs.
    pub async fn enter() -> Self {
        Self::enter_with(KeyNodes::USUAL).await
    }

    /// The same, with as many nodes.
    pub async fn enter_with(numbers: Numbers) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let chain =
            StageChain::start(Namespace::Eip155, folder.path(), BlockTime::EverySecs(1)).await.unwrap();
        let chains = vec![chain];
        let nodes = KeyNodes::start(folder.path(), &chains, numbers).await.unwrap();
        let mut stage = Stage::with_chains(folder.path(), chains, "").unwrap();
        stage.node.wait_ready().unwrap();
        Self { stage, nodes, _folder: folder }
    }

    /// Nodes that are started anew count anew how often somebody asks.
    pub fn start_nodes_anew(&mut self) {
        for index in self.nodes.indices() {
            self.nodes.kill(index).unwrap();
            self.nodes.restart(index).unwrap();
        }
    }

    /// A folder with the wallet of a funded account.
    pub fn role(&self, name: &str, key: usize) -> Role {
        self.stage.role(name, key).unwrap().with_key_nodes(&self.nodes.set_file)
    }

    /// Brings one more wallet into a role's folder; its account.
    pub fn import(&self, role: &Role, key: usize) -> String {
        role.import(self.stage.first().unwrap().key(key).unwrap()).unwrap()
    }

    /// What each node holds.
    pub async fn holdings(&mut self) -> Vec<Vec<String>> {
        let mut all = Vec::new();
        for index in self.nodes.indices() {
            all.push(self.nodes.holdings(index).await.unwrap());
        }
        all
    }

    /// Every node holds shares of as many keys.
    pub async fn assert_holdings(&mut self, keys: usize) {
        let held = self.holdings().await;
        assert!(held.iter().all(|node| node.len() == keys), "{keys} keys at each node: {held:#?}");
    }

    /// Stores something of one's own; its data id.
    pub fn store(&self, role: &Role) -> String {
        let file = self.stage.write_json("claims.json", &json!({"colour": "MARKER-teal"})).unwrap();
        text(&role.done(&["credential", "add", "--claims", &file]).unwrap()["data_id"])
    }

    /// What was stored can be read.
    pub fn assert_opens(&self, role: &Role, id: &str) {
        let file = self.file("opened.json");
        role.done(&["credential", "open", id, "-o", file.to_str().unwrap()]).unwrap();
        assert!(std::fs::read_to_string(&file).unwrap().contains("MARKER-teal"));
        std::fs::remove_file(&file).unwrap();
    }

    /// Shares it under a lock, by one of the owner's accounts, and waits until the node has seen that.
    pub fn lock(&self, owner: &Role, granting: &str, id: &str) {
        let reader = self.role("reader", 5);
        let profile = text(&reader.done(&["profile", "create", "--key", "random"]).unwrap()["id"]);
        let terms = ["--with", &profile, "--grantee", &reader.account, "--lock", "1h"];
        owner.done(&[&["--wallet", granting, "share", id], &terms[..]].concat()).unwrap();
        for _ in 0..100 {
            let given = owner.done(&["grants", "given"]).unwrap();
            if given.as_array().is_some_and(|grants| !grants.is_empty()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the node never saw the grant");
    }

    /// A path on the stage.
    pub fn file(&self, name: &str) -> PathBuf {
        self.stage.file(name)
    }
}

/// The text of a value.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
