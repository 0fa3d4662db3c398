//! An owner, an issuer or a consumer: a folder and a wallet.

use std::{io::Write, path::PathBuf, process::Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::binary::{self, Answer};

/// A role, acting through the binary.
#[derive(Debug, Clone)]
pub struct Role {
    home: PathBuf,
    node: String,
    rpc: String,
    password: Option<String>,
    /// The account, as CAIP-10.
    pub account: String,
}

impl Role {
    /// A folder with the wallet of `private_key`; no profile yet.
    pub fn new(home: PathBuf, node: &str, rpc: &str, private_key: &str) -> Result<Self> {
        let mut role =
            Self { home, node: node.to_owned(), rpc: rpc.to_owned(), password: None, account: String::new() };
        let mut command = role.command(&["wallet", "import"])?;
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        child.stdin.take().context("no standard input")?.write_all(private_key.as_bytes())?;
        let output = child.wait_with_output()?;
        let answer: Value = serde_json::from_slice(&output.stdout)
            .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
        role.account = answer["account"].as_str().context("no account")?.to_owned();
        Ok(role)
    }

    /// The password that the binary is given from now on.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }

    /// Runs a command in this role.
    pub fn run(&self, arguments: &[&str]) -> Result<Answer> {
        binary::run(self.command(arguments)?)
    }

    /// Runs a command that must succeed.
    pub fn done(&self, arguments: &[&str]) -> Result<Value> {
        self.run(arguments)?.done().with_context(|| format!("idos {}", arguments.join(" ")))
    }

    fn command(&self, arguments: &[&str]) -> Result<std::process::Command> {
        let mut command = binary::command(arguments)?;
        command.args(["--json", "--node", &self.node, "--rpc", &self.rpc]).arg("--home").arg(&self.home);
        command.env_remove("IDOS_PASSWORD");
        if let Some(password) = &self.password {
            command.env("IDOS_PASSWORD", password);
        }
        Ok(command)
    }
}
