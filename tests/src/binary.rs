//! The `idos` binary, and what a call of it answers.

use std::{
    env,
    path::PathBuf,
    process::{Command, Output},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The binary that was built beside this program.
pub fn path() -> Result<PathBuf> {
    let here = env::current_exe()?;
    let found = here.ancestors().skip(1).map(|dir| dir.join("idos")).find(|path| path.is_file());
    found.context("the idos binary is not built: cargo build --bin idos")
}

/// A call of the binary that is to be made.
pub fn command(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(path()?);
    command.args(arguments);
    Ok(command)
}

/// What a call answered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// It succeeded with this result.
    Done(Value),
    /// It was refused with this error.
    Refused(Refusal),
}

/// An error as the binary prints it.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The stable code.
    pub code: String,
    /// The HTTP status, if it was the node that refused.
    pub status: Option<u64>,
    /// The sentence.
    pub message: String,
    /// What else it tells.
    pub details: Value,
}

/// Runs to the end and reads the JSON that it printed.
pub fn run(mut command: Command) -> Result<Answer> {
    let output = command.output().context("cannot run the idos binary")?;
    if output.status.success() {
        return Ok(Answer::Done(serde_json::from_slice(&output.stdout).with_context(|| text(&output))?));
    }
    let line = String::from_utf8_lossy(&output.stderr);
    let body: Value =
        line.lines().find_map(|line| serde_json::from_str(line).ok()).with_context(|| text(&output))?;
    let error = &body["error"];
    let field = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    Ok(Answer::Refused(Refusal {
        code: field("code"),
        status: error["status"].as_u64(),
        message: field("message"),
        details: error["details"].clone(),
    }))
}

fn text(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("idos ended with {}: {out}{err}", output.status)
}

impl Answer {
    /// The result; an error where it was refused.
    pub fn done(self) -> Result<Value> {
        match self {
            Self::Done(value) => Ok(value),
            Self::Refused(refusal) => bail!("refused: {} ({})", refusal.message, refusal.code),
        }
    }

    /// The refusal, which must have this code; an error where it was done.
    pub fn refused(self, code: &str) -> Result<Refusal> {
        match self {
            Self::Refused(refusal) if refusal.code == code => Ok(refusal),
            Self::Refused(refusal) => {
                bail!("expected the refusal {code}, got {}: {}", refusal.code, refusal.message)
            }
            Self::Done(value) => bail!("expected the refusal {code}, but it was done: {value}"),
        }
    }
}
