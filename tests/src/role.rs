//! An owner, an issuer or a consumer: a folder and a wallet.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result};
use idos_grants::ChainId;
use serde_json::Value;

use crate::binary::{self, Answer};

/// A role, acting through the binary.
#[derive(Debug, Clone)]
pub struct Role {
    home: PathBuf,
    node: String,
    rpcs: String,
    password: Option<String>,
    new_password: Option<String>,
    past_password: Option<String>,
    key_nodes: Option<PathBuf>,
    /// The account, as CAIP-10.
    pub account: String,
}

/// A private key of an account.
#[derive(Debug, Clone)]
pub struct RoleKey {
    /// On which chain.
    pub chain: ChainId,
    /// NEAR: which account.
    pub account_id: Option<String>,
    /// As the chain writes it.
    pub private_key: String,
}

impl Role {
    /// A folder with the wallet of `key`; no profile yet.
    pub fn new(home: PathBuf, node: &str, rpcs: &str, key: &RoleKey) -> Result<Self> {
        let (node, rpcs) = (node.to_owned(), rpcs.to_owned());
        let mut role = Self {
            home,
            node,
            rpcs,
            password: None,
            new_password: None,
            past_password: None,
            key_nodes: None,
            account: String::new(),
        };
        role.account = role.import(key)?;
        Ok(role)
    }

    /// Brings one more wallet into the folder; its account.
    pub fn import(&self, key: &RoleKey) -> Result<String> {
        let chain = key.chain.to_string();
        let mut arguments = vec!["wallet", "import", "--chain", &chain];
        if let Some(account_id) = &key.account_id {
            arguments.extend(["--account-id", account_id]);
        }
        let mut command = self.command(&arguments)?;
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        child.stdin.take().context("no standard input")?.write_all(key.private_key.as_bytes())?;
        let output = child.wait_with_output()?;
        let answer: Value = serde_json::from_slice(&output.stdout)
            .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
        Ok(answer["account"].as_str().context("no account")?.to_owned())
    }

    /// The same folder, at another node.
    #[must_use]
    pub fn at(mut self, node: &str) -> Self {
        self.node = node.to_owned();
        self
    }

    /// The password that the binary is given from now on.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }

    /// The password that the binary is given to change to.
    #[must_use]
    pub fn with_new_password(mut self, password: &str) -> Self {
        self.new_password = Some(password.to_owned());
        self
    }

    /// The file of nodes that the binary is given to share keys among.
    #[must_use]
    pub fn with_key_nodes(mut self, file: &Path) -> Self {
        self.key_nodes = Some(file.to_owned());
        self
    }

    /// A password of before, that the binary is given for what is sealed for it.
    #[must_use]
    pub fn with_past_password(mut self, password: &str) -> Self {
        self.past_password = Some(password.to_owned());
        self
    }

    /// Everything that it keeps.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// What it is called: its folder's name.
    pub fn name(&self) -> String {
        self.home.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Runs a command in this role.
    pub fn run(&self, arguments: &[&str]) -> Result<Answer> {
        binary::run(self.command(arguments)?)
    }

    /// Runs a command that must succeed.
    pub fn done(&self, arguments: &[&str]) -> Result<Value> {
        self.run(arguments)?.done().with_context(|| format!("idos {}", arguments.join(" ")))
    }

    /// A call of the binary in this role that is to be made.
    pub fn command(&self, arguments: &[&str]) -> Result<std::process::Command> {
        let mut command = self.command_for_people(arguments)?;
        command.arg("--json");
        Ok(command)
    }

    /// The same, that answers in sentences.
    pub fn command_for_people(&self, arguments: &[&str]) -> Result<std::process::Command> {
        let mut command = binary::command(arguments)?;
        command.args(["--node", &self.node, "--rpc", &self.rpcs]).arg("--home").arg(&self.home);
        let passwords = [
            ("IDOS_PASSWORD", &self.password),
            ("IDOS_NEW_PASSWORD", &self.new_password),
            ("IDOS_PAST_PASSWORD", &self.past_password),
        ];
        for (name, password) in passwords {
            command.env_remove(name);
            command.envs(password.as_ref().map(|password| (name, password)));
        }
        command.env_remove("IDOS_KEY_NODES");
        command.envs(self.key_nodes.as_ref().map(|file| ("IDOS_KEY_NODES", file)));
        Ok(command)
    }
}
